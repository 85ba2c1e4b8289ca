import { laneSeries } from '../commit/epoch.ts';
import { storedNumbers } from '../commit/series.ts';
import { parseObjectName } from '../delivery/object-name.ts';
import { literalStart, parsePrefix } from '../delivery/prefix.ts';
import { contentName } from '../govern/lifecycle-series.ts';
import { listAll, type ObjectInfo, type ObjectStore } from '../lake/object-store.ts';
import type { CommittedVersion } from '../ledger/account.ts';
import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { Fault } from '../ledger/fault.ts';
import { contentsOf, type DeepCheck, type VerifiedObjects, verifyObjects } from '../ledger/verify-objects.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { registeredSnapshot, tableName } from '../pipeline/table-facts.ts';
import { isDerived } from '../pipeline/writers.ts';
import type { TableSnapshot } from '../table/snapshot.ts';
import { type Aged, agedObjects, expiredOf, isPastAge, type ObjectOwner } from './aged.ts';
import { flowOrder } from './flow-order.ts';
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
  const tables = addressed([pipeline], 'table').filter(({ definition }) => definition.objects === 'commits');
  const contents = await contentsOf(
    lake,
    tables.map(({ definition }) => definition.location),
  );
  const flow = flowOrder(engine.pipelines, pipeline).toReversed();
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

/** Objects under the tables of a path that no commit names. Those of a plan that is under way are none. */
export async function strayFaults(
  engine: Engine,
  view: LakeView,
  delivered: DeliveryLedger,
  steps: readonly Addressed<'delivery' | 'job'>[],
): Promise<readonly Fault[]> {
  const lake = await engine.lake();
  const faults: Fault[] = [];
  for (const step of steps) {
    const address = step.kind === 'delivery' ? step.definition.table : step.definition.into;
    if (address === undefined) continue;
    const table = resolveAddress(engine.pipelines, address, ['table'], step.pipeline);
    const { location, objects } = table.definition;
    if (objects !== 'commits') continue;
    const others = locationsWithin(engine, table);
    const isAwaited = awaitedBy(lake, view, delivered, step, table);
    for (const { key, etag, sizeBytes } of view.contents.values()) {
      if (!key.startsWith(location) || view.committed.has(key) || isHidden(key.slice(location.length))) continue;
      if (others.some((other) => key.startsWith(other))) continue;
      // A lifecycle that died goes on with what it took and has not deleted yet.
      if (view.aged.byContent.has(contentName({ key, etag }))) continue;
      if (await isAwaited(key)) continue;
      const message = `stray under ${tableName(table)}: ${key}, ${sizeBytes} bytes, which no commit names`;
      faults.push({ kind: 'object-stray', message, place: { object: key, table: tableName(table) } });
    }
  }
  return faults;
}

/** Locations of other tables that lie under this one's. */
function locationsWithin(engine: Engine, { address, definition }: Addressed<'table'>): readonly string[] {
  return addressed(engine.pipelines, 'table')
    .filter((other) => other.address !== address && other.definition.location.startsWith(definition.location))
    .map((other) => other.definition.location);
}

/** What Hive passes over. */
function isHidden(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('_') || segment.startsWith('.'));
}

/**
 * Objects of a delivery without a table that no commit names: under its prefix others may put what they like, so that the name
 * tells. Their commit and its plan are gone, and the records are delivered again: they would be there twice.
 */
export async function strayDelivered(
  engine: Engine,
  view: LakeView,
  step: Addressed<'delivery'>,
  { gone, committedMs }: DeliveryLedger,
): Promise<readonly Fault[]> {
  const lake = await engine.lake();
  const faults: Fault[] = [];
  const numbers = new Map<string, ReturnType<typeof storedNumbers>>();
  for await (const { key, etag, sizeBytes } of listAll(lake, literalStart(parsePrefix(step.definition.prefix)))) {
    const made = parseObjectName(key.slice(key.lastIndexOf('/') + 1), step.address);
    if (made === undefined || view.committed.has(key)) continue;
    if (view.aged.byContent.has(contentName({ key, etag }))) continue;
    const series = laneSeries(step.address, made.epoch, made.lane);
    const listed = numbers.get(series) ?? storedNumbers(lake, series);
    numbers.set(series, listed);
    const { plans, commits } = await listed;
    const isRead = committedMs.get(series)?.[made.plan] !== undefined;
    const isUnderWay = (plans.includes(made.plan) || commits.has(made.plan)) && !isRead;
    if (isUnderWay || gone.get(series)?.includes(made.plan) === true) continue;
    const message = `stray in the lake: ${key}, ${sizeBytes} bytes, which no commit of ${series} names`;
    faults.push({ kind: 'object-stray', message, place: { object: key, series, commit: made.plan } });
  }
  return faults;
}

/**
 * Tells of an object's key whether a plan whose commit was not read may have made it: it is under way, or was then; or the
 * commit is gone, which is said elsewhere. A job's series is listed once, however many keys are asked for.
 */
function awaitedBy(
  lake: ObjectStore,
  view: LakeView,
  { committedMs }: DeliveryLedger,
  step: Addressed<'delivery' | 'job'>,
  table: Addressed<'table'>,
): (key: string) => Promise<boolean> {
  if (step.kind === 'job') {
    let pending: Promise<boolean> | undefined;
    return () => {
      pending ??= hasPending(lake, view, step.address, table);
      return pending;
    };
  }
  return async (key) => {
    const made = parseObjectName(key.slice(key.lastIndexOf('/') + 1), step.address);
    if (made === undefined) return false;
    return committedMs.get(laneSeries(step.address, made.epoch, made.lane))?.[made.plan] === undefined;
  };
}

/** Whether a job has a plan whose commit was not read. */
async function hasPending(lake: ObjectStore, view: LakeView, job: string, table: Addressed<'table'>): Promise<boolean> {
  const { plans, commits } = await storedNumbers(lake, job);
  const upTo = registeredUpTo(view.catalogued, table, job);
  const read = view.jobs.get(job)?.committedMs;
  return plans.some((n) => (read === undefined ? !commits.has(n) || n > upTo : read[n] === undefined));
}
