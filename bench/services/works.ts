import { join } from 'node:path';
import { telemetry } from '../../pipelines/acme/record.ts';
import { java } from '../../services/kafka/java.ts';
import { pythonEnvironment } from '../../services/python-packages.ts';
import type { Program } from '../../services/service.ts';
import { sparkJars } from '../../services/spark.ts';
import { sparkSchema } from './spark-schema.ts';

/** What the works share: servers, folders, and the data. */
export interface Ground {
  readonly scratch: string;
  /** A project whose profile `services` binds the servers. */
  readonly project: string;
  readonly brokers: string;
  readonly kafka: string;
  readonly spark: string;
  readonly events: number;
  /** All events, and as many of them as Kafka's own producer is given to choose from. */
  readonly ndjson: string;
  readonly payloads: string;
}

const root = join(import.meta.dirname, '../..');
const quiet = '--disable-warning=ExperimentalWarning';

/** Playhead, as its user calls it in a project. */
export function playhead(project: string, profile: string, ...words: readonly string[]): Program {
  const main = join(root, 'src/cli/main.ts');
  return { file: process.execPath, args: [quiet, main, ...words, '--profile', profile, '--json'], cwd: project };
}

/** Each program, with the number of events that its output must say it handled. */
export interface Work {
  readonly program: Program;
  readonly handled: (output: string) => number;
}

/** In this order: the topic that the others read is filled first. */
export const works = {
  produce: ({ project, ndjson }) => ({
    program: playhead(project, 'services', 'produce', 'events', '--file', ndjson, '--arrival-field', 'event_timestamp'),
    // What `produce --json` prints.
    handled: (output) => (JSON.parse(output) as { logged: number }).logged,
  }),
  performance: ({ kafka, scratch, brokers, events, payloads }) => ({
    program: java(
      kafka,
      scratch,
      'org.apache.kafka.tools.ProducerPerformance',
      ...['--topic', 'performance', '--num-records', String(events), '--throughput', '-1', '--payload-file', payloads],
      ...['--producer-props', `bootstrap.servers=${brokers}`, 'acks=all', 'compression.type=zstd', 'linger.ms=5'],
    ),
    handled: (output) => Number(/^(\d+) records sent/.exec(output.trim().split('\n').at(-1) ?? '')?.[1]),
  }),
  json: ({ project }) => ({
    program: playhead(project, 'services', 'deliver', 'json', '--drain'),
    handled: delivered,
  }),
  gzip: ({ ndjson, events }) => ({ program: packer('gzip', ndjson), handled: () => events }),
  pigz: ({ ndjson, events }) => ({ program: packer('pigz', ndjson), handled: () => events }),
  parquet: ({ project }) => ({
    program: playhead(project, 'services', 'deliver', 'parquet', '--drain'),
    handled: delivered,
  }),
  copy: ({ scratch, ndjson }) => ({
    program: {
      file: process.execPath,
      args: [quiet, join(import.meta.dirname, 'duck-copy.ts'), ndjson, join(scratch, 'copied')],
    },
    handled: Number,
  }),
  spark: ({ spark, scratch, brokers }) => ({
    program: {
      file: join(spark, 'python/pyspark/bin/spark-submit'),
      args: [
        ...['--master', 'local[*]', '--jars', sparkJars.map((jar) => join(spark, 'jars', jar)).join(',')],
        ...['--conf', 'spark.ui.enabled=false', '--conf', `spark.local.dir=${join(scratch, 'spark-local')}`],
        ...[
          join(import.meta.dirname, 'spark_job.py'),
          brokers,
          'events',
          sparkSchema(telemetry),
          join(scratch, 'spark'),
        ],
      ],
      env: pythonEnvironment(join(spark, 'python')),
      cwd: scratch,
    },
    handled: (output) => Number(output.trim().split('\n').at(-1)),
  }),
} as const satisfies Readonly<Record<string, (ground: Ground) => Work>>;

export type WorkName = keyof typeof works;

function delivered(output: string): number {
  // What `deliver --json` prints of the one delivery that was named.
  const { deliveries } = JSON.parse(output) as { deliveries: readonly { delivered: number }[] };
  return deliveries[0]?.delivered ?? 0;
}

function packer(file: 'gzip' | 'pigz', ndjson: string): Program {
  return { file, args: ['-6', '--keep', '--force', ndjson] };
}
