import type { Effects } from '../base/effects.ts';
import type { DuckSession } from '../duck/duck.ts';
import type { ObjectInfo, ObjectStore } from '../lake/object-store.ts';
import type { ContributedObject } from '../table/contribution.ts';
import { publishObject } from '../table/publish.ts';
import { isUnchanged, type JobPlan, type PartitionAccount, type SidecarObject } from './job-plan.ts';
import type { MadePartition } from './make-partitions.ts';
import type { MergeResult } from './merge.ts';
import { namedObject } from './named-object.ts';
import { shareOut, type Workspace } from './workspace.ts';

export interface PublishedPartition {
  /** Absent where the partition's rows are as they were: its object stands, under the commit that named it. */
  readonly object?: ContributedObject;
  readonly sidecar: SidecarObject;
  readonly account: PartitionAccount;
  readonly lost: MergeResult['lost'];
}

/** What a plan's partitions are published with. */
export interface PublishWork {
  readonly plan: JobPlan;
  readonly commit: number;
  readonly store: ObjectStore;
  /** Called before each put: throws when the work is no longer ours to do. */
  readonly stillDue: () => Promise<void>;
}

/**
 * Puts each partition that was made, and its sidecar; what a process before us put is adopted. Readers see them with the commit.
 * Where nothing but repetitions came, the object stands and the sidecar alone is put: it accounts for them.
 */
export async function publishPartitions(
  work: PublishWork,
  made: readonly MadePartition[],
  workspaces: readonly Workspace[],
  effects: Effects,
): Promise<readonly PublishedPartition[]> {
  const published = new Map<number, PublishedPartition>();
  await shareOut(workspaces, made, async (session, partition) => {
    published.set(partition.partition.bucket, await publishPartition(work, partition, session, effects));
  });
  return made.flatMap(({ partition }) => published.get(partition.bucket) ?? []);
}

async function publishPartition(
  { plan, commit, store, stillDue }: PublishWork,
  { partition, file, sidecar, merged, account }: MadePartition,
  session: DuckSession,
  effects: Effects,
): Promise<PublishedPartition> {
  const { key, values, replaces } = partition;
  const publisher = { series: plan.job, commit };
  await stillDue();
  const request = { key, file, publisher, ...(replaces === undefined ? {} : { replaces }) };
  const stands = isUnchanged(account) && (await store.head(key))?.etag === replaces;
  const object = stands ? undefined : await publishObject(store, session, request, effects);
  await effects.reached('job.object');
  await stillDue();
  const beside = await publishObject(store, session, { ...partition.sidecar, file: sidecar, publisher }, effects);
  await effects.reached('job.sidecar');
  for (const path of [file, sidecar]) await effects.fs.rm(path);
  return {
    ...(object === undefined ? {} : { object: publishedAs(object, merged.rows, values) }),
    sidecar: { ...namedObject(beside, merged.sidecarRows), partition: values },
    account,
    lost: merged.lost,
  };
}

function publishedAs(
  { key, etag, sizeBytes }: ObjectInfo,
  rows: number,
  partition: readonly string[],
): ContributedObject {
  return { key, etag, sizeBytes, rows, partition };
}
