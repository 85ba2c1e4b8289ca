import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { DuckSession } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { ContributedObject } from '../table/contribution.ts';
import { publishObject } from '../table/publish.ts';
import { versionFile } from '../table/retained.ts';
import {
  balances,
  type JobPlan,
  type PartitionAccount,
  type PlannedPartition,
  type SidecarObject,
} from './job-plan.ts';
import { type MergeResult, type MergeTask, mergePartition, prepareMerge } from './merge.ts';
import { namedObject } from './named-object.ts';
import { goodFiles, type Staging } from './stage.ts';
import { shareOut, type Workspace } from './workspace.ts';

export interface PublishedPartition {
  readonly object: ContributedObject;
  readonly sidecar: SidecarObject;
  readonly account: PartitionAccount;
  readonly lost: MergeResult['lost'];
}

/** What a plan's partitions are made with. */
export interface PublishWork {
  readonly plan: JobPlan;
  readonly commit: number;
  readonly staging: Staging;
  readonly store: ObjectStore;
  /** Called before each put: throws when the work is no longer ours to do. */
  readonly stillDue: () => Promise<void>;
}

/** Makes and puts each planned partition; what a process before us put is adopted. */
export async function publishPartitions(
  work: PublishWork,
  workspaces: readonly Workspace[],
  effects: Effects,
): Promise<readonly PublishedPartition[]> {
  const { plan, staging } = work;
  for (const name of ['superseded', 'made', 'sidecar'])
    await effects.fs.mkdir(join(staging.folder, name), { recursive: true });
  for (const { session } of workspaces) await prepareMerge(session, staging, plan);
  const published = new Map<number, PublishedPartition>();
  await shareOut(workspaces, plan.partitions, async (session, partition) => {
    published.set(partition.bucket, await publishPartition(work, partition, session, effects));
  });
  return plan.partitions.flatMap(({ bucket }) => published.get(bucket) ?? []);
}

async function publishPartition(
  { plan, commit, staging, store, stillDue }: PublishWork,
  partition: PlannedPartition,
  session: DuckSession,
  effects: Effects,
): Promise<PublishedPartition> {
  const { bucket, key, values, replaces } = partition;
  const publisher = { series: plan.job, commit };
  const made = join(staging.folder, `made/${bucket}.parquet`);
  const sidecar = join(staging.folder, `sidecar/${bucket}.parquet`);
  const merged = await mergePartition(session, {
    plan,
    bucket,
    publisher,
    arrived: await goodFiles(staging, session, bucket),
    ...(await publishedFiles(store, partition)),
    made,
    sidecar,
    superseded: join(staging.folder, `superseded/${bucket}.parquet`),
  });
  const account = accountOf(plan, partition, merged);
  await stillDue();
  const request = { key, file: made, publisher, ...(replaces === undefined ? {} : { replaces }) };
  const { etag, sizeBytes } = await publishObject(store, session, request, effects);
  await effects.reached('job.object');
  await stillDue();
  const beside = await publishObject(store, session, { ...partition.sidecar, file: sidecar, publisher }, effects);
  await effects.reached('job.sidecar');
  for (const file of [made, sidecar]) await effects.fs.rm(file);
  return {
    object: { key, etag, sizeBytes, rows: merged.rows, partition: values },
    sidecar: { ...namedObject(beside, merged.sidecarRows), partition: values },
    account,
    lost: merged.lost,
  };
}

/** Where the plan's partition can be read as it was, also when a process that died has replaced it. */
async function publishedFiles(
  store: ObjectStore,
  { key, replaces, sidecar }: PlannedPartition,
): Promise<Pick<MergeTask, 'published'>> {
  if (replaces === undefined || sidecar.replaces === undefined) return {};
  const object = await versionFile(store, { key, etag: replaces });
  return { published: { object, sidecar: await versionFile(store, { key: sidecar.key, etag: sidecar.replaces }) } };
}

/** The partition's line of the account. PH_DOES_NOT_ADD_UP where rows came from nowhere or went nowhere. */
function accountOf(plan: JobPlan, { values, replaces }: PlannedPartition, merged: MergeResult): PartitionAccount {
  const lost = (same: boolean): number =>
    merged.lost.reduce((sum, line) => (line.same === same ? sum + line.rows : sum), 0);
  const account = {
    values,
    rows: merged.rows,
    read: merged.arrivedRows,
    written: merged.rows - merged.publishedRows + merged.supersededRows,
    quarantined: lost(false),
    deduplicated: lost(true),
    superseded: merged.supersededRows,
    restated: replaces !== undefined,
  };
  if (balances(account) && merged.writtenRecords === merged.rows) return account;
  throw new PlayheadError(
    'PH_DOES_NOT_ADD_UP',
    `job ${plan.job}, partition ${values.join('/')}: ${account.read} rows in, but ${account.written} written, ${account.quarantined} quarantined, ${account.deduplicated} deduplicated`,
    {
      hint: `A job of rows 'one-to-one' gives one row for each that it reads: ${plan.definition.sqlPath} drops or adds some, or changes the key.`,
      details: { job: plan.job, ...account, writtenRecords: merged.writtenRecords },
    },
  );
}
