import type { GroupedCommand } from '../command.ts';
import { simulation, timeRange } from './shared-options.ts';

/** Commands that move records along. */
export const flowCommands: readonly GroupedCommand[] = [
  {
    name: 'deliver',
    worksWithoutHome: true,
    summary: 'Deliver streams to the lake, exactly once',
    arguments: '[delivery]',
    completes: ['delivery'],
    options: [
      ['--drain', 'deliver what is there, flush, and end (default: go on until stopped)'],
      ['--accept-loss', 'give up records that the log lost before they were delivered, and write that down'],
    ],
    examples: [['playhead deliver --drain', 'every delivery, to the end of its stream']],
    load: () => import('../commands/deliver.ts'),
  },
  {
    name: 'crawl',
    worksWithoutHome: true,
    summary: 'Look for tables and partitions in the lake and catalogue them',
    arguments: '[crawler]',
    completes: ['crawler'],
    examples: [['playhead crawl', 'every crawler']],
    load: () => import('../commands/crawl.ts'),
  },
  {
    name: 'run',
    worksWithoutHome: true,
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
    load: () => import('../commands/run.ts'),
  },
  {
    name: 'start',
    worksWithoutHome: true,
    summary: 'Run all schedules in the foreground until stopped',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    options: [
      ['--now', 'begin with one run of every target'],
      ['--metrics-port <n>', 'serve metrics to Prometheus on this port of 127.0.0.1; 0: a free one'],
    ],
    examples: [
      ['playhead start --now', 'all pipelines of the config; Ctrl-C stops cleanly'],
      ['playhead start acme', 'one pipeline: without a config it has to be named'], // tidy: an example
      ['playhead start --metrics-port 9464', 'http://127.0.0.1:9464/metrics'],
    ],
    load: () => import('../commands/start.ts'),
  },
];
