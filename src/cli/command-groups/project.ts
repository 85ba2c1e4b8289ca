import type { GroupedCommand } from '../command.ts';

/** Commands that begin and change projects. */
export const projectCommands: readonly GroupedCommand[] = [
  {
    name: 'demo',
    worksWithoutHome: true,
    summary: 'Watch a simulated day, or a week of an API, flow through a whole pipeline, then ask it questions',
    arguments: '[pipeline]',
    completes: ['pipeline'],
    options: [['--day <date>', 'the day that is simulated, or the last of the week (default: 2025-08-11)']],
    examples: [
      ['playhead demo', 'the day that the named queries ask about'],
      ['playhead demo tally', 'a week of an API, which a stand-in answers for without a key'], // tidy: an example
    ],
    load: () => import('../commands/demo.ts'),
  },
  {
    name: 'init',
    worksWithoutHome: true,
    summary: 'Start a project, from a sample of your records if you have one',
    arguments: '<dir>',
    options: [['--from <file>', 'a sample: .ndjson, .csv or .parquet; its record type is inferred']],
    examples: [
      ['playhead init orders --from sample.ndjson', 'a pipeline for these records'],
      ['playhead init orders', 'with an example of a few records'],
    ],
    load: () => import('../commands/init.ts'),
  },
  {
    name: 'plan',
    worksWithoutHome: true,
    summary: 'Show what changed definitions would change here',
    examples: [['playhead plan', 'new, altered and incompatible, by address']],
    load: () => import('../commands/plan.ts'),
  },
  {
    name: 'import',
    worksWithoutHome: true,
    summary: 'Turn a document of the AWS CLI (Firehose, S3 lifecycle) into a definition',
    arguments: '<what> <file>',
    examples: [
      ['playhead import firehose delivery-stream.json', 'prints a delivery for your pipeline'],
      ['playhead import lifecycle lifecycle.json', 'prints the rules, and what S3 would refuse of them'],
    ],
    load: () => import('../commands/import.ts'),
  },
];
