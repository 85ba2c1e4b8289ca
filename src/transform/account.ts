import type { Effects } from '../base/effects.ts';
import { openSeries } from '../commit/series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { InputAccount, JobCommit, JobPlan, PartitionAccount } from './job-plan.ts';

/** What one commit of a job did, counted. */
export interface JobAccount {
  readonly commit: number;
  readonly inputs: readonly InputAccount[];
  /** A restated partition's figures come on top of those before: `rows` is what it holds after this commit. */
  readonly partitions: readonly PartitionAccount[];
  readonly total: JobCommit['total'];
}

/** The accounts of a job's commits, from `from` on, in order: what the ledger reads. */
export async function* jobAccount(
  store: ObjectStore,
  job: string,
  effects: Effects,
  from = 0,
): AsyncGenerator<JobAccount> {
  for await (const { n, commit } of openSeries<JobPlan, JobCommit>(store, job, effects).commits(from)) {
    const { inputs, partitions, total } = commit;
    yield { commit: n, inputs, partitions, total };
  }
}

/** Next commit of each input series that the job has not consumed: what lies behind is pending. */
export async function jobPositions(
  store: ObjectStore,
  job: string,
  effects: Effects,
): Promise<Readonly<Record<string, number>>> {
  const { last } = await openSeries<JobPlan, JobCommit>(store, job, effects).head();
  return last?.positions ?? {};
}
