import type { Effects } from '../base/effects.ts';
import type { Catalog, TableObject } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { storedCommits } from '../commit/packed-commits.ts';
import { deliverySeriesNames } from '../delivery/contributors.ts';
import { type DeliveryCommit, objectsIn } from '../delivery/plan.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import { type JobCommit, quarantineOf } from '../transform/job-plan.ts';
import type { AgingObject } from './lifecycle.ts';
import { contentName, type ExpiredObject, type LifecycleState, type ObjectRole } from './lifecycle-series.ts';

/** A table with who writes it and who has yet to read it. */
export interface GovernedTable {
  readonly definition: TableDefinition;
  readonly pipeline: string;
  readonly writer: { readonly kind: 'delivery' | 'job' | 'source'; readonly address: string };
  /** Addresses of the jobs whose input it is. */
  readonly readers: readonly string[];
}

/** Everything whose objects a lifecycle may meet. */
export interface GovernedLake {
  readonly tables: readonly GovernedTable[];
  /** Deliveries; `table` where one takes their data. */
  readonly deliveries: readonly { readonly address: string; readonly pipeline: string; readonly hasTable: boolean }[];
  readonly jobs: readonly { readonly address: string; readonly pipeline: string }[];
}

export interface LifecyclePorts {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
}

/** An object with what a commit says of it. */
export interface GovernedObject extends AgingObject, Omit<ExpiredObject, 'rule'> {
  /** The commit that named it, of data in a table and of a job's quarantine. */
  readonly commit?: number;
  readonly series?: string;
  readonly of?: GovernedTable;
}

/** The objects that commits name and no lifecycle took, then those that nobody named under `prefixes`. */
export async function* governedObjects(
  lake: GovernedLake,
  ports: LifecyclePorts,
  state: LifecycleState,
  prefixes: readonly string[],
  effects: Effects,
): AsyncGenerator<GovernedObject> {
  const named = new Set<string>();
  const gone = new Set(state.expired.map(contentName));
  const isWanted = ({ key }: { key: string }): boolean => prefixes.some((prefix) => key.startsWith(prefix));
  for (const find of [tableObjects, deliveryObjects, jobObjects])
    for await (const object of find(lake, ports, effects)) {
      if (!isWanted(object)) continue;
      named.add(object.key);
      if (object.ofTable === true) continue;
      if (!gone.has(contentName(object))) yield withClass(object, state);
    }
  const others = prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)));
  for (const prefix of others)
    for await (const { key, etag, sizeBytes, modifiedMs } of listAll(ports.store, prefix)) {
      if (named.has(key) || key.startsWith('_playhead/')) continue;
      const object = { key, etag, sizeBytes, createdMs: modifiedMs, role: 'other' as const, rows: 0 };
      yield withClass({ ...object, tags: { 'playhead:kind': 'other' } }, state);
    }
}

interface Found extends Omit<GovernedObject, 'storageClass'> {
  /** The catalog has the last word on it: one that it has not taken in yet is nobody's, but not to be taken for it. */
  readonly ofTable?: boolean;
}

function withClass({ ofTable: _, ...object }: Found, { classes }: LifecycleState): GovernedObject {
  return { ...object, storageClass: classes.get(contentName(object)) ?? 'STANDARD' };
}

async function* tableObjects(lake: GovernedLake, ports: LifecyclePorts, effects: Effects): AsyncGenerator<Found> {
  const { store, catalog } = ports;
  for (const of of lake.tables) {
    const { database, name } = of.definition;
    if ((await catalog.table(database, name)) === undefined) continue;
    const table = `${database}.${name}`;
    const objects = await catalog.objects(database, name);
    const committedMs = await commitTimes(store, objects);
    for (const { key, etag, rows, sizeBytes, series, commit, partition } of objects) {
      const createdMs =
        committedMs.get(`${series} ${commit}`) ?? (await store.head(key))?.modifiedMs ?? effects.clock.now();
      const tags = { 'playhead:pipeline': of.pipeline, 'playhead:table': table, 'playhead:kind': 'data' };
      const named = { role: 'data', writer: of.writer.address, table, partition, series, commit, of } as const;
      yield { key, etag, rows, sizeBytes, createdMs, tags, ...named };
    }
  }
}

/** When the commits were made that objects are of, by series and number. Those of seed tables have no date. */
async function commitTimes(
  store: ObjectStore,
  objects: readonly Pick<TableObject, 'series' | 'commit'>[],
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const [series, own] of Map.groupBy(objects, (object) => object.series)) {
    const first = own.reduce((least, { commit }) => Math.min(least, commit), Number.POSITIVE_INFINITY);
    for await (const { n, commit } of storedCommits<{ committedAtMs?: number }>(store, series, first))
      if (commit.committedAtMs !== undefined) times.set(`${series} ${n}`, commit.committedAtMs);
  }
  return times;
}

/** What deliveries set aside or kept besides, and their data. */
async function* deliveryObjects({ deliveries }: GovernedLake, { store }: LifecyclePorts): AsyncGenerator<Found> {
  for (const { address, pipeline, hasTable } of deliveries)
    for (const series of await deliverySeriesNames(store, address))
      for await (const { commit } of storedCommits<DeliveryCommit>(store, series))
        for (const { kind, key, etag, rows, sizeBytes } of objectsIn(commit)) {
          const found = besideTable({ key, etag, rows, sizeBytes }, kind, commit.committedAtMs, { address, pipeline });
          yield { ...found, ofTable: kind === 'data' && hasTable };
        }
}

async function* jobObjects({ jobs }: GovernedLake, { store }: LifecyclePorts): AsyncGenerator<Found> {
  for (const job of jobs) yield* objectsOfJob(job, store);
}

/** A quarantine object is as old as its commit; a replay took records out of it, and left it under its key. */
async function* objectsOfJob(job: GovernedLake['jobs'][number], store: ObjectStore): AsyncGenerator<Found> {
  const setAside = new Map<string, Found>();
  for await (const { n, commit } of storedCommits<JobCommit>(store, job.address)) {
    for (const object of commit.objects)
      yield { ...besideTable(object, 'data', commit.committedAtMs, job), ofTable: true };
    for (const object of quarantineOf(commit)) {
      const { createdMs, commit: first } = setAside.get(object.key) ?? { createdMs: commit.committedAtMs, commit: n };
      const found = besideTable(object, 'quarantine', createdMs, job);
      setAside.set(object.key, { ...found, ...(first === undefined ? {} : { commit: first }) });
    }
  }
  yield* setAside.values();
}

function besideTable(
  { key, etag, rows, sizeBytes }: { key: string; etag: string; rows: number; sizeBytes: number },
  role: ObjectRole,
  createdMs: number,
  { address, pipeline }: { address: string; pipeline: string },
): Found {
  const tags = { 'playhead:pipeline': pipeline, 'playhead:kind': role };
  return { key, etag, rows, sizeBytes, createdMs, tags, role, writer: address };
}
