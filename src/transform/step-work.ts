import type { Lease } from '../commit/held-lease.ts';
import type { CommitSeries } from '../commit/series.ts';
import type { CheckDefinition } from '../quality/definition.ts';
import type { JobPorts } from './bound-job.ts';
import type { InputProgress, JobCommit, JobPlan } from './job-plan.ts';
import type { Workspace } from './workspace.ts';

/** What one step of a job (plan n, its objects, its commit) works with. */
export interface StepWork {
  readonly n: number;
  /** The job's checks by its present definition: a plan that is done again has those of then. */
  readonly checks: readonly CheckDefinition[];
  readonly done: InputProgress;
  readonly series: CommitSeries<JobPlan, JobCommit>;
  readonly ports: JobPorts;
  readonly lease: Lease;
  readonly scratch: string;
  readonly workspaces: readonly Workspace[];
}
