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
  sqlJob,
  stream,
  table,
} from '../../../../src/index.ts';
import { sampleSource } from '../../../source/sessions/sample-service.ts';
import { sampleSeed, sampleTable } from '../../../source/sessions/sample-tables.ts';

const tick = defineRecord('tick', {
  fields: { id: field.string(), at: field.string({ format: 'iso-timestamp' }), seconds: field.int() },
});

const inSql = (path: string, text: string): { path: string; text: string } => ({ path, text });
const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;

/** Every kind of work that faults can strike, on little data: reference tables, a simulation, a delivery, a job. */
export const small = definePipeline('small', {
  streams: { ticks: stream({ topic: 'ticks', record: tick, key: 'id', partitions: 3, retention: days(7) }) },
  sources: {
    'make-households': sampleSeed('households', 'households'),
    'make-works': sampleSeed('works', 'works'),
    viewers: {
      ...sampleSource,
      into: 'ticks',
      fields: { id: { fact: 'event.id', prefix: 's-' }, at: 'event.time', seconds: 'watch.seconds' },
    },
  },
  tables: {
    households: sampleTable('small', 'households'),
    works: sampleTable('small', 'works'),
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
