import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, systemEffects } from '../../src/base/effects.ts';
import { seededRandom } from '../../src/base/random.ts';
import {
  definePipeline,
  defineRecord,
  delivery,
  field,
  json,
  seconds,
  sqlJob,
  stream,
  table,
} from '../../src/index.ts';
import { openEngine } from '../../src/pipeline/bind.ts';
import { eraseFrom } from '../../src/pipeline/erase.ts';
import { embeddedProfile } from '../../src/pipeline/profile.ts';
import { openTestPipeline } from '../../src/testing/index.ts';

const ride = defineRecord('ride', { fields: { id: field.string(), rider: field.bigint() } });
const trip = defineRecord('trip', { fields: { id: field.string(), passenger: field.bigint() } });

/** Its job calls a numeric id by another name. */
const rides = definePipeline('rides', {
  streams: { taken: stream({ topic: 'taken', record: ride, key: 'id', partitions: 1 }) },
  tables: {
    landing: table({ database: 'rides', name: 'landed', record: ride, location: 'landing/', format: 'json' }),
    trips: table({ database: 'rides', name: 'trips', record: trip, location: 'trips/', format: 'parquet' }),
  },
  deliveries: {
    deliver: delivery({
      from: 'taken',
      table: 'landing',
      prefix: 'landing/',
      errorPrefix: 'errors/',
      buffer: { interval: seconds(60) },
      format: json({ compression: 'gzip' }),
    }),
  },
  jobs: {
    make: sqlJob({
      from: 'landing',
      into: 'trips',
      sql: { text: 'SELECT id, rider AS passenger FROM rides.landed', path: 'jobs/make.sql' },
      unique: { key: ['id'] },
    }),
  },
});

test('a row goes whose id a job put into a column of another name, a short one too', async () => {
  const now = '2025-08-11T12:00:00Z';
  await using lake = await openTestPipeline(rides, { now });
  await lake.produce('taken', [
    { id: 'a', rider: 1234567890123 },
    { id: 'b', rider: 42 },
    { id: 'c', rider: 43 },
  ]);
  await lake.deliver();
  await lake.run('make');
  const effects = systemEffects({ clock: manualClock(Date.parse(now)), random: seededRandom(2), env: {} });
  const engine = openEngine({ pipelines: [rides], profile: embeddedProfile, home: lake.home }, effects);
  const options = { version: '0', signal: new AbortController().signal, onProgress: () => {} };
  for (const value of ['1234567890123', '42']) {
    const { certificate } = await eraseFrom(engine, { field: 'rider', value }, options);
    assert.deepEqual(certificate.verification.findings, []);
  }
  await engine.close();
  await lake.assertRows('SELECT id FROM rides.trips', [{ id: 'c' }]);
  await lake.assertAddsUp({ delivered: 1 });
});
