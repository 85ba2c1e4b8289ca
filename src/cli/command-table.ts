import type { CommandSpec } from './command.ts';

const timeRange = [
  ['--from <time>', 'begin of the time range, UTC: 2025-08-11 or 2025-08-11T06:00:00Z'],
  ['--to <time>', 'its end, not included'],
] as const;

/** What a simulation can be told, by `generate` and `run` alike. */
const simulation = [
  ['--seed <n>', 'same seed, same records (default: the definition’s)'],
  ['--rate <n>', 'events a second at every hour, in place of the daily curve'],
  ['--events-per-day <n>', 'in place of the definition’s'],
  ['--late <share>', 'share of events that arrive up to six hours late: 0.01'],
  ['--out-of-order <share>', 'share that arrives after the next event of its session'],
  ['--duplicated <share>', 'share that arrives again, the same bytes'],
  ['--conflicting <share>', 'share that arrives again with the same id and another payload'],
  ['--malformed <share>', 'share of which a broken copy arrives besides'],
  [
    '--incident <specs...>',
    'kind,from=TIME,to=TIME,magnitude=N[,country=][,isp=][,release=][,os=]; isp-outage, cdn-degradation, bad-release, demand-spike',
  ],
  ['--truth <file>', 'write down what was made, injected records and all'],
] as const;

