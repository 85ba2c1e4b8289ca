import { openSeries } from '../../commit/series.ts';
import { jobPositions } from '../../transform/account.ts';
import type { PipelineDefinition } from '../definition.ts';
import type { Engine } from '../engine/bind.ts';
import { addressed, resolveAddress } from '../graph/address.ts';
import { contributorsOf, writerOf } from '../graph/writers.ts';

/** A trigger, with the whole addresses of its table and of the job that it runs. */
export interface Trigger {
  readonly address: string;
  readonly table: string;
  readonly job: string;
}

/** Every trigger, in the order of the definitions. */
export function triggersOf(pipelines: readonly PipelineDefinition[]): readonly Trigger[] {
  return addressed(pipelines, 'trigger').map(({ address, definition, pipeline }) => ({
    address,
    table: resolveAddress(pipelines, definition.table, ['table'], pipeline).address,
    job: resolveAddress(pipelines, definition.target.run, ['job'], pipeline).address,
  }));
}

/** The triggers of tables that a source or a delivery writes, each job once. */
export function triggeredBy(pipelines: readonly PipelineDefinition[], writer: string): readonly Trigger[] {
  const own = triggersOf(pipelines).filter(({ table }) => writerOf(pipelines, table)?.address === writer);
  return own.filter(({ job }, i) => own.findIndex((other) => other.job === job) === i);
}

/** What the job of a trigger has before it: the next commit of each series that feeds its table, where that is more than it consumed. */
export async function waitingFor(
  { pipelines, lake: openLake, effects }: Pick<Engine, 'pipelines' | 'lake' | 'effects'>,
  { table, job }: Trigger,
): Promise<Readonly<Record<string, number>>> {
  const lake = await openLake();
  const positions = await jobPositions(lake, job, effects);
  const waiting: Record<string, number> = {};
  const { definition } = resolveAddress(pipelines, table, ['table']);
  for (const { series } of await contributorsOf(pipelines, table, definition, lake)) {
    const { next } = await openSeries<unknown, unknown>(lake, series, effects).head();
    if (next > (positions[series] ?? 0)) waiting[series] = next;
  }
  return waiting;
}

/** Whether that is anything. */
export function isWaiting(waiting: Readonly<Record<string, number>>): boolean {
  return Object.keys(waiting).length > 0;
}
