import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Lease } from '../commit/lease.ts';
import type { CommitSeries } from '../commit/series.ts';
import { bucketsOf } from './bucket.ts';
import { checkRead } from './check-read.ts';
import { type DraftPlan, partitionsTouched } from './draft-plan.ts';
import { inChunks, type UnreadObject, withPaths } from './job-input.ts';
import type { JobCommit, JobPlan, PlannedPartition } from './job-plan.ts';
import { commitOf } from './make-commit.ts';
import { publishPartitions } from './publish-partitions.ts';
import { putQuarantine } from './quarantine.ts';
import type { JobPorts } from './run-job.ts';
import { type Staging, stageInput } from './stage.ts';
import type { Workspace } from './workspace.ts';

export interface StepWork {
  readonly n: number;
  readonly positions: Readonly<Record<string, number>>;
  readonly series: CommitSeries<JobPlan, JobCommit>;
  readonly ports: JobPorts;
  readonly lease: Lease;
  readonly scratch: string;
  readonly workspaces: readonly Workspace[];
}

/** Input bytes, as stored, that one statement reads: what it holds of each bucket stays small. */
const chunkBytes = 8 * 1024 ** 2;

/** Reads, plans (unless `draft` is a plan already), publishes and commits. What another process did meanwhile is adopted. */
export async function carryOut(
  draft: DraftPlan | JobPlan,
  unread: readonly UnreadObject[],
  work: StepWork,
  effects: Effects,
): Promise<JobCommit> {
  const { ports, workspaces, series, n } = work;
  const buckets = bucketsOf(draft.definition.incremental, draft.input, draft.target, draft.job);
  const objects = await withPaths(ports.store, unread);
  const perWorker = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / (4 * workspaces.length);
  const staging: Staging = {
    folder: work.scratch,
    table: draft.input,
    buckets,
    needed: [...(draft.definition.unique?.key ?? []), ...(buckets.field === undefined ? [] : [buckets.field])],
    chunks: inChunks(objects, Math.min(chunkBytes, perWorker)),
  };
  await stageInput(staging, workspaces, effects);
  const first = workspaces[0];
  if (first === undefined) throw new RangeError('a job needs a worker');
  const rejected = await checkRead(first.session, staging, draft.job);
  const plan =
    'partitions' in draft
      ? draft
      : await planned(
          draft,
          await partitionsTouched(first.session, staging, buckets, draft.target, ports.catalog),
          work,
          effects,
        );
  await effects.reached('job.planned');
  const stillDue = async (): Promise<void> => {
    await work.lease.renew();
    if ((await series.read(n)) !== undefined) throw new AlreadyCommitted();
  };
  try {
    const published = await publishPartitions(
      { plan, commit: n, staging, store: ports.store, stillDue },
      workspaces,
      effects,
    );
    const quarantine = await putQuarantine(ports.store, first.session, staging, { job: plan.job, commit: n }, effects);
    await effects.reached('job.quarantined');
    const commit = commitOf(plan, staging, published, rejected, quarantine, work.positions, effects);
    const decided = await series.commit(n, commit);
    await effects.reached('job.committed');
    return decided.commit;
  } catch (error) {
    const decided = error instanceof AlreadyCommitted ? await series.read(n) : undefined;
    if (decided === undefined) throw error;
    return decided;
  }
}

/** Another process made this commit while we worked on it: its objects are the truth. */
class AlreadyCommitted extends Error {}

async function planned(
  draft: DraftPlan,
  partitions: readonly PlannedPartition[],
  { series, n }: StepWork,
  effects: Effects,
): Promise<JobPlan> {
  await effects.reached('job.planning');
  const { plan, adopted } = await series.plan(n, { ...draft, plannedAtMs: effects.clock.now(), partitions });
  if (!adopted) return plan;
  throw new PlayheadError('PH_LEASE_LOST', `another process planned commit ${n} of ${draft.job} meanwhile`, {
    hint: 'Run the job again: it finishes that plan.',
  });
}
