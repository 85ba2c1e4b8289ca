import { createReadStream } from 'node:fs';
import type { Effects } from '../../base/effects.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import { type Engine, openEngine } from '../../pipeline/engine/bind.ts';
import type { Profile } from '../../pipeline/engine/profile.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { engineRunner } from '../../pipeline/run/handlers.ts';
import type { SessionArguments } from '../../pipeline/run/session-arguments.ts';
import { produceNdjson } from '../../source/ndjson.ts';
import { feedOf, type StreamDataset } from './dataset.ts';
import type { Work } from './named-steps.ts';
import { profileOfHome } from './round-home.ts';

/** The definitions that flow, and which of them is under test. */
export interface FlowSettings {
  readonly pipelines: readonly PipelineDefinition[];
  readonly pipeline: string;
  readonly profile: Profile;
}

/** A pipeline in a home of its own, its work done within this process, in peace. All of it can be begun again at any point. */
export interface Flow {
  readonly engine: Engine;
  readonly settings: FlowSettings;
  /** Makes the reference tables that are not there. */
  reference(): Promise<void>;
  /** Sends part `part` of every stream, what the log lacks of it: from its file or by the stream's simulation, where it has one. */
  feed(datasets: readonly StreamDataset[], part: number, by?: 'produce' | 'simulate'): Promise<void>;
  deliver(): Promise<void>;
  /** Every job, those first that others read. */
  jobs(): Promise<void>;
  close(): Promise<void>;
}

export async function openFlow(settings: FlowSettings, home: string, effects: Effects): Promise<Flow> {
  const { pipelines, pipeline, profile } = settings;
  const engine = openEngine({ pipelines, profile: profileOfHome(profile, home), home }, effects);
  const { signal } = new AbortController();
  const peace = { trigger: 'command', arguments: {} } as const;
  await applyDefinitions(engine);
  const run = await engineRunner(engine);
  const own = <K extends 'delivery' | 'source'>(kind: K): readonly Addressed<K>[] =>
    addressed(pipelines, kind).filter((entry) => entry.pipeline === pipeline);
  return {
    engine,
    settings,
    reference: async () => {
      for (const { address, definition } of own('source'))
        if (definition.source === 'seed-table') await run({ address, kind: 'source', ...peace }, signal);
    },
    feed: async (datasets, part, by) => {
      for (const dataset of datasets) {
        const { source: address, parts } = dataset;
        const simulation = parts[part]?.simulation;
        if ((by ?? feedOf(dataset)) === 'produce' || address === undefined || simulation === undefined)
          await produce(engine, dataset, part);
        else await run({ address, kind: 'source', trigger: 'command', arguments: { ...simulation } }, signal);
      }
    },
    deliver: async () => {
      for (const { address } of own('delivery')) await run({ address, kind: 'delivery', ...peace }, signal);
    },
    jobs: async () => {
      for (const { address } of jobsInOrder(settings)) await run({ address, kind: 'job', ...peace }, signal);
    },
    close: () => engine.close(),
  };
}

/** As `playhead produce` does, under the name of the part. */
async function produce(engine: Engine, dataset: StreamDataset, part: number): Promise<void> {
  const { stream, arrivalField } = dataset;
  const { topic, key, record } = stream.definition;
  const file = dataset.parts[part]?.file;
  if (file === undefined) throw new RangeError(`${stream.address} has no part ${part}`);
  const field = arrivalField === undefined ? undefined : record.fields[arrivalField];
  await produceNdjson(
    createReadStream(file),
    await engine.stream(),
    {
      topic,
      source: sourceName(part),
      ...(key === undefined ? {} : { keyField: key }),
      ...(arrivalField === undefined ? {} : { arrivalField }),
      ...(field?.type === 'bigint' && field.epoch !== undefined ? { arrivalUnit: field.epoch } : {}),
    },
    () => {},
    engine.effects,
  );
}

function sourceName(part: number): string {
  return `chaos-${part}`;
}

/** A job after those whose tables it reads. */
export function jobsInOrder({ pipelines, pipeline }: FlowSettings): readonly Addressed<'job'>[] {
  const left = addressed(pipelines, 'job').filter((job) => job.pipeline === pipeline);
  const table = (job: Addressed<'job'>, end: 'from' | 'into'): string =>
    resolveAddress(pipelines, job.definition[end], ['table'], job.pipeline).address;
  const ordered: Addressed<'job'>[] = [];
  while (left.length > 0) {
    const made = new Set(left.map((job) => table(job, 'into')));
    const next = left.findIndex((job) => !made.has(table(job, 'from')));
    ordered.push(...left.splice(Math.max(0, next), 1));
  }
  return ordered;
}

/** The words of the command line that do a work, one list for each of the pipeline's sources, streams, deliveries or jobs. */
export function commandsOf(
  work: Work,
  { pipelines, pipeline }: FlowSettings,
  datasets: readonly StreamDataset[],
  part: number,
): readonly (readonly string[])[] {
  const own = <K extends 'delivery' | 'source' | 'job'>(kind: K): readonly Addressed<K>[] =>
    addressed(pipelines, kind).filter((entry) => entry.pipeline === pipeline);
  switch (work) {
    case 'reference':
      return own('source').flatMap(({ address, definition }) =>
        definition.source === 'seed-table' ? [['run', address]] : [],
      );
    case 'simulate':
      return datasets.flatMap(({ source, parts }) => {
        const simulation = parts[part]?.simulation;
        return source === undefined || simulation === undefined
          ? []
          : [['run', source, ...simulationWords(simulation)]];
      });
    case 'produce':
      return datasets.flatMap(({ stream, arrivalField, parts }) => {
        const arrival = arrivalField === undefined ? [] : ['--arrival-field', arrivalField];
        return [
          ['produce', stream.address, '--file', parts[part]?.file ?? '', '--source', sourceName(part), ...arrival],
        ];
      });
    case 'deliver':
      return own('delivery').map(({ address }) => ['deliver', address, '--drain']);
    case 'job':
      return own('job').map(({ address }) => ['run', address]);
  }
}

function simulationWords({ from, to, seed, rate, late, duplicated, malformed }: SessionArguments): readonly string[] {
  return Object.entries({ from, to, seed, rate, late, duplicated, malformed }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}
