import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import type { Lease } from '../commit/held-lease.ts';
import { acquireLease } from '../commit/lease.ts';
import { openSeries } from '../commit/series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { registerCommits } from '../table/contribution.ts';
import { retain, sweepRetained } from '../table/retained.ts';
import { jobPositions } from '../transform/account.ts';
import { rejectedSidecarKey, sidecarKey } from '../transform/sidecar.ts';
import { versionsPlanned } from '../transform/versions-planned.ts';
import { expireVersions } from './expire-versions.ts';
import { dueFor, type LifecycleDefinition } from './lifecycle.ts';
import { type GovernedLake, type GovernedObject, governedObjects, type LifecyclePorts } from './lifecycle-objects.ts';
import {
  contentName,
  type ExpiredObject,
  type LifecycleCommit,
  lifecycleContributor,
  lifecycleSeries,
  lifecycleState,
  type MovedObject,
  setAsideLifecycleContributor,
} from './lifecycle-series.ts';
import { storeRule } from './store-rules.ts';

/** A lifecycle of a pipeline with what its rules may meet. */
export interface BoundLifecycle {
  /** Address, and name of its commit series. */
  readonly address: string;
  readonly definition: LifecycleDefinition;
  readonly lake: GovernedLake;
}

export interface LifecycleRun {
  readonly expired: readonly ExpiredObject[];
  readonly moved: readonly MovedObject[];
  /** Versions and delete markers that went for good. */
  readonly versions: number;
  /** Due, but someone still needs them: they go when that is over. */
  readonly keptBack: readonly { readonly why: string; readonly objects: number }[];
}

/** Of one commit: its JSON stays small. */
const mostObjects = 500;

/**
 * Does what the rules say is due. What a commit named leaves its table by a commit of the lifecycle's own series, which stands
 * before anything is deleted; a run that died in between is finished by the next. An object that a job has yet to read is
 * kept back, and so is everything of a job's table while that job is at work. Data stays readable for queries that began
 * before, for an hour. A store that executes rules itself is given those that it can. With `dryRun` nothing is written. Throws PH_LEASE_HELD, PH_OBJECT_*, PH_STORAGE_*.
 */
