import { PlayheadError } from '../base/errors.ts';
import type { TableObject } from '../catalog/catalog.ts';
import { partitionFolder } from '../catalog/partition-layout.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { BoundJob, JobPorts } from './bound-job.ts';
import type { Buckets } from './bucket.ts';
import type { JobDefinition } from './definition.ts';
import type { AskedSidecar, PlannedPartition } from './job-plan.ts';
import type { UniqueRule } from './settle.ts';
import { sidecarKey } from './sidecar.ts';

/** A job's table as it stands: looked at only when no plan is under way, for then it is what the last commit made it. */
export interface StandingTable {
  readonly job: string;
  readonly target: BoundJob['target'];
  readonly buckets: Buckets;
  readonly store: ObjectStore;
  readonly objects: ReadonlyMap<number, TableObject>;
}

export async function standingTable(
  { name: job, target }: Pick<BoundJob, 'name' | 'target'>,
  buckets: Buckets,
  { store, catalog }: JobPorts,
): Promise<StandingTable> {
  const objects = await catalog.objects(target.database, target.name);
  const byBucket = new Map(objects.map((object) => [buckets.bucketOf(object.partition), object]));
  return { job, target, buckets, store, objects: byBucket };
}

/** A job's `unique` in whole buckets; undefined where it has none. */
export function uniqueRule({ unique }: JobDefinition, { periodMs }: Buckets): UniqueRule | undefined {
  if (unique === undefined) return undefined;
  const { key, keep, within } = unique;
  if (within === 'partition') return { key, keep, reach: 0 };
  if (within === 'unlimited' || periodMs === undefined) return { key, keep };
  return { key, keep, reach: Math.ceil(within / periodMs) };
}

/** The sidecars of all partitions within reach of these buckets. PH_COMMIT_CONFLICT. */
export async function sidecarsWithin(
  table: StandingTable,
  found: readonly number[],
  reach = Number.POSITIVE_INFINITY,
): Promise<readonly AskedSidecar[]> {
  const asked: AskedSidecar[] = [];
  for (const bucket of [...table.objects.keys()].sort((a, b) => a - b))
    if (found.some((other) => Math.abs(other - bucket) <= reach))
      asked.push({ bucket, ...(await standingSidecar(table, bucket)) });
  return asked;
}

/** These buckets as partitions to publish, in order. PH_COMMIT_CONFLICT. */
export async function partitionsOf(
  table: StandingTable,
  found: readonly number[],
): Promise<readonly PlannedPartition[]> {
  const { job, target, buckets, objects } = table;
  const names = Object.keys(target.partitions);
  const planned: PlannedPartition[] = [];
  for (const bucket of [...new Set(found)].sort((a, b) => a - b)) {
    const values = buckets.valuesOf(bucket);
    const key = `${target.location}${partitionFolder(target, values)}data.parquet`;
    const sidecar = sidecarKey(job, names, values);
    const replaces = objects.get(bucket)?.etag;
    if (replaces === undefined) planned.push({ bucket, values, key, sidecar: { key: sidecar } });
    else {
      const { etag } = await standingSidecar(table, bucket);
      planned.push({ bucket, values, key, replaces, sidecar: { key: sidecar, replaces: etag } });
    }
  }
  return planned;
}

async function standingSidecar(
  { job, target, objects, store }: StandingTable,
  bucket: number,
): Promise<{ readonly key: string; readonly etag: string }> {
  const object = objects.get(bucket);
  const key = sidecarKey(job, Object.keys(target.partitions), object?.partition ?? []);
  const sidecar = object?.series === job ? await store.head(key) : undefined;
  if (sidecar !== undefined) return { key, etag: sidecar.etag };
  throw new PlayheadError('PH_COMMIT_CONFLICT', `${object?.key} has no sidecar: job ${job} did not write it`, {
    hint: 'Only the job writes the partitions of its table. Drop those that something else wrote, then run the job again.',
    details: { job, key: object?.key ?? null, sidecar: key },
  });
}
