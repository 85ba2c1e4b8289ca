import { deliveryState } from '../delivery/state.ts';
import type { DeliveryFigures, PathFigures } from '../ledger/account.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { deliverySubject } from '../pipeline/subject.ts';
import { registeredObjects, registeredRows, tableName } from '../pipeline/table-facts.ts';
import { jobAccount } from '../transform/account.ts';
import { committed } from './committed.ts';
import { missingObjects } from './missing-objects.ts';
import { streamFigures } from './stream-figures.ts';

/** The figures of every path of a pipeline, from a stream through a delivery and its one-to-one jobs to the last table. */
export async function pathFigures(engine: Engine, pipeline: PipelineDefinition): Promise<readonly PathFigures[]> {
  const paths: PathFigures[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const subject = deliverySubject(engine.pipelines, entry);
    const ports = { stream: await engine.stream(), lake: await engine.lake() };
    const topic = await ports.stream.describe(subject.stream.topic);
    const commits = await committed(ports.lake, entry.address, topic?.id, engine.effects);
    const state = await deliveryState(subject, ports, engine.effects);
    const table = entry.definition.table;
    const landing = table === undefined ? undefined : resolveAddress(engine.pipelines, table, ['table'], pipeline.name);
    const delivery: DeliveryFigures = {
      ...commits.figures,
      missing: await missingObjects(ports.lake, commits.data),
      missingErrors: await missingObjects(ports.lake, commits.errors),
      pending: state.pendingRecords,
      ...(landing === undefined ? {} : { tableRows: await registeredRows(engine, landing) }),
    };
    const start = {
      stream: resolveAddress(engine.pipelines, entry.definition.from, ['stream'], pipeline.name).address,
      streamFigures: streamFigures(ports.stream, topic?.state ?? [], state, commits),
      delivery,
    };
    for (const jobs of jobChains(engine, landing)) {
      const last = jobs.at(-1);
      const terminal =
        last === undefined ? landing : resolveAddress(engine.pipelines, last.definition.into, ['table'], last.pipeline);
      paths.push({
        ...start,
        table: terminal === undefined ? `the lake, under ${entry.definition.prefix}` : tableName(terminal),
        jobs: await Promise.all(jobs.map((job) => jobFigures(engine, job))),
      });
    }
  }
  return paths;
}

/** Chains of one-to-one jobs that begin at a table; the empty chain where there is none. */
function jobChains(engine: Engine, table: Addressed<'table'> | undefined): readonly (readonly Addressed<'job'>[])[] {
  if (table === undefined) return [[]];
  const next = addressed(engine.pipelines, 'job').filter(({ definition, pipeline }) => {
    return resolveAddress(engine.pipelines, definition.from, ['table'], pipeline).address === table.address;
  });
  if (next.length === 0) return [[]];
  return next.flatMap((job) => {
    const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
    return jobChains(engine, into).map((rest) => [job, ...rest]);
  });
}

async function jobFigures(engine: Engine, job: Addressed<'job'>): Promise<PathFigures['jobs'][number]> {
  const figures = { read: 0, written: 0, quarantined: 0, deduplicated: 0, superseded: 0 };
  for await (const { total } of jobAccount(await engine.lake(), job.address, engine.effects)) {
    for (const name of Object.keys(figures) as (keyof typeof figures)[]) figures[name] += total[name];
  }
  const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
  const objects = await registeredObjects(engine, into);
  return {
    address: job.address,
    ...figures,
    tableRows: objects.reduce((sum, { rows }) => sum + rows, 0),
    missing: await missingObjects(await engine.lake(), objects),
  };
}
