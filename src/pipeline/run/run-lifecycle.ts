import { days } from '../../base/units.ts';
import type { GovernedLake } from '../../govern/lifecycle-objects.ts';
import { type BoundLifecycle, type LifecycleRun, runLifecycle } from '../../govern/run-lifecycle.ts';
import { readApplied } from '../apply/apply.ts';
import type { PipelineDefinition } from '../definition.ts';
import type { Engine } from '../engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../graph/address.ts';
import { writerOf } from '../graph/writers.ts';
import { trimTopic } from './trim-delivered.ts';

/** What a run of a lifecycle did, topics and logs and all. */
export interface LifecycleOutput extends LifecycleRun {
  /** Records that went from the log because their topic's retention was over. */
  readonly trimmed: readonly { readonly topic: string; readonly records: number }[];
  /** Lines that went from the logs of the pipeline's runs. */
  readonly logLines: number;
}

/**
 * Does what a lifecycle says is due, and trims the topics of its pipeline. Objects of pipelines that were applied to
 * this home and are not loaded now are known too: nobody's data is taken for what no commit names.
 */
export async function runLifecycleOf(
  engine: Engine,
  entry: Addressed<'lifecycle'>,
  options: { readonly dryRun?: boolean } = {},
): Promise<LifecycleOutput> {
  const ports = { store: await engine.lake(), catalog: await engine.catalog() };
  const run = await runLifecycle(await boundLifecycle(engine, entry), ports, engine.effects, options);
  const trimmed: { topic: string; records: number }[] = [];
  if (options.dryRun !== true)
    for (const { definition } of addressed(engine.pipelines, 'stream')) {
      const records = await trimTopic(engine, definition.topic);
      if (records > 0) trimmed.push({ topic: definition.topic, records });
    }
  return { ...run, trimmed, logLines: await expireLogs(engine, entry, options) };
}

async function expireLogs(
  engine: Engine,
  { pipeline, definition }: Addressed<'lifecycle'>,
  options: { readonly dryRun?: boolean },
): Promise<number> {
  if (definition.logExpirationDays === undefined) return 0;
  const beforeMs = engine.effects.clock.now() - days(definition.logExpirationDays);
  return (await engine.runs()).expireLines(pipeline, beforeMs, options);
}

export async function boundLifecycle(engine: Engine, entry: Addressed<'lifecycle'>): Promise<BoundLifecycle> {
  const loaded = new Set(engine.pipelines.map(({ name }) => name));
  const others = (await readApplied(engine)).pipelines.filter(({ name }) => !loaded.has(name));
  const { address, definition } = entry;
  return { address, definition, lake: governedLake([...engine.pipelines, ...others]) };
}

function governedLake(pipelines: readonly PipelineDefinition[]): GovernedLake {
  const jobs = addressed(pipelines, 'job');
  return {
    tables: addressed(pipelines, 'table').flatMap((table) => {
      const writer = writerOf(pipelines, table.address);
      if (writer === undefined) return [];
      const readers = jobs.filter(({ definition, pipeline }) => {
        return resolveAddress(pipelines, definition.from, ['table'], pipeline).address === table.address;
      });
      return {
        definition: table.definition,
        pipeline: table.pipeline,
        writer: { kind: writer.kind, address: writer.address },
        readers: readers.map(({ address }) => address),
      };
    }),
    deliveries: addressed(pipelines, 'delivery').map(({ address, pipeline, definition }) => {
      return { address, pipeline, hasTable: definition.table !== undefined };
    }),
    jobs: jobs.map(({ address, pipeline }) => ({ address, pipeline })),
  };
}
