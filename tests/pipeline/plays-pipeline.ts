import {
  byHour,
  type check,
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

const play = defineRecord('play', {
  fields: {
    id: field.string(),
    at: field.timestamp(),
    viewer: field.optional(field.string()),
    device: field.optional(field.string()),
  },
});

const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;

/** Plays, landed and curated by hour, and copied from there; `checks` of both jobs. */
export function plays(...checks: readonly ReturnType<typeof check.volume>[]) {
  const prefix = 'landing/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/';
  const place = { database: 'media', record: play, partitions: hourly };
  return definePipeline('media', {
    streams: { plays: stream({ topic: 'plays', record: play, key: 'id', partitions: 1 }) },
    tables: {
      landing: table({ ...place, name: 'landing', location: 'landing/', format: 'json' }),
      curated: table({ ...place, name: 'curated', location: 'curated/', format: 'parquet' }),
      copied: table({ ...place, name: 'copied', location: 'copied/', format: 'parquet' }),
    },
    deliveries: {
      deliver: delivery({
        from: 'plays',
        table: 'landing',
        prefix,
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
        checks,
      }),
      copy: sqlJob({
        from: 'curated',
        into: 'copied',
        sql: { text: 'SELECT * FROM media.curated', path: 'copy.sql' },
        rows: 'one-to-one',
        checks,
      }),
    },
  });
}
