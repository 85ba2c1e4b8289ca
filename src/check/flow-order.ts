import type { PipelineDefinition } from '../pipeline/definition.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { targetsOf } from '../pipeline/graph/writers.ts';

/** A table along the way of records: what a delivery writes, a source, or a job. */
export interface FlowTable {
  readonly table: Addressed<'table'>;
  /** The job that makes it; absent of a delivery's or a source's. */
  readonly job?: Addressed<'job'>;
}

/** The tables that a pipeline's deliveries write, and its sources that ask an API, and all that is made from them: each after the one that it is made from. */
export function flowOrder(
  pipelines: readonly PipelineDefinition[],
  pipeline: PipelineDefinition,
): readonly FlowTable[] {
  const landings = new Map<string, FlowTable>();
  for (const entry of addressed([pipeline], 'delivery', 'source')) {
    if (entry.kind === 'source' && entry.definition.source !== 'rest') continue;
    for (const target of targetsOf(entry)) {
      const table = resolveAddress(pipelines, target, ['table'], pipeline.name);
      landings.set(table.address, { table });
    }
  }
  return [...landings.values()].flatMap((landing) => [landing, ...madeFrom(pipelines, landing.table.address)]);
}

function madeFrom(pipelines: readonly PipelineDefinition[], from: string): readonly FlowTable[] {
  return addressed(pipelines, 'job').flatMap((job) => {
    const { definition, pipeline } = job;
    if (resolveAddress(pipelines, definition.from, ['table'], pipeline).address !== from) return [];
    const table = resolveAddress(pipelines, definition.into, ['table'], pipeline);
    return [{ table, job }, ...madeFrom(pipelines, table.address)];
  });
}
