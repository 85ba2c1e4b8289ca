import type { GroupedCommand } from '../command.ts';
import { simulation, timeRange } from './shared-options.ts';

/** Commands that bring records in. */
export const dataCommands: readonly GroupedCommand[] = [
  {
    name: 'generate',
    worksWithoutHome: true,
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
    load: () => import('../commands/generate.ts'),
  },
  {
    name: 'produce',
    worksWithoutHome: true,
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
    load: () => import('../commands/produce.ts'),
  },
  {
    name: 'serve',
    worksWithoutHome: true,
    summary: 'Take records over HTTP into streams until stopped; acknowledged means on the disk',
    options: [
      ['--host <address>', 'where to listen (default: 127.0.0.1, this machine alone)'],
      ['--port <n>', 'default: 8080; 0: a free one'],
      ['--cert <file>', 'serve over TLS: the certificate with its chain, PEM'],
      ['--key <file>', 'its private key, PEM'],
      ['--metrics-port <n>', 'serve metrics to Prometheus on this port of 127.0.0.1; 0: a free one'],
      ['--openapi', 'print the OpenAPI document, and serve nothing'],
    ],
    examples: [
      ['playhead serve', 'every gateway; API keys: `playhead keys issue`'],
      ['playhead serve --host 0.0.0.0 --port 8443 --cert chain.pem --key key.pem', 'to others, over TLS'],
      ['playhead serve --openapi > openapi.json', 'for clients that are generated from it'],
    ],
    load: () => import('../commands/serve.ts'),
  },
];
