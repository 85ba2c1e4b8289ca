import { isPlayheadError } from '../../base/errors.ts';
import { openSeries } from '../../commit/series.ts';
import { deliverySeriesNames } from '../../delivery/contributors.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { objectsIn } from '../../delivery/plan.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { type JobCommit, type JobPlan, quarantineOf } from '../../transform/job-plan.ts';
import { sidecarsOf } from '../../transform/sidecar.ts';
import type { Flow } from './flow.ts';
import type { DamagedPart } from './round-plan.ts';

/** An object that commits name, as they know it. */
export interface NamedObject {
  readonly part: Exclude<DamagedPart, 'log' | 'commit'>;
  readonly key: string;
  readonly etag: string;
}

/** Every object that the commits of the pipeline under test name: what deliveries and jobs put, as it stands now. */
export async function namedObjects({
  engine,
  settings,
}: Pick<Flow, 'engine' | 'settings'>): Promise<readonly NamedObject[]> {
  const { effects, pipelines } = engine;
  const lake = await engine.lake();
  const named: NamedObject[] = [];
  for (const { address, pipeline } of addressed(pipelines, 'delivery')) {
    if (pipeline !== settings.pipeline) continue;
    for (const series of await deliverySeriesNames(lake, address))
      for await (const { commit } of openDeliverySeries(lake, series, effects).commits(0))
        for (const { kind, key, etag } of objectsIn(commit))
          if (kind !== 'backup') named.push({ part: kind === 'data' ? 'landing' : 'error', key, etag });
  }
  for (const { address, definition, pipeline } of addressed(pipelines, 'job')) {
    if (pipeline !== settings.pipeline) continue;
    // A later sidecar of a partition takes the place of the earlier one, and so does what a replay left of a quarantine object.
    const beside = new Map<string, NamedObject>();
    for await (const { commit } of openSeries<JobPlan, JobCommit>(lake, address, effects).commits(0)) {
      for (const { key, etag } of sidecarsOf(commit)) beside.set(key, { part: 'sidecar', key, etag });
      for (const { key, etag } of quarantineOf(commit)) beside.set(key, { part: 'quarantine', key, etag });
    }
    named.push(...beside.values());
    const target = resolveAddress(pipelines, definition.into, ['table'], pipeline);
    for (const { key, etag } of await registeredObjects(engine, target)) named.push({ part: 'table', key, etag });
  }
  return named;
}

/** Reads every named object to its end, and says which is not the one that was committed. */
export async function damagedObjects(flow: Pick<Flow, 'engine' | 'settings'>): Promise<readonly string[]> {
  const lake = await flow.engine.lake();
  const problems: string[] = [];
  for (const { part, key, etag } of await namedObjects(flow)) {
    try {
      const { body } = await lake.get(key, { ifMatch: etag });
      for await (const _ of body);
    } catch (error) {
      if (!isPlayheadError(error)) throw error;
      problems.push(`${part} object ${key}: ${error.message}`);
    }
  }
  return problems;
}
