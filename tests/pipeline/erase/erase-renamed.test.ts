import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineRecord, field } from '../../../src/index.ts';
import { openTestPipeline } from '../../../src/testing/index.ts';
import { engineBeside, erase, peoplePipeline } from './erasing.ts';

/** Its job calls a numeric id by another name. */
const rides = peoplePipeline({
  name: 'rides',
  record: defineRecord('ride', { fields: { id: field.string(), rider: field.bigint() } }),
  made: defineRecord('trip', { fields: { id: field.string(), passenger: field.bigint() } }),
  key: 'id',
  sql: 'SELECT id, rider AS passenger FROM rides.landed',
});

test('a row goes whose id a job put into a column of another name, a short one too', async () => {
  await using lake = await openTestPipeline(rides, { now: '2025-08-11T12:00:00Z' });
  await lake.produce('events', [
    { id: 'a', rider: 1234567890123 },
    { id: 'b', rider: 42 },
    { id: 'c', rider: 43 },
  ]);
  await lake.deliver();
  await lake.run('curate');
  await using engine = engineBeside(lake, rides);
  await assert.rejects(erase(engine, 'ryder', '1234567890123'), { code: 'PH_USAGE', hint: /Did you mean "rider"\?/ });
  for (const value of ['1234567890123', '42'])
    assert.deepEqual((await erase(engine, 'rider', value)).certificate.verification.findings, []);
  await lake.assertRows('SELECT id FROM rides.curated', [{ id: 'c' }]);
  await lake.assertAddsUp({ delivered: 1 });
});
