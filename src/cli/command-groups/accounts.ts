import type { GroupedCommand } from '../command.ts';
import { timeRange } from './shared-options.ts';

/** Commands that say how things stand, and account for records. */
export const accountsCommands: readonly GroupedCommand[] = [
  {
    name: 'status',
    summary: 'The flow at a glance: depth, last flush, partitions, freshness, last runs',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    examples: [['playhead status', '']],
    load: () => import('../commands/status.ts'),
  },
  {
    name: 'doctor',
    summary: 'Walk each pipeline link by link; name the first silent one and what mends it',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    examples: [['playhead doctor', 'exits non-zero when a link is silent']],
    load: () => import('../commands/doctor.ts'),
  },
  {
    name: 'ledger',
    summary: 'Account for every record, from the stream to the table',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    options: [
      ['--by <part>', 'break it down by source, hour (of arrival, and partition of a job’s table) or object'],
      ['--deep', 'read every committed object: hash its bytes, count its rows'],
    ],
    examples: [
      ['playhead ledger', 'exits non-zero when it does not add up, and names the place'],
      ['playhead ledger acme --by hour', 'hour by hour'], // tidy: an example
      ['playhead ledger --deep', 'does not believe the store’s checksums'],
    ],
    load: () => import('../commands/ledger.ts'),
  },
  {
    name: 'reconcile',
    worksWithoutHome: true,
    summary: 'Compare any stream with any part of a lake, record by record; nothing is written there',
    options: [
      ['--stream <names...>', 'a stream, topic:NAME of the profile’s log, files, folders, or s3://bucket/prefix'],
      ['--lake <prefix>', 'a prefix of the lake, a folder: ./copied, or s3://bucket/prefix'],
      ['--key <fields>', 'what tells records apart: event_id, or several with commas'],
      ['--time <field[:unit]>', 'the field with a record’s time (default: its arrival); numbers are milliseconds'],
      ['--times <fields>', 'other fields that are times, to compare as such: sent_at,seen_at:seconds'],
      ...timeRange,
      ['--ignore <fields>', 'fields that may differ: ingested_at,meta.host'],
      ['--by <unit>', 'hour, as differences are told'],
      ['--samples <n>', 'of each kind of difference (default: 5)'],
    ],
    examples: [
      ['playhead reconcile --stream telemetry --lake telemetry/ --key event_id', 'exits non-zero on a difference'],
      ['playhead reconcile --stream sent.ndjson --lake ./bucket/plays --key id --time at', 'a pipeline of others'],
      [
        'playhead reconcile --profile services --stream topic:orders --lake s3://copied/orders/ --key id',
        'the same, on Kafka and S3',
      ],
    ],
    load: () => import('../commands/reconcile.ts'),
  },
  {
    name: 'trace',
    summary: 'Follow one record the whole way, both ways: stream, object, job, table',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    options: [
      [
        '--key <pairs...>',
        'the fields that it is known by: event_id=E1; by a job’s key it is looked up, by others it scans',
      ],
      [
        '--all',
        'with --key: look through what no job has read yet, too, for the same key again; where none has it, through all that was delivered',
      ],
      ['--position <place>', 'topic/partition/offset'],
      ['--object <key>', 'an object of the lake, with --row'],
      ['--row <n>', 'row or line of the object, from 0'],
      ['--table <name>', 'a table, with --where'],
      ['--where <condition>', 'in Athena’s SQL'],
    ],
    examples: [
      ['playhead trace --key event_id=EVENT_0123456789abcdef', 'a record, its duplicates, what it conflicts with'], // tidy: an example
      ['playhead trace --position acme-telemetry/3/1041', 'what became of it'], // tidy: an example
      ['playhead trace --object telemetry/….json.gz --row 0', 'where a line came from, and where it went'],
      [`playhead trace --table telemetry_curated --where "error_count > 90"`, 'rows of a table'], // tidy: an example
    ],
    load: () => import('../commands/trace.ts'),
  },
  {
    name: 'quarantine',
    summary: 'What jobs and deliveries kept out and why; show it; put it back, mended',
    arguments: '[action] [address]',
    completes: ['job', 'delivery', 'pipeline'],
    options: [
      ['--where <condition>', 'over the record’s fields, reason, source and row'],
      ['--limit <n>', 'show: how many records (default: 20)'],
      ['--failed', 'show: the records of the last run that published nothing'],
      ['--set <assignments...>', 'replay: "column = SQL expression", as often as needed'],
      ['--file <file>', 'replay: the records of an edited file, in the form of `show`'],
    ],
    examples: [
      ['playhead quarantine', 'jobs and reasons, counted; `list PIPELINE` of one pipeline'],
      ['playhead quarantine show curate --limit 5 > edited.ndjson', 'records, one a line, to be edited'],
      ['playhead quarantine show firehose', 'what a delivery could not parse'],
      ['playhead quarantine replay curate --file edited.ndjson', 'each is written once, however often this is said'],
      [`playhead quarantine replay curate --set "city = 'Köln'" --where "city = 'Koeln'"`, 'mended by SQL'],
    ],
    load: () => import('../commands/quarantine.ts'),
  },
  {
    name: 'logs',
    summary: 'What the runs wrote: of sources, of jobs, of a whole pipeline',
    arguments: '[addresses...]',
    completes: ['source', 'delivery', 'crawler', 'job', 'lifecycle', 'pipeline'],
    options: [
      ['--follow', 'go on as lines come'],
      ['--lines <n>', 'how many to begin with (default: 50)'],
    ],
    examples: [
      ['playhead logs curate --follow', 'of one address'],
      ['playhead logs tally.sync tally.silver --follow', 'of a source and a job, as their lines come'], // tidy: an example
    ],
    load: () => import('../commands/logs.ts'),
  },
  {
    name: 'alarms',
    worksWithoutHome: 'unnamed',
    summary: 'What alarms say; evaluate them now; rehearse that each can fire and is heard',
    arguments: '[action] [alarm]',
    completes: ['alarm'],
    options: [['--limit <n>', 'history: how many changes and notifications (default: 50)']],
    examples: [
      ['playhead alarms', 'each alarm: its state, since when, last value, why'],
      ['playhead alarms evaluate', 'now, as `playhead start` does every minute; for cron'],
      ['playhead alarms rehearse', 'exits non-zero where one could not fire, or would not be heard'],
      ['playhead alarms history', 'changes of state, and what was sent about them'],
    ],
    load: () => import('../commands/alarms.ts'),
  },
  {
    name: 'metrics',
    summary: 'What the engine measured of itself, under the names that pipelines give it',
    arguments: '[metric]',
    completes: ['metric', 'pipeline'],
    options: [
      ['--period <seconds>', 'length of a period: 10 or more (default: 300)'],
      ['--periods <n>', 'how many of them, up to now (default: 12)'],
    ],
    examples: [
      ['playhead metrics', 'every metric, over the last hour; of one pipeline: its name'],
      ['playhead metrics events-sent --period 60', 'one, minute by minute'],
    ],
    load: () => import('../commands/metrics.ts'),
  },
  {
    name: 'audit',
    summary: 'Who ran what on this home, and whether that log is whole',
    options: [
      ['--lines <n>', 'how many calls, the newest last (default: 50)'],
      ['--verify', 'follow the chain of hashes; name each line that was edited, and a cut end'],
      ['--head <hash>', 'with --verify: a hash that was noted elsewhere must still be in the chain'],
    ],
    examples: [
      ['playhead audit', 'the last calls'],
      ['playhead audit --verify', 'exits non-zero where a line was edited or the log was cut'],
    ],
    load: () => import('../commands/audit.ts'),
  },
];