export async function runLifecycle(
  subject: BoundLifecycle,
  ports: LifecyclePorts,
  effects: Effects,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<LifecycleRun> {
  const { store } = ports;
  const leases: Lease[] = [];
  try {
    if (!dryRun) {
      leases.push(await acquireLease(store, subject.address, { holder: `lifecycle ${subject.address}` }, effects));
      await finishLast(subject, ports, effects);
      const rules = subject.definition.rules.map(storeRule).filter((rule) => rule !== undefined);
      await store.applyLifecycle?.(subject.address, rules);
    }
    const due = await dueObjects(subject, ports, effects);
    const { ready, keptBack } = await withoutNeeded(due.expiring, dryRun ? undefined : leases, store, effects);
    const expired = (await Promise.all(ready.map((each) => withSidecar(each, store)))).flat();
    if (!dryRun) {
      for (let at = 0; at < Math.max(expired.length, due.moved.length); at += mostObjects)
        await commit(
          subject,
          ports,
          expired.slice(at, at + mostObjects),
          due.moved.slice(at, at + mostObjects),
          effects,
        );
    }
    const versions = await expireVersions(subject.definition.rules, store, { dryRun }, effects);
    if (!dryRun) await sweepRetained(store, () => versionsPlanned(store, effects));
    return { expired, moved: due.moved, versions, keptBack };
  } finally {
    for (const lease of leases.reverse()) await lease.release();
  }
}

interface Expiring {
  readonly object: GovernedObject;
  readonly rule: string;
}

async function dueObjects({ address, definition, lake }: BoundLifecycle, ports: LifecyclePorts, effects: Effects) {
  const nowMs = effects.clock.now();
  const rules = definition.rules.filter(({ enabled }) => enabled);
  const acting = rules.filter(
    ({ expirationDays, transitions }) => expirationDays !== undefined || transitions.length > 0,
  );
  const state = await lifecycleState(ports.store, address);
  const expiring: Expiring[] = [];
  const moved: MovedObject[] = [];
  const prefixes = [...new Set(acting.map(({ prefix }) => prefix))];
  for await (const object of governedObjects(lake, ports, state, prefixes, effects)) {
    const due = dueFor(rules, object, nowMs);
    if (due?.action === 'expire') expiring.push({ object, rule: due.rule });
    else if (due !== undefined) {
      const { key, etag } = object;
      moved.push({ key, etag, storageClass: due.storageClass, rule: due.rule });
    }
  }
  return { expiring, moved };
}

function expiredObject({ object, rule }: Expiring): ExpiredObject {
  const { key, etag, role, rows, sizeBytes, writer, table, partition } = object;
  const of = {
    ...(writer === undefined ? {} : { writer }),
    ...(table === undefined ? {} : { table }),
    ...(partition === undefined ? {} : { partition }),
  };
  return { key, etag, role, rows, sizeBytes, rule, ...of };
}

/**
 * What expires, and the sidecar that accounts for it: the job would hold a sidecar that it finds for that of rows which are in
 * its table.
 */
async function withSidecar(each: Expiring, store: ObjectStore): Promise<readonly ExpiredObject[]> {
  const { of, partition = [], role, writer = '', commit } = each.object;
  const own = expiredObject(each);
  let key: string | undefined;
  if (of?.writer.kind === 'job') key = sidecarKey(writer, Object.keys(of.definition.partitions), partition);
  if (role === 'quarantine' && commit !== undefined) key = rejectedSidecarKey(writer, commit);
  const sidecar = key === undefined ? undefined : await store.head(key);
  if (sidecar === undefined) return [own];
  const { etag, sizeBytes } = sidecar;
  return [own, { key: sidecar.key, etag, role: 'sidecar', rows: 0, sizeBytes, rule: each.rule, writer }];
}

/**
 * Leaves out what someone still needs. Jobs whose tables lose objects are locked out by their lease, added to `leases`, until
 * the run is over: one that planned with an object that goes could not do its plan again.
 */
async function withoutNeeded(
  expiring: readonly Expiring[],
  leases: Lease[] | undefined,
  store: ObjectStore,
  effects: Effects,
): Promise<{ readonly ready: readonly Expiring[]; readonly keptBack: LifecycleRun['keptBack'] }> {
  const why = new Map<string, number>();
  const positions = new Map<string, Readonly<Record<string, number>>>();
  const busy = new Map<string, boolean>();
  const ready: Expiring[] = [];
  const needed = new Set((await versionsPlanned(store, effects)).map(contentName));
  const reasonFor = async ({ object }: Expiring): Promise<string | undefined> => {
    const { of, series = '', commit: n = 0 } = object;
    if (needed.has(contentName(object))) return 'a plan that is not done yet is made from it';
    for (const job of of?.readers ?? []) {
      const passed = positions.get(job) ?? (await jobPositions(store, job, effects));
      positions.set(job, passed);
      if ((passed[series] ?? 0) <= n) return `${job} has not read it yet`;
    }
    if (of?.writer.kind !== 'job') return undefined;
    const job = of.writer.address;
    const isBusy = busy.get(job) ?? (await lockOut(job, leases, store, effects));
    busy.set(job, isBusy);
    return isBusy ? `${job} is at work on its table` : undefined;
  };
  for (const each of expiring) {
    const reason = await reasonFor(each);
    if (reason === undefined) ready.push(each);
    else why.set(reason, (why.get(reason) ?? 0) + 1);
  }
  return { ready, keptBack: [...why].map(([reason, objects]) => ({ why: reason, objects })) };
}

/** True where the job is at work, or died in the midst of a plan that its next run finishes. */
async function lockOut(
  job: string,
  leases: Lease[] | undefined,
  store: ObjectStore,
  effects: Effects,
): Promise<boolean> {
  if (leases !== undefined)
    try {
      leases.push(await acquireLease(store, job, { holder: 'a lifecycle' }, effects));
    } catch (error) {
      if (isPlayheadError(error, 'PH_LEASE_HELD')) return true;
      throw error;
    }
  return (await openSeries(store, job, effects).head()).pendingPlan !== undefined;
}

async function commit(
  subject: BoundLifecycle,
  ports: LifecyclePorts,
  expired: readonly ExpiredObject[],
  moved: readonly MovedObject[],
  effects: Effects,
): Promise<void> {
  const series = lifecycleSeries(ports.store, subject.address, effects);
  for (const object of expired) if (isQueried(object)) await retainIfThere(ports.store, object);
  const { next } = await series.head();
  await effects.reached('lifecycle.retained');
  const made = { format: 1, lifecycle: subject.address, committedAtMs: effects.clock.now(), expired, moved } as const;
  await series.commit(next, made satisfies LifecycleCommit);
  await effects.reached('lifecycle.committed');
  await finishLast(subject, ports, effects);
}

/** Takes the last commit's objects out of the catalog and deletes them. Idempotent. */
async function finishLast(
  { address, lake }: BoundLifecycle,
  { store, catalog }: LifecyclePorts,
  effects: Effects,
): Promise<void> {
  const { last } = await lifecycleSeries(store, address, effects).head();
  if (last === undefined) return;
  for (const { definition, writer } of lake.tables)
    for (const contributor of [
      lifecycleContributor(address, definition),
      setAsideLifecycleContributor(address, definition, writer.address),
    ])
      if ((await catalog.table(contributor.database, contributor.table)) !== undefined)
        await registerCommits(catalog, store, contributor, effects);
  await effects.reached('lifecycle.registered');
  for (const { key, etag } of last.expired) {
    await store.delete(key, { ifMatch: etag }).catch((error: unknown) => {
      // Another content stands there by now: that one is not what expired.
      if (!isPlayheadError(error, 'PH_OBJECT_CHANGED')) throw error;
    });
    await effects.reached('lifecycle.deleted');
  }
}

/** In a table of its own, or in that of what was kept out of one: a query may read it now. */
function isQueried({ table, role }: ExpiredObject): boolean {
  return table !== undefined || role === 'error' || role === 'quarantine';
}

async function retainIfThere(store: ObjectStore, object: ExpiredObject): Promise<void> {
  await retain(store, object).catch((error: unknown) => {
    if (!isPlayheadError(error, 'PH_OBJECT_MISSING') && !isPlayheadError(error, 'PH_OBJECT_CHANGED')) throw error;
  });
}
