import { manualClock, systemEffects } from '../../../src/base/effects.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Certificate } from '../../../src/govern/erase/certificate.ts';
import { definePipeline, delivery, json, seconds, sqlJob, stream, table } from '../../../src/index.ts';
import type { PipelineDefinition, Sections } from '../../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { eraseFrom } from '../../../src/pipeline/erase/erase.ts';
import type { RecordType } from '../../../src/record/type.ts';
import type { TestPipeline } from '../../../src/testing/index.ts';

/** What tells one small pipeline of people's records from another. */
export interface PeoplePipeline {
  readonly name: string;
  readonly record: RecordType;
  /** Field that is the stream's key, and the table's. */
  readonly key: string;
  /** What the job reads `<name>.landed` by. */
  readonly sql: string;
  /** Of the curated table, where the job makes other columns. */
  readonly made?: RecordType;
  readonly partitions?: Parameters<typeof table>[0]['partitions'];
  readonly delivery?: Partial<Parameters<typeof delivery>[0]>;
  readonly job?: Partial<Parameters<typeof sqlJob>[0]>;
  readonly lifecycle?: Sections['lifecycle'];
}

/** The stream `events`, delivered into `<name>.landed` under landing/, of which `curate` makes `<name>.curated` under curated/. */
export function peoplePipeline(settings: PeoplePipeline): PipelineDefinition {
  const { name, record, key, sql, made = record, lifecycle = {} } = settings;
  const shared = { database: name, ...(settings.partitions === undefined ? {} : { partitions: settings.partitions }) };
  return definePipeline(name, {
    streams: { events: stream({ topic: 'events', record, key, partitions: 2 }) },
    tables: {
      landing: table({ ...shared, name: 'landed', record, location: 'landing/', format: 'json' }),
      curated: table({ ...shared, name: 'curated', record: made, location: 'curated/', format: 'parquet' }),
    },
    deliveries: {
      deliver: delivery({
        from: 'events',
        table: 'landing',
        prefix: 'landing/',
        errorPrefix: 'errors/!{firehose:error-output-type}/',
        buffer: { interval: seconds(60) },
        format: json({ compression: 'gzip' }),
        ...settings.delivery,
      }),
    },
    lifecycle,
    jobs: {
      curate: sqlJob({
        from: 'landing',
        into: 'curated',
        sql: { text: sql, path: 'jobs/curate.sql' },
        unique: { key: [key] },
        ...settings.job,
      }),
    },
  });
}

/** The engine of a test's home, beside the one that the test has open, at the test's time. */
export function engineBeside({ home, clock }: TestPipeline, pipeline: PipelineDefinition): Engine & AsyncDisposable {
  const effects = systemEffects({ clock: manualClock(clock.now()), random: seededRandom(2), env: {} });
  const engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
  return { ...engine, [Symbol.asyncDispose]: () => engine.close() };
}

export function erase(engine: Engine, field: string, value: string): Promise<{ readonly certificate: Certificate }> {
  const options = { version: '0', signal: new AbortController().signal, onProgress: () => {} };
  return eraseFrom(engine, { field, value }, options);
}
