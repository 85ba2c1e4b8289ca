import {
  byHour,
  check,
  cron,
  days,
  defineRecord,
  delivery,
  every,
  field,
  gateway,
  hours,
  json,
  mebibytes,
  minutes,
  run,
  seconds,
  sqlFile,
  sqlJob,
  stream,
  table,
} from '../../src/index.ts';

const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;

/** Something that somebody did, as apps and pages send it: what recommendations and the risk of leaving are worked out from. */
const userEvent = defineRecord('user_event', {
  fields: {
    event_id: field.string({
      pattern: '^[A-Za-z0-9_-]{8,64}$',
      description: 'Drawn by the app; sent again, it is the same event',
    }),
    user_id: field.string({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    session_id: field.string({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    event_type: field.string({
      oneOf: ['open', 'play', 'pause', 'complete', 'rate', 'list_add', 'list_remove', 'search', 'subscribe', 'cancel'],
    }),
    event_timestamp: field.string({ format: 'iso-timestamp', description: 'UTC, with Z' }),
    show_id: field.optional(field.int({ min: 1, description: 'TMDB’s; none where the event is about no show' })),
    season: field.optional(field.int({ min: 0, max: 1000 })),
    episode: field.optional(field.int({ min: 0, max: 10_000 })),
    watch_seconds: field.optional(field.int({ min: 0, max: 86_400, description: 'Played since the last event' })),
    rating: field.optional(field.double({ min: 0.5, max: 10, description: 'TMDB’s scale' })),
    plan: field.string({ oneOf: ['none', 'trial', 'basic', 'standard', 'premium'] }),
    platform: field.string({ oneOf: ['ios', 'android', 'web', 'tv'] }),
    app_version: field.optional(field.string({ pattern: '^[0-9]+\\.[0-9]+(\\.[0-9]+)?$' })),
    country: field.string({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1' }),
  },
});

/** User events as the curated table keeps them: the fields as sent, and the time as a timestamp. */
const curatedEvent = defineRecord('curated_user_event', {
  fields: { ...userEvent.fields, event_time: field.timestamp({ description: 'event_timestamp as an instant, UTC' }) },
});

/** What must hold of an event besides the domains of its fields. */
const eventChecks = [
  check.row('about_a_show', "(show_id IS NOT NULL) OR event_type IN ('open', 'search', 'subscribe', 'cancel')"),
  check.row('rating_is_rated', "(rating IS NOT NULL) = (event_type = 'rate')"),
  check.row('watched_while_playing', "watch_seconds IS NULL OR event_type IN ('play', 'pause', 'complete')"),
  check.row('episode_of_a_season', 'episode IS NULL OR season IS NOT NULL'),
  check.arrival('event_timestamp', { ahead: minutes(5), behind: days(7) }),
  check.freshness('event_time', { warning: minutes(30), delayed: hours(2) }),
  check.volume({ least: 0.25, most: 4, days: 7 }),
];

/** Real-time user events: over HTTP into a stream, from there into the lake, and by the hour into a typed table. */
export const userEvents = {
  streams: {
    events: stream({
      topic: 'tally-user-events',
      record: userEvent,
      key: 'user_id',
      partitions: 4,
      retention: days(7),
    }),
  },
  gateways: {
    'events-gateway': gateway({
      into: 'events',
      limits: { body: mebibytes(1), inflated: mebibytes(8), records: 1000, rate: { requests: 6000, per: minutes(1) } },
      idempotency: days(1),
    }),
  },
  tables: {
    'events-landing': table({
      database: 'tally_dev',
      name: 'user_events_json',
      record: userEvent,
      location: 'events/',
      format: 'json',
      partitions: hourly,
    }),
    'events-curated': table({
      database: 'tally_dev',
      name: 'user_events',
      record: curatedEvent,
      location: 'curated/events/',
      format: 'parquet',
      partitions: hourly,
    }),
  },
  deliveries: {
    'events-delivery': delivery({
      from: 'events',
      table: 'events-landing',
      prefix: 'events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
      errorPrefix:
        'errors/events/!{firehose:error-output-type}/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/',
      buffer: { size: mebibytes(5), interval: seconds(60) },
      format: json({ compression: 'gzip' }),
    }),
  },
  jobs: {
    'curate-events': sqlJob({
      from: 'events-landing',
      into: 'events-curated',
      sql: sqlFile(import.meta.dirname, 'jobs/curate-events.sql'),
      rows: 'one-to-one',
      incremental: byHour('event_timestamp'),
      unique: { key: ['event_id'], keep: 'first' },
      checks: eventChecks,
    }),
  },
  schedules: {
    'deliver-events': every(minutes(1), run('events-delivery')),
    'refine-events': cron('10 * * * ? *', run('curate-events')),
  },
};
