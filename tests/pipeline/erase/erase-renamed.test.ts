import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { defineRecord, field, minutes } from '../../../src/index.ts';
import { openTestPipeline } from '../../../src/testing/index.ts';
import { engineBeside, erase, type PeoplePipeline, peoplePipeline } from './erasing.ts';

/** Its job calls a numeric id by another name. */
const renaming: PeoplePipeline = {
  name: 'rides',
  record: defineRecord('ride', { fields: { id: field.string(), rider: field.bigint() } }),
  made: defineRecord('trip', { fields: { id: field.string(), passenger: field.bigint() } }),
  key: 'id',
  sql: 'SELECT id, rider AS passenger FROM rides.landed',
};
const rides = peoplePipeline(renaming);

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

test('earlier reports go with the row that stands for them, and what readers kept of their objects', async () => {
  const latest = peoplePipeline({ ...renaming, job: { unique: { key: ['id'], keep: 'latest', within: 'unlimited' } } });
  await using lake = await openTestPipeline(latest, { now: '2025-08-11T12:00:00Z' });
  for (const rider of [41, 42]) {
    await lake.produce('events', [
      { id: 'a', rider },
      { id: 'c', rider: 43 },
    ]);
    await lake.deliver();
    await lake.run('curate');
    await lake.clock.advance(minutes(5));
  }
  const landed = "SELECT rider FROM rides.landed WHERE id = 'a'";
  await lake.assertRows(landed, [{ rider: 41n }, { rider: 42n }]);
  await using engine = engineBeside(lake, latest);
  await erase(engine, 'passenger', '42');
  await lake.assertRows(landed, []);
  await lake.assertRows('SELECT id FROM rides.curated', [{ id: 'c' }]);
  await lake.assertAddsUp({ delivered: 1, deduplicated: 1, erased: 2 });
  const pins = join(lake.home, 'lake/.store/pins');
  const kept = readdirSync(pins).filter((name) => /"rider":4[12]\b/.test(plainText(join(pins, name))));
  assert.deepEqual(kept, []);
});

function plainText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}
