import { literalStart, parsePrefix } from '../delivery/prefix.ts';
import { contentName } from '../govern/lifecycle-series.ts';
import type { ObjectInfo } from '../lake/object-store.ts';
import type { CommittedVersion } from '../ledger/account.ts';
import { contentsOf, type DeepCheck, type VerifiedObjects, verifyObjects } from '../ledger/verify-objects.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { registeredSnapshot } from '../pipeline/engine/registered-objects.ts';
import { type Addressed, addressed } from '../pipeline/graph/address.ts';
import { isDerived } from '../pipeline/graph/writers.ts';
import type { TableSnapshot } from '../table/snapshot.ts';
import { quarantineFolder } from '../transform/quarantine.ts';
import { sidecarFolder } from '../transform/sidecar.ts';
import { type Aged, agedObjects, expiredOf, isPastAge, type ObjectOwner } from './aged.ts';
import { type FlowTable, flowOrder } from './flow-order.ts';
import { type JobLedger, readJob } from './job-ledger.ts';

/**
 * What lies under a pipeline's tables, what its catalog has of them, and what its jobs committed: each looked at once, and before
 * what it was made from, so that what goes on meanwhile is on the way, and nothing is there that came from nowhere.
 */
export interface LakeView {
  readonly contents: ReadonlyMap<string, ObjectInfo>;
  /** By address of the table; of one that the catalog does not have, nothing. */
  readonly catalogued: ReadonlyMap<string, TableSnapshot>;
  /** By address of the job: those that records go through. */
  readonly jobs: ReadonlyMap<string, JobLedger>;
  /** Keys that were verified so far. */
  readonly committed: ReadonlySet<string>;
  /** What lifecycles took: it is not looked for. */
  readonly aged: Aged;
  /** Besides what is missing: rows of objects that are gone and past their rule's age. */
  verify<T extends CommittedVersion>(
    objects: readonly T[],
    owner: ObjectOwner,
  ): Promise<VerifiedObjects<T> & { readonly aged: number }>;
}

export async function lakeView(engine: Engine, pipeline: PipelineDefinition, deep?: DeepCheck): Promise<LakeView> {
  const lake = await engine.lake();
  const flow = flowOrder(engine.pipelines, pipeline).toReversed();
  const contents = await contentsOf(lake, whereObjectsLie(pipeline, flow));
  const catalogued = new Map<string, TableSnapshot>();
  for (const { table } of flow) {
    const found = await registeredSnapshot(engine, table);
    if (found !== undefined) catalogued.set(table.address, found);
  }
  const committed = new Set<string>();
  const aged = await agedObjects(engine.pipelines, lake, engine.effects);
  const jobs = new Map<string, JobLedger>();
  for (const { table, job } of flow) {
    if (job === undefined || isDerived(engine.pipelines, job)) continue;
    const upTo = registeredUpTo(catalogued, table, job.address);
    jobs.set(job.address, await readJob(lake, job.address, upTo, expiredOf(aged, job.address)));
  }
  return {
    contents,
    catalogued,
    jobs,
    committed,
    aged,
    verify: async (objects, owner) => {
      for (const { key } of objects) committed.add(key);
      const found = await verifyObjects(lake, contents, objects, deep);
      const past = new Map<string, number>();
      for (const object of found.missing)
        if (!object.changed && (await isPastAge(lake, object, owner, aged, engine.effects)))
          past.set(object.key, object.rows);
      return {
        missing: found.missing.filter(({ key }) => !past.has(key)),
        faults: found.faults.filter(({ place }) => place.object === undefined || !past.has(place.object)),
        aged: [...past.values()].reduce((sum, rows) => sum + rows, 0),
      };
    },
  };
}

/** Prefixes of tables, and of what is kept beside them: a list costs a call for a thousand objects, and a look at each one. */
function whereObjectsLie(pipeline: PipelineDefinition, flow: readonly FlowTable[]): readonly string[] {
  const tables = addressed([pipeline], 'table').filter(({ definition }) => definition.objects === 'commits');
  const ofJobs = flow.flatMap(({ job }) =>
    job === undefined ? [] : [sidecarFolder(job.address), quarantineFolder(job.address)],
  );
  const asided = addressed([pipeline], 'delivery').map(({ definition }) => {
    return literalStart(parsePrefix(definition.errorPrefix));
  });
  return [...tables.map(({ definition }) => definition.location), ...ofJobs, ...asided.filter((start) => start !== '')];
}

/** The last commit of a series that a table's entry in the catalog has taken in; -1 for none. Without an entry nothing lags behind it. */
export function registeredUpTo(
  catalogued: LakeView['catalogued'],
  { address }: Addressed<'table'>,
  series: string,
): number {
  const entry = catalogued.get(address);
  return entry === undefined ? Number.POSITIVE_INFINITY : (entry.commits.get(series) ?? -1);
}

/** Of the objects that commits name, those that no lifecycle took, by what they hold. */
export function standing(
  objects: readonly CommittedVersion[],
  { aged }: LakeView,
): (holds: CommittedVersion['holds']) => readonly CommittedVersion[] {
  return (holds) => objects.filter((object) => object.holds === holds && !aged.byContent.has(contentName(object)));
}
