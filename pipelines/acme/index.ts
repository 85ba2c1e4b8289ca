import {
  byHour,
  crawler,
  cron,
  days,
  definePipeline,
  delivery,
  every,
  gibibytes,
  json,
  mebibytes,
  minutes,
  namedQueries,
  run,
  seconds,
  seedTable,
  sessions,
  sqlFile,
  sqlJob,
  stream,
  table,
  workgroup,
} from '../../src/index.ts';
import { acmeAlarms, acmeMetrics } from './alarms.ts';
import { telemetryChecks } from './checks.ts';
import { dailyReport } from './daily-report.ts';
import { acmeDetectors } from './detectors.ts';
import { acmeFields } from './fields.ts';
import { acmeSessions } from './model.ts';
import { curatedTelemetry, telemetry } from './record.ts';
import { customers, titles } from './reference-records.ts';

const folder = import.meta.dirname;
const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;
const reference = { seed: 42, asOf: '2025-08-11' };

/** ACME's video telemetry: households watch, their events flow through a stream into a lake, and answer queries there. */
export const acme = definePipeline('acme', {
  streams: {
    telemetry: stream({
      topic: 'acme-telemetry',
      record: telemetry,
      key: 'customer_id',
      partitions: 20,
      retention: days(7),
    }),
  },
  sources: {
    'make-customers': seedTable({
      into: 'customers',
      sql: sqlFile(folder, 'reference/customers.sql'),
      rows: 100_000,
      ...reference,
    }),
    'make-titles': seedTable({
      into: 'titles',
      sql: sqlFile(folder, 'reference/titles.sql'),
      rows: 10_000,
      ...reference,
    }),
    viewers: sessions({
      into: 'telemetry',
      viewers: {
        table: 'customers',
        id: 'customer_id',
        tier: 'subscription_tier',
        country: 'country',
        timezone: 'timezone',
        active: 'is_active',
        preferredGenres: 'preferred_genres',
        startDate: 'subscription_start_date',
        lastActive: 'updated_at',
      },
      titles: {
        table: 'titles',
        id: 'title_id',
        type: 'title_type',
        genre: 'genre',
        durationMinutes: 'duration_minutes',
        popularity: 'popularity_score',
      },
      seed: 42,
      eventsPerDay: 2_200_000,
      fields: acmeFields,
      model: acmeSessions,
    }),
  },
  tables: {
    landing: table({
      database: 'acme_telemetry',
      name: 'video_telemetry_json',
      record: telemetry,
      location: 'telemetry/',
      format: 'json',
      partitions: hourly,
    }),
    curated: table({
      database: 'acme_telemetry',
      name: 'video_telemetry',
      record: curatedTelemetry,
      location: 'curated/telemetry/',
      format: 'parquet',
      partitions: hourly,
    }),
    customers: table({
      database: 'acme_streaming_data',
      name: 'customers',
      record: customers,
      location: 'reference/customers/',
      format: 'parquet',
    }),
    titles: table({
      database: 'acme_streaming_data',
      name: 'titles',
      record: titles,
      location: 'reference/titles/',
      format: 'parquet',
    }),
  },
  deliveries: {
    firehose: delivery({
      from: 'telemetry',
      table: 'landing',
      prefix: 'telemetry/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
      errorPrefix:
        'errors/!{firehose:error-output-type}/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/',
      buffer: { size: mebibytes(5), interval: seconds(60) },
      format: json({ compression: 'gzip' }),
    }),
  },
  crawlers: {
    discover: crawler({ path: 'telemetry/', database: 'acme_telemetry', table: 'video_telemetry_json' }),
  },
  jobs: {
    curate: sqlJob({
      from: 'landing',
      into: 'curated',
      sql: sqlFile(folder, 'jobs/curate.sql'),
      rows: 'one-to-one',
      incremental: byHour('event_timestamp'),
      unique: { key: ['event_id'], keep: 'first' },
      checks: telemetryChecks,
    }),
  },
  workgroups: { analysts: workgroup({ scanLimit: gibibytes(10), results: 'athena-results/' }) },
  queries: namedQueries(folder, 'queries'),
  schedules: {
    generate: every(minutes(5), run('viewers')),
    deliver: every(minutes(1), run('firehose')),
    crawl: cron('0 * * * ? *', run('discover')),
    refine: cron('10 * * * ? *', run('curate')),
  },
  metrics: acmeMetrics,
  alarms: acmeAlarms,
  reports: { daily: dailyReport },
  detectors: acmeDetectors,
});
