import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { DuckSession } from '../duck/duck.ts';
import { isRowCheck } from '../quality/definition.ts';
import type { CheckOutcome } from '../quality/outcome.ts';
import type { DraftPlan } from './draft-plan.ts';
import { type GateWork, passGate } from './gate.ts';
import type { JobPlan } from './job-plan.ts';
import { areJudged, withHashes } from './judged-rows.ts';
import type { MadePartition } from './make-partitions.ts';
import { standingTable } from './plan-partitions.ts';
import type { Staging } from './staging.ts';
import type { StepWork } from './step-work.ts';

/** Which partitions change, and what it took to know. */
export type Outcome = Pick<JobPlan, 'partitions' | 'asked'>;

interface GatedOutcome extends Outcome {
  readonly made: readonly MadePartition[];
  readonly staging: Staging;
  readonly read?: GateWork['read'];
  readonly session: DuckSession;
}

/** Plans what was made, where the job's checks let it be published. */
export async function checkedPlan(
  draft: DraftPlan,
  { made, staging, read, session, ...outcome }: GatedOutcome,
  work: StepWork,
  effects: Effects,
): Promise<JobPlan> {
  const { series, n } = work;
  const checks = await judged(
    draft,
    { made, staging, session, ...(read === undefined ? {} : { read }) },
    work,
    effects,
  );
  const mayDiffer = draft.select.isRowByRow !== true;
  const isJudged = (draft.definition.checks ?? []).some((check) => !isRowCheck(check));
  const partitions = mayDiffer && isJudged ? await withHashes(made, session) : outcome.partitions;
  await effects.reached('job.planning');
  const { plan, adopted } = await series.plan(n, {
    ...draft,
    plannedAtMs: effects.clock.now(),
    ...outcome,
    partitions,
    ...(checks.length === 0 ? {} : { checks }),
  });
  if (!adopted) return plan;
  throw new PlayheadError('PH_LEASE_LOST', `another process planned commit ${n} of ${draft.job} meanwhile`, {
    hint: 'Run the job again: it finishes that plan.',
  });
}

/** The plan to finish, with what the checks say of the rows that were made of it now, where those are others. PH_CHECK_FAILED. */
export async function judgedPlan(
  plan: JobPlan,
  gated: GatedOutcome,
  work: StepWork,
  effects: Effects,
): Promise<JobPlan> {
  const { session, made } = gated;
  const publisher = { series: plan.job, commit: work.n };
  if (await areJudged(made, { store: work.ports.store, session, publisher }, effects)) return plan;
  return { ...plan, checks: await judged(plan, { ...gated, checksNow: work.checks }, work, effects) };
}

async function judged(
  draft: DraftPlan,
  gated: Omit<GatedOutcome, keyof Outcome> & Pick<GateWork, 'checksNow'>,
  { n, ports, done }: StepWork,
  effects: Effects,
): Promise<readonly CheckOutcome[]> {
  const table = await standingTable({ name: draft.job, target: draft.target }, gated.staging.buckets, ports);
  return passGate({ ...gated, draft, commit: n, table, done, arrivalNow: ports.arrivalNow }, effects);
}