/** Every command, in the order of the help. The code behind `load` is imported when the command is run. */
export const commandTable: readonly CommandSpec[] = [
  {
    name: 'demo',
    group: 'project',
    summary: 'Watch a simulated day flow through a whole pipeline, then ask it questions',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    options: [['--day <date>', 'the day that is simulated (default: 2025-08-11)']],
    examples: [['playhead demo', 'the day that the named queries ask about']],
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'init',
    group: 'project',
    summary: 'Start a project, from a sample of your records if you have one',
    arguments: '<dir>',
    options: [['--from <file>', 'a sample: .ndjson, .csv or .parquet; its record type is inferred']],
    examples: [
      ['playhead init orders --from sample.ndjson', 'a pipeline for these records'],
      ['playhead init orders', 'with an example of a few records'],
    ],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'plan',
    group: 'project',
    summary: 'Show what changed definitions would change here',
    examples: [['playhead plan', 'new, altered and incompatible, by address']],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'import',
    group: 'project',
    summary: 'Turn a Firehose configuration (--cli-input-json) into a definition',
    arguments: '<what> <file>',
    examples: [['playhead import firehose delivery-stream.json', 'prints a delivery for your pipeline']],
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'generate',
    group: 'data',
    summary: 'Write simulated records as NDJSON, without touching the stream',
    arguments: '<pipeline>',
    completes: ['pipeline', 'source'],
    options: [
      ['--events <n>', 'how many records'],
      ...timeRange,
      ...simulation,
      ['--out <file>', 'a file, or - for standard output (default: -)'],
    ],
    examples: [
      ['playhead generate acme --events 1000 > sample.ndjson', 'a thousand records'], // tidy: an example
      ['playhead generate acme --from 2025-08-11T06:00:00Z --to 2025-08-11T07:00:00Z --seed 7', 'an hour'], // tidy: an example
    ],
    load: () => import('./commands/generate.ts'),
  },
  {
    name: 'produce',
    group: 'data',
    summary: 'Send NDJSON into a stream, each line acknowledged or reported by its number',
    arguments: '<stream>',
    completes: ['stream'],
    options: [
      ['--file <file>', 'read from a file (default: standard input)'],
      ['--arrival-field <name>', 'the field that holds the arrival time'],
      ['--source <name>', 'line n is sequence n of this source: a rerun resumes'],
    ],
    examples: [
      ['playhead produce telemetry --file day.ndjson --source day', 'again after a crash: nothing twice'],
      ['playhead generate acme --events 500 | playhead produce telemetry', 'from a pipe'], // tidy: an example
    ],
    load: () => import('./commands/produce.ts'),
  },
  {
    name: 'deliver',
    group: 'flow',
    summary: 'Deliver streams to the lake, exactly once',
    arguments: '[delivery]',
    completes: ['delivery'],
    options: [
      ['--drain', 'deliver what is there, flush, and end (default: go on until stopped)'],
      ['--accept-loss', 'give up records that the log lost before they were delivered, and write that down'],
    ],
    examples: [['playhead deliver --drain', 'every delivery, to the end of its stream']],
    load: () => import('./commands/deliver.ts'),
  },
  {
    name: 'crawl',
    group: 'flow',
    summary: 'Look for tables and partitions in the lake and catalogue them',
    arguments: '[crawler]',
    completes: ['crawler'],
    examples: [['playhead crawl', 'every crawler']],
    load: () => import('./commands/crawl.ts'),
  },
  {
    name: 'run',
    group: 'flow',
    summary: 'Run a job or a source once',
    arguments: '<address>',
    completes: ['job', 'source'],
    options: [
      ...timeRange,
      ...simulation,
      ['--test', 'a source: send a small batch of test records, with ids from the reference data'],
      ['--batch-size <n>', 'how many test records (default: 100)'],
      ['--force-refresh', 'a source: read the reference data anew, whatever its cache holds'],
    ],
    examples: [
      ['playhead run curate', 'from landing to the curated table, what is new'],
      ['playhead run viewers --from 2025-08-11 --to 2025-08-12', 'simulate a day into the stream'],
    ],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'start',
    group: 'flow',
    summary: 'Run all schedules in the foreground until stopped',
    options: [
      ['--now', 'begin with one run of every target'],
      ['--metrics-port <n>', 'serve metrics to Prometheus on this port of 127.0.0.1; 0: a free one'],
    ],
    examples: [
      ['playhead start --now', 'Ctrl-C stops cleanly'],
      ['playhead start --metrics-port 9464', 'http://127.0.0.1:9464/metrics'],
    ],
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'query',
    group: 'answers',
    summary: 'Ask a question in Athena’s SQL',
    arguments: '[sql]',
    options: [
      ['--file <file>', 'read the SQL from a file, or - for standard input'],
      ['--saved <name>', 'a named query'],
      ['--database <name>', 'for table names without one'],
      ['--workgroup <name>', 'whose scan limit applies'],
      ['--format <format>', 'table, csv, json or parquet (default: table)'],
      ['--out <file>', 'write the result to a file'],
      ['--fresh', 'read the stream too, up to its last record'],
      ['--list', 'list the named queries'],
    ],
    examples: [
      ['playhead query "SELECT count(*) FROM acme_telemetry.video_telemetry"', 'a question'], // tidy: an example
      ['playhead query --saved top-titles --format csv', 'a named query'],
    ],
    load: () => import('./commands/query.ts'),
  },
  {
    name: 'status',
    group: 'answers',
    summary: 'The flow at a glance: depth, last flush, partitions, freshness, last runs',
    examples: [['playhead status', '']],
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'doctor',
    group: 'answers',
    summary: 'Walk each pipeline link by link; name the first silent one and what mends it',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    examples: [['playhead doctor', 'exits non-zero when a link is silent']],
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'ledger',
    group: 'answers',
    summary: 'Account for every record, from the stream to the table',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    examples: [['playhead ledger', 'exits non-zero when it does not add up']],
    load: () => import('./commands/ledger.ts'),
  },
  {
    name: 'logs',
    group: 'answers',
    summary: 'What the runs wrote',
    arguments: '[address]',
    completes: ['source', 'delivery', 'crawler', 'job'],
    options: [
      ['--follow', 'go on as lines come'],
      ['--lines <n>', 'how many to begin with (default: 50)'],
    ],
    examples: [['playhead logs curate --follow', 'of one address']],
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'alarms',
    group: 'answers',
    summary: 'What alarms say; evaluate them now; rehearse that each can fire and is heard',
    arguments: '[action] [alarm]',
    options: [['--limit <n>', 'history: how many changes and notifications (default: 50)']],
    examples: [
      ['playhead alarms', 'each alarm: its state, since when, last value, why'],
      ['playhead alarms evaluate', 'now, as `playhead start` does every minute; for cron'],
      ['playhead alarms rehearse', 'exits non-zero where one could not fire, or would not be heard'],
      ['playhead alarms history', 'changes of state, and what was sent about them'],
    ],
    load: () => import('./commands/alarms.ts'),
  },
  {
    name: 'metrics',
    group: 'answers',
    summary: 'What the engine measured of itself, under the names that pipelines give it',
    arguments: '[metric]',
    options: [
      ['--period <seconds>', 'length of a period: 10 or more (default: 300)'],
      ['--periods <n>', 'how many of them, up to now (default: 12)'],
    ],
    examples: [
      ['playhead metrics', 'every metric, over the last hour'],
      ['playhead metrics events-sent --period 60', 'one, minute by minute'],
    ],
    load: () => import('./commands/metrics.ts'),
  },
  {
    name: 'rebuild',
    group: 'other',
    summary: 'Make the catalog’s tables anew from the commits in the lake',
    examples: [['playhead rebuild', 'after the catalog was lost or damaged, or a table dropped']],
    load: () => import('./commands/rebuild.ts'),
  },
  {
    name: 'scrub',
    group: 'other',
    summary: 'Remove objects in the lake that no commit names',
    arguments: '[delivery]',
    completes: ['delivery'],
    examples: [['playhead scrub', 'what a crash left behind']],
    load: () => import('./commands/scrub.ts'),
  },
  {
    name: 'completion',
    group: 'other',
    summary: 'Print shell completion for bash, zsh or fish',
    arguments: '<shell> [words...]',
    examples: [['source <(playhead completion bash)', 'for this shell']],
    load: () => import('./commands/completion.ts'),
  },
];
