import {
  byHour,
  days,
  definePipeline,
  defineRecord,
  delivery,
  field,
  json,
  kibibytes,
  seconds,
  seedTable,
  sqlJob,
  stream,
  table,
} from '../../../../src/index.ts';
import { sampleSource } from '../../../source/sessions/sample-service.ts';

const tick = defineRecord('tick', {
  fields: { id: field.string(), at: field.string({ format: 'iso-timestamp' }), seconds: field.int() },
});

const households = defineRecord('households', {
  fields: {
    household: field.string(),
    plan: field.string(),
    land: field.string(),
    zone: field.string(),
    subscribed: field.boolean(),
    likes: field.list(field.string()),
    since: field.date(),
    seen: field.date(),
  },
});

const works = defineRecord('works', {
  fields: {
    work: field.string(),
    form: field.string(),
    genre: field.string(),
    minutes: field.int(),
    score: field.int(),
  },
});

const inSql = (path: string, text: string): { path: string; text: string } => ({ path, text });
const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;

/** Every kind of work that faults can strike, on little data: reference tables, a simulation, a delivery, a job. */
export const small = definePipeline('small', {
  streams: { ticks: stream({ topic: 'ticks', record: tick, key: 'id', partitions: 3, retention: days(7) }) },
  sources: {
    'make-households': seedTable({
      into: 'households',
      rows: 200,
      seed: 1,
      asOf: '2025-08-11',
      sql: inSql(
        'households.sql',
        `SELECT 'H' || i AS household, CASE WHEN i % 5 < 3 THEN 'solo' ELSE 'family' END AS plan, 'Freedonia' AS land,
           'Europe/Berlin' AS zone, true AS subscribed, ['art'] AS likes, $as_of - CAST(i AS INT) AS since,
           $as_of - CAST(i % 30 AS INT) AS seen
         FROM range($rows) AS numbered(i)`,
      ),
    }),
    'make-works': seedTable({
      into: 'works',
      rows: 40,
      seed: 1,
      asOf: '2025-08-11',
      sql: inSql(
        'works.sql',
        `SELECT 'W' || i AS work, CASE WHEN i % 2 = 0 THEN 'film' ELSE 'episode' END AS form,
           ['art', 'fun'][1 + i % 2] AS genre, CAST(30 + i AS INT) AS minutes, CAST(i AS INT) AS score
         FROM range($rows) AS numbered(i)`,
      ),
    }),
    viewers: {
      ...sampleSource,
      into: 'ticks',
      fields: { id: { fact: 'event.id', prefix: 's-' }, at: 'event.time', seconds: 'watch.seconds' },
    },
  },
  tables: {
    households: table({
      database: 'small',
      name: 'households',
      record: households,
      location: 'reference/households/',
      format: 'parquet',
    }),
    works: table({ database: 'small', name: 'works', record: works, location: 'reference/works/', format: 'parquet' }),
    landing: table({
      database: 'small',
      name: 'landing',
      record: tick,
      location: 'landing/',
      format: 'json',
      partitions: { hour: 'int' },
    }),
    curated: table({
      database: 'small',
      name: 'curated',
      record: defineRecord('curated-tick', { fields: { ...tick.fields, ticked: field.timestamp() } }),
      location: 'curated/',
      format: 'parquet',
      partitions: hourly,
    }),
  },
  deliveries: {
    landed: delivery({
      from: 'ticks',
      table: 'landing',
      prefix: 'landing/hour=!{timestamp:HH}/',
      buffer: { size: kibibytes(5), interval: seconds(300) },
      format: json({ compression: 'gzip' }),
    }),
  },
  jobs: {
    curate: sqlJob({
      from: 'landing',
      into: 'curated',
      sql: inSql('curate.sql', 'SELECT id, at, seconds, from_iso8601_timestamp(at) AS ticked FROM small.landing'),
      incremental: byHour('at'),
      unique: { key: ['id'] },
    }),
  },
});
