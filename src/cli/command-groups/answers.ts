import type { GroupedCommand } from '../command.ts';
import { timeRange } from './shared-options.ts';

/** Commands that answer questions about the data. */
export const answersCommands: readonly GroupedCommand[] = [
  {
    name: 'query',
    summary: 'Ask a question in Athena’s SQL',
    arguments: '[sql]',
    options: [
      ['--file <file>', 'read the SQL from a file, or - for standard input'],
      ['--saved <name>', 'a named query'],
      ['--curated', 'a named query asks curated tables in place of landing tables'],
      ['--parameter <values...>', 'a value for each ? in the SQL, as SQL writes it: 5, "\'Japan\'"'],
      ['--database <name>', 'for table names without one'],
      ['--workgroup <name>', 'whose scan limit applies'],
      ['--format <format>', 'table, vertical, csv, json or parquet (default: table)'],
      ['--out <file>', 'write the result to a file'],
      ['--fresh', 'read the stream too, up to its last record'],
      ['--list', 'list the named queries'],
    ],
    examples: [
      ['playhead query "SELECT count(*) FROM acme_telemetry.video_telemetry"', 'a question'], // tidy: an example
      ['playhead query --saved top-titles --format csv', 'a named query'],
      [`playhead query "SELECT * FROM t WHERE day = ?" --parameter "DATE '2025-08-11'"`, 'a value for a parameter'],
    ],
    load: () => import('../commands/query.ts'),
  },
  {
    name: 'lineage',
    worksWithoutHome: 'unnamed',
    summary: 'Show where tables and columns come from, and who reads them',
    arguments: '[table]',
    options: [
      ['--format <format>', 'text, mermaid, json or openlineage (default: text)'],
      ['--events', 'the events that runs told, in OpenLineage’s form, a line each'],
      ['--limit <n>', 'how many of them, the newest (default: 1000)'],
      ['--send', 'send what the profile’s lineage endpoint has not taken yet'],
    ],
    examples: [
      ['playhead lineage', 'everything that is defined'],
      ['playhead lineage curated', 'a table: what it is made from, who reads it, its columns'],
      ['playhead lineage curated.isp', 'a column, and all that would notice a change of it'],
      ['playhead lineage curated --format mermaid', 'a picture for a document'],
      ['playhead lineage --events --limit 10', 'START, COMPLETE, FAIL and ABORT of the last runs'],
    ],
    load: () => import('../commands/lineage.ts'),
  },
  {
    name: 'report',
    summary: 'Write a day on one page: an HTML file with charts that needs nothing beside itself',
    arguments: '<report> [pipeline]',
    options: [
      ['--day <date>', 'the day, UTC (default: the last one that there is)'],
      ['--out <file>', 'where to, or - for standard output (default: a name of pipeline, report and day)'],
    ],
    examples: [
      ['playhead report daily', 'of the last day'],
      ['playhead report daily --day 2025-08-11 --out day.html', 'exits non-zero where the day has no data'],
    ],
    load: () => import('../commands/report.ts'),
  },
  {
    name: 'inspect',
    summary: 'A profile of a table’s columns, and checks that it would pass',
    arguments: '<table>',
    examples: [['playhead inspect curated', 'counts, ranges, quantiles, top values, and proposed checks']],
    load: () => import('../commands/inspect.ts'),
  },
  {
    name: 'anomalies',
    summary: 'Find times and places that were not as usual: outages, bad releases, spikes',
    arguments: '[detector]',
    completes: ['detector', 'pipeline'],
    options: [...timeRange],
    examples: [
      ['playhead anomalies', 'the last day that the tables have, judged from the days before'],
      ['playhead anomalies viewing --from 2025-08-14 --to 2025-08-25', 'a time that is past'],
    ],
    load: () => import('../commands/anomalies.ts'),
  },
  {
    name: 'score',
    summary: 'Hold what came out against what the simulator made, by its truth file',
    options: [['--truth <file>', 'the truth file that the simulation wrote']],
    examples: [['playhead score --truth truth.ndjson', 'exits non-zero where something is not whole']],
    load: () => import('../commands/score.ts'),
  },
];
