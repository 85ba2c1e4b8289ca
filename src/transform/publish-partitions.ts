import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { DuckSession } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { ContributedObject } from '../table/contribution.ts';
import { publishObject } from '../table/publish.ts';
import { versionFile } from '../table/retained.ts';
import type { JobPlan, PartitionAccount, PlannedPartition } from './job-plan.ts';
import { balances } from './job-plan.ts';
import { type MergeResult, mergePartition, prepareMerge } from './merge.ts';
import { goodFiles, type Staging } from './stage.ts';
import { shareOut, type Workspace } from './workspace.ts';

export interface PublishedPartition {
  readonly object: ContributedObject;
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
  for (const name of ['lost', 'superseded', 'made'])
    await effects.fs.mkdir(join(staging.folder, name), { recursive: true });
  const files = staging.chunks.flat().map(({ path }) => path);
  for (const { session } of workspaces) await prepareMerge(session, files, plan);
  const published = new Map<number, PublishedPartition>();
  await shareOut(workspaces, plan.partitions, async (session, partition) => {
    published.set(partition.bucket, await publishPartition(work, partition, session, effects));
    await effects.reached('job.object');
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
  const merged = await mergePartition(session, {
    plan,
    publisher,
    arrived: await goodFiles(staging, session, bucket),
    ...(replaces === undefined ? {} : { published: await versionFile(store, { key, etag: replaces }) }),
    made,
    losers: join(staging.folder, `lost/${bucket}.parquet`),
    superseded: join(staging.folder, `superseded/${bucket}.parquet`),
  });
  const account = accountOf(plan, partition, merged);
  await stillDue();
  const request = { key, file: made, publisher, ...(replaces === undefined ? {} : { replaces }) };
  const { etag, sizeBytes } = await publishObject(store, session, request, effects);
  await effects.fs.rm(made);
  return {
    object: { key, etag, sizeBytes, rows: merged.rows, partition: values },
    account,
    lost: merged.lost,
  };
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
  if (balances(account)) return account;
  throw new PlayheadError(
    'PH_DOES_NOT_ADD_UP',
    `job ${plan.job}, partition ${values.join('/')}: ${account.read} rows in, but ${account.written} written, ${account.quarantined} quarantined, ${account.deduplicated} deduplicated`,
    {
      hint: `A job of rows 'one-to-one' gives one row for each that it reads: ${plan.definition.sqlPath} drops or adds some, or changes the key.`,
      details: { job: plan.job, ...account },
    },
  );
}
