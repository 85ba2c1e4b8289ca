import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { type CommitSeries, openSeries } from '../commit/series.ts';
import { holding } from '../lake/object-store.ts';
import { type CheckOutcome, sumOutcomes } from '../quality/outcome.ts';
import { sweepRetained } from '../table/retained.ts';
import type { BoundJob, JobPorts, JobSettings } from './bound-job.ts';
import { carryOut } from './carry-out.ts';
import { besidesHeldBack, holdingChecks, holdingChecksSince, partsHeldBack } from './check-failures.ts';
import type { DerivedCommit, DerivedPlan } from './derive/derived-plan.ts';
import { derivedStep } from './derive/derived-step.ts';
import { draftPlan } from './draft-plan.ts';
import { dueInput, mostPlannedBytes, plannedInput } from './job-input.ts';
import type { InputProgress } from './job-plan.ts';
import { isUnchanged, type JobCommit, type JobPlan, jobFormat, type RowCounts, sumOf } from './job-plan.ts';
import type { Mending } from './mending.ts';
import { registerJob } from './register.ts';
import { replayStep } from './replay.ts';
import type { StepWork } from './step-work.ts';
import { type RunTools, throwIfAborted, underLease } from './under-lease.ts';
import { versionsPlanned } from './versions-planned.ts';

export interface JobRun {
  /** Numbers of the commits that this run made or finished. */
  readonly commits: readonly number[];
  /** Rows of its input, and records of its quarantine: `read + replayed = written + quarantined + deduplicated`. */
  readonly read: number;
  readonly replayed: number;
  readonly written: number;
  /** Set aside, those among them that were replayed and are still bad. */
  readonly quarantined: number;
  readonly deduplicated: number;
  /** Values of the partitions that it published, each once, and of those among them that were there before it. */
  readonly partitions: readonly (readonly string[])[];
  readonly restated: readonly (readonly string[])[];
  /** Those that it left as they were, because part of what they were made from has expired. */
  readonly kept: readonly (readonly string[])[];
  /** Keys of the objects that hold quarantined rows. */
  readonly quarantine: readonly string[];
  /** What each check found over the run's commits; none where the job has none. */
  readonly checks: readonly CheckOutcome[];
}

/**
 * Brings an incremental job's table up to the newest commits of its input: finds the hours that they touch, merges new
 * rows with published ones, publishes those partitions and commits. What a run before it planned and did not finish is
 * finished first. Nothing new is no error: no commits are returned. The catalog has the commits when this returns.
 *
 * Throws PH_CHECK_FAILED (nothing of that step is published, or all but the partitions that it names), PH_LEASE_HELD,
 * PH_NOTHING_READ, PH_DOES_NOT_ADD_UP, PH_CONVERSION_FAILED, PH_COMMIT_CONFLICT, PH_INTERRUPTED, PH_SQL_*; what was
 * committed before stays, and the next run goes on from there.
 */
export async function runJob(
  job: BoundJob,
  ports: JobPorts,
  effects: Effects,
  settings: JobSettings = {},
): Promise<JobRun> {
  return underLease(job, ports, settings, effects, (tools) => runUntilDone(job, ports, tools, effects));
}

/**
 * Puts quarantined records through the job again, mended; what a run or replay before it planned is finished first.
 * Throws what `runJob` throws.
 */
export async function replayJob(
  job: BoundJob,
  mending: Mending,
  ports: JobPorts,
  effects: Effects,
  settings: JobSettings = {},
): Promise<JobRun> {
  return underLease(job, ports, settings, effects, async (tools) => {
    const series: CommitSeries<JobPlan, JobCommit> = openSeries(ports.store, job.name, effects);
    const commits: { n: number; commit: JobCommit }[] = [];
    await registerJob(job, ports, effects);
    if ((await series.head()).pendingPlan !== undefined) {
      const finished = await step(ports, (own) => nextStep(job, own, series, tools, effects));
      if (finished !== undefined) commits.push(finished);
      await registerJob(job, ports, effects);
    }
    const { next: below } = await series.head();
    for (;;) {
      throwIfAborted(tools.settings.signal, job.name);
      await tools.lease.renew();
      const { next: n, last } = await series.head();
      const replayed = await step(ports, (own) =>
        replayStep(job, mending, below, workOf(n, last, job, own, series, tools), effects),
      );
      if (replayed === undefined) break;
      commits.push(replayed);
      await registerJob(job, ports, effects);
    }
    await sweepRetained(ports.store, () => versionsPlanned(ports.store, effects));
    return runOf(job.name, commits);
  });
}

async function runUntilDone(job: BoundJob, ports: JobPorts, tools: RunTools, effects: Effects): Promise<JobRun> {
  const commits: { n: number; commit: JobCommit }[] = [];
  const nextOf = stepsOf(job, ports, tools, effects);
  await registerJob(job, ports, effects);
  const { signal, untoldSinceMs = async () => undefined } = tools.settings;
  const untold = await holdingChecksSince(openSeries(ports.store, job.name, effects), await untoldSinceMs());
  try {
    for (;;) {
      throwIfAborted(signal, job.name);
      await tools.lease.renew();
      const done = await nextOf();
      if (done === undefined) break;
      commits.push(done);
      await registerJob(job, ports, effects);
      await effects.reached('job.registered');
    }
  } catch (error) {
    throw besidesHeldBack(error, [...untold, ...holdingChecks(commits.map(({ commit }) => commit))]);
  }
  await sweepRetained(ports.store, () => versionsPlanned(ports.store, effects));
  return runOf(job.name, commits, untold);
}

