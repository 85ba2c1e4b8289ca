import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byHour,
  definePipeline,
  defineRecord,
  delivery,
  field,
  json,
  minutes,
  sqlJob,
  stream,
  table,
} from '../../src/index.ts';
import { addsUp } from '../../src/ledger/account.ts';
import { openTestPipeline } from '../../src/testing/index.ts';

const play = defineRecord('play', { fields: { id: field.string(), at: field.timestamp() } });
const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;
const hour = 'year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/';

const media = definePipeline('media', {
  streams: { plays: stream({ topic: 'plays', record: play, key: 'id', partitions: 2 }) },
  tables: {
    landing: table({
      database: 'media',
      name: 'landing',
      record: play,
      partitions: hourly,
      location: 'landing/',
      format: 'json',
    }),
    curated: table({
      database: 'media',
      name: 'curated',
      record: play,
      partitions: hourly,
      location: 'curated/',
      format: 'parquet',
    }),
    copied: table({
      database: 'media',
      name: 'copied',
      record: play,
      partitions: hourly,
      location: 'copied/',
      format: 'parquet',
    }),
  },
  deliveries: {
    deliver: delivery({
      from: 'plays',
      table: 'landing',
      prefix: `landing/${hour}`,
      buffer: { interval: minutes(1) },
      format: json({ compression: 'gzip' }),
    }),
  },
  jobs: {
    curate: sqlJob({
      from: 'landing',
      into: 'curated',
      sql: { text: 'SELECT * FROM media.landing', path: 'curate.sql' },
      incremental: byHour('at'),
      unique: { key: ['id'] },
    }),
    copy: sqlJob({
      from: 'curated',
      into: 'copied',
      sql: { text: 'SELECT * FROM media.curated', path: 'copy.sql' },
      rows: 'aggregate',
    }),
  },
});

test('an account that is drawn up while records are appended, delivered and curated adds up each time', async () => {
  await using pipeline = await openTestPipeline(media, { now: '2025-08-11T10:00:00Z', schedules: [] });
  let working = true;
  const work = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) {
      const at = new Date(Date.UTC(2025, 7, 11, 9 + (round % 2), round)).toISOString();
      await pipeline.produce(
        'plays',
        Array.from({ length: 5 }, (_, i) => ({ id: `p${round}-${i}`, at })),
      );
      await pipeline.deliver();
      await pipeline.run('curate');
    }
    working = false;
  };
  const seen = new Set<number>();
  const watch = async (): Promise<void> => {
    while (working) {
      const [account] = await pipeline.ledger();
      assert.ok(account !== undefined && addsUp(account), JSON.stringify(account));
      seen.add(account.delivered);
    }
  };
  await Promise.all([work(), watch()]);
  await pipeline.assertAddsUp({ produced: 25, delivered: 25 });
  assert.ok(seen.size > 2, `accounts were drawn up in between: ${[...seen].join(', ')}`);
});
