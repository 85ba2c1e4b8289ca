import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { soundVersionFile } from '../table/retained.ts';
import type { DraftPlan } from './draft-plan.ts';
import { balances, type PartitionAccount, type PlannedPartition } from './job-plan.ts';
import { type MergeResult, type MergeTask, mergePartition, prepareMerge } from './merge.ts';
import { goodFiles } from './stage.ts';
import type { Staging } from './staging.ts';
import { shareOut, type Workspace } from './workspace.ts';

/** A partition's next object and sidecar, as files of the run's scratch folder. */
export interface MadePartition {
  readonly partition: PlannedPartition;
  readonly file: string;
  readonly sidecar: string;
  readonly merged: MergeResult;
  readonly account: PartitionAccount;
}

export interface MakeWork {
  readonly draft: DraftPlan;
  readonly partitions: readonly PlannedPartition[];
  readonly commit: number;
  readonly staging: Staging;
  readonly store: ObjectStore;
}

/** Makes what is to be published, beside the table: none of its readers sees it. PH_DOES_NOT_ADD_UP. */
export async function makePartitions(
  { draft, partitions, commit, staging, store }: MakeWork,
  workspaces: readonly Workspace[],
  effects: Effects,
): Promise<readonly MadePartition[]> {
  for (const name of ['superseded', 'made', 'sidecar'])
    await effects.fs.mkdir(join(staging.folder, name), { recursive: true });
  for (const { session } of workspaces) await prepareMerge(session, staging, draft);
  const [first] = workspaces;
  const arrived = first === undefined ? undefined : await goodFiles(staging, first.session);
  const made = new Map<number, MadePartition>();
  await shareOut(workspaces, partitions, async (session, partition) => {
    const { bucket } = partition;
    const file = join(staging.folder, `made/${bucket}.parquet`);
    const sidecar = join(staging.folder, `sidecar/${bucket}.parquet`);
    const merged = await mergePartition(session, {
      plan: draft,
      staging,
      bucket,
      publisher: { series: draft.job, commit },
      arrived: arrived?.get(bucket) ?? [],
      ...(await publishedFiles(store, partition)),
      made: file,
      sidecar,
      superseded: join(staging.folder, `superseded/${bucket}.parquet`),
    });
    made.set(bucket, { partition, file, sidecar, merged, account: accountOf(draft, partition, merged) });
  });
  return partitions.flatMap(({ bucket }) => made.get(bucket) ?? []);
}

/** Where the plan's partition can be read as it was, also when a process that died has replaced it. */
async function publishedFiles(
  store: ObjectStore,
  { key, replaces, sidecar }: PlannedPartition,
): Promise<Pick<MergeTask, 'published'>> {
  if (replaces === undefined || sidecar.replaces === undefined) return {};
  const object = await soundVersionFile(store, { key, etag: replaces });
  return {
    published: { object, sidecar: await soundVersionFile(store, { key: sidecar.key, etag: sidecar.replaces }) },
  };
}

/** The partition's line of the account. PH_DOES_NOT_ADD_UP where rows came from nowhere or went nowhere. */
function accountOf(plan: DraftPlan, { values, replaces }: PlannedPartition, merged: MergeResult): PartitionAccount {
  const lost = (same: boolean): number =>
    merged.lost.reduce((sum, line) => (line.same === same ? sum + line.rows : sum), 0);
  const isReplaced = plan.definition.unique?.keep === 'latest';
  const account = {
    values,
    rows: merged.rows,
    read: merged.arrivedRows,
    written: merged.rows - merged.publishedRows + merged.supersededRows,
    quarantined: lost(false),
    deduplicated: lost(true),
    superseded: isReplaced ? 0 : merged.supersededRows,
    ...(isReplaced ? { replaced: merged.supersededRows } : {}),
    restated: replaces !== undefined,
  };
  if (balances(account) && merged.writtenRecords === merged.rows && !merged.others) return account;
  throw new PlayheadError(
    'PH_DOES_NOT_ADD_UP',
    `job ${plan.job}, partition ${values.join('/')}: ${account.read} rows in, but ${account.written} written, ${account.quarantined} quarantined, ${account.deduplicated} deduplicated`,
    {
      hint: `A job of rows 'one-to-one' gives one row for each that it reads: ${plan.definition.sqlPath} drops or adds some, or changes the key or the time.`,
      details: { job: plan.job, ...account, writtenRecords: merged.writtenRecords, otherRows: merged.others },
    },
  );
}