/** How the job's next plan is carried out: by new records, or by the partitions of another job's table. */
function stepsOf(
  job: BoundJob,
  ports: JobPorts,
  tools: RunTools,
  effects: Effects,
): () => Promise<{ readonly n: number; readonly commit: JobCommit } | undefined> {
  if (job.input.restates === true) {
    const series: CommitSeries<DerivedPlan, DerivedCommit> = openSeries(ports.store, job.name, effects);
    return () => step(ports, (own) => derivedStep(job, own, series, tools, effects));
  }
  const series: CommitSeries<JobPlan, JobCommit> = openSeries(ports.store, job.name, effects);
  return () => step(ports, (own) => nextStep(job, own, series, tools, effects));
}

/** Work of one step: what it reads by path is held no longer. */
async function step<T>(ports: JobPorts, work: (own: JobPorts) => Promise<T>): Promise<T> {
  await using held = new AsyncDisposableStack();
  return await work({ ...ports, store: holding(ports.store, held) });
}

/** What the commits came to. PH_CHECK_FAILED where a check held back part of what they read, or what a run before left unsaid. */
function runOf(
  job: string,
  commits: readonly { readonly n: number; readonly commit: JobCommit }[],
  untold: readonly CheckOutcome[] = [],
): JobRun {
  const done = commits.map(({ commit }) => commit);
  const run = {
    commits: commits.map(({ n }) => n),
    ...sumOf(done.map(handled)),
    replayed: done.reduce((sum, { replayed = 0 }) => sum + replayed, 0),
    ...partitionsOfRun(done),
    kept: done.flatMap(({ kept = [] }) => kept),
    quarantine: done.flatMap(({ quarantine }) => quarantine?.key ?? []),
    checks: sumOutcomes(done.flatMap(({ checks }) => checks ?? [])),
  };
  const held = [...untold, ...holdingChecks(done)];
  if (held.length > 0) throw partsHeldBack(job, held, run);
  return run;
}

/**
 * Rows that a commit went through, where its account has differences: a derived partition was read and written whole; what a
 * replay took out of quarantine was there before it.
 */
function handled({ total, derived, objects, replayed = 0 }: JobCommit): RowCounts {
  if (derived === undefined) return { ...total, quarantined: total.quarantined + replayed };
  const rowsOf = (of: readonly { readonly rows: number }[]): number => of.reduce((sum, { rows }) => sum + rows, 0);
  return { ...total, read: rowsOf(derived.flatMap(({ inputs }) => inputs)), written: rowsOf(objects) };
}

/** Each partition once, by what the run found: one that an early commit made and a later one added to is not restated. */
function partitionsOfRun(commits: readonly JobCommit[]): Pick<JobRun, 'partitions' | 'restated'> {
  const found = new Map<string, { values: readonly string[]; isNew: boolean; isChanged: boolean }>();
  for (const { partitions, derived } of commits)
    for (const account of partitions) {
      const { values, restated } = account;
      const path = values.join('/');
      const before = found.get(path);
      // Of a derived partition the figures are differences, and say nothing of what changed.
      const isChanged = derived !== undefined || !isUnchanged(account) || before?.isChanged === true;
      found.set(path, { values, isNew: before?.isNew ?? !restated, isChanged });
    }
  const all = [...found.values()];
  const published = all.filter(({ isNew, isChanged }) => isNew || isChanged);
  return {
    partitions: published.map(({ values }) => values),
    restated: published.filter(({ isNew }) => !isNew).map(({ values }) => values),
  };
}

function workOf(
  n: number,
  last: JobCommit | undefined,
  { definition: { checks = [] } }: BoundJob,
  ports: JobPorts,
  series: CommitSeries<JobPlan, JobCommit>,
  { lease, workspaces, scratch }: RunTools,
): StepWork {
  const done: InputProgress = last ?? { positions: {}, arrivedMs: {} };
  return { n, checks, done, series, ports, lease, workspaces, scratch: join(scratch, String(n)) };
}

/** Plans (or takes up the plan that is there), carries out and commits; undefined where nothing is due. */
async function nextStep(
  job: BoundJob,
  ports: JobPorts,
  series: CommitSeries<JobPlan, JobCommit>,
  tools: RunTools,
  effects: Effects,
): Promise<{ n: number; commit: JobCommit } | undefined> {
  const { next: n, last, pendingPlan } = await series.head();
  for (const { format } of [last, pendingPlan].filter((state) => state !== undefined)) checkFormat(job.name, format);
  const work = workOf(n, last, job, ports, series, tools);
  const { done } = work;
  if (pendingPlan !== undefined) {
    const objects = await plannedInput(ports.store, job.input.series, pendingPlan.consumed, done, effects);
    return { n, commit: await carryOut(pendingPlan, objects, work, effects) };
  }
  const mostBytes = tools.settings.mostBytes ?? mostPlannedBytes;
  const due = await dueInput(ports.store, job.input.series, done, mostBytes, effects);
  if (due.objects.length === 0) return undefined;
  const draft = await draftPlan(job, due.consumed, ports.catalog);
  return { n, commit: await carryOut(draft, due.objects, work, effects) };
}

/** Format 1 had no sidecars: without them nobody can tell which keys its rows have. */
function checkFormat(job: string, found: number): void {
  if (found === jobFormat) return;
  throw new PlayheadError('PH_HOME_LAYOUT', `job ${job} was run by a Playhead whose plans have format ${found}`, {
    hint: `This one reads and writes format ${jobFormat}. Begin with a new --home, or run that Playhead.`,
    details: { job, found, known: jobFormat },
  });
}
