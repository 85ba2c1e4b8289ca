import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { CommitSeries } from '../../commit/series.ts';
import type { DuckSession } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { CheckDefinition } from '../../quality/definition.ts';
import type { ContributedObject } from '../../table/contribution.ts';
import { publishObject } from '../../table/publish.ts';
import type { BoundJob, JobPorts } from '../bound-job.ts';
import { boundSelect, plannedReferences } from '../draft-plan.ts';
import { dropFailed } from '../failed-output.ts';
import { jobFormat } from '../job-plan.ts';
import { areJudged, withHashes } from '../judged-rows.ts';
import type { RunTools } from '../under-lease.ts';
import { type DerivedCommit, type DerivedDraft, type DerivedPlan, rowsRead } from './derived-plan.ts';
import { arrivalsRead, type DerivedProgress, dueDerivation } from './due-derivation.ts';
import { judgeDerived } from './judge-derived.ts';
import { plannedLookUps } from './look-ups.ts';
import { type MadeDerivation, makeDerived } from './make-derived.ts';

const nothingDone: DerivedProgress = { positions: {}, arrivedMs: {} };

interface Step {
  readonly n: number;
  readonly done: DerivedProgress;
  readonly series: CommitSeries<DerivedPlan, DerivedCommit>;
  readonly ports: JobPorts;
  readonly tools: RunTools;
}

/**
 * Finishes the plan that is there, or plans what is due, makes it, judges it, publishes and commits; undefined where nothing
 * is due. Another process that does the same adopts what stands, as with jobs that read records.
 */
export async function derivedStep(
  job: BoundJob,
  ports: JobPorts,
  series: CommitSeries<DerivedPlan, DerivedCommit>,
  tools: RunTools,
  effects: Effects,
): Promise<{ readonly n: number; readonly commit: DerivedCommit } | undefined> {
  const { next: n, last, pendingPlan } = await series.head();
  const done = last ?? nothingDone;
  const step: Step = { n, done, series, ports, tools };
  if (pendingPlan !== undefined) {
    const redone = await make(pendingPlan, step, effects);
    const again = await judgedAgain(pendingPlan, redone, job.definition.checks ?? [], step, effects);
    return { n, commit: await publish(again.plan, again.made, step, effects) };
  }
  const due = await dueDerivation(job, ports, done, effects);
  if (due === undefined) return undefined;
  const { name, definition, target } = job;
  const references = await plannedReferences(job, ports.catalog);
  const select = await boundSelect(job);
  const lookUps = await plannedLookUps(job, select, ports.catalog);
  const draft: DerivedDraft = {
    format: jobFormat,
    job: name,
    definition,
    input: job.input.table,
    target,
    select,
    ...due,
    ...(lookUps.length === 0 ? {} : { lookUps }),
    ...(references.length === 0 ? {} : { references }),
  };
  const made = await make(draft, step, effects);
  const plan = await planned(draft, made, step, effects);
  await effects.reached('job.planned');
  return { n, commit: await publish(plan, made, step, effects) };
}

function make(draft: DerivedDraft, { n, ports, tools }: Step, effects: Effects): Promise<readonly MadeDerivation[]> {
  const publisher = { series: draft.job, commit: n };
  const work = { scratch: join(tools.scratch, String(n)), store: ports.store, publisher };
  return makeDerived(draft, work, tools.workspaces, effects);
}

async function planned(
  draft: DerivedDraft,
  made: readonly MadeDerivation[],
  { n, done, series, ports, tools }: Step,
  effects: Effects,
): Promise<DerivedPlan> {
  const session = sessionOf(tools);
  const checks = await judgeDerived(draft, made, { commit: n, done, session, ports }, effects);
  const derived = checks.length === 0 ? draft.derived : await withHashes(made, session);
  await effects.reached('job.planning');
  const { plan, adopted } = await series.plan(n, {
    ...draft,
    derived,
    plannedAtMs: effects.clock.now(),
    ...(checks.length === 0 ? {} : { checks }),
  });
  if (!adopted) return plan;
  throw new PlayheadError('PH_LEASE_LOST', `another process planned commit ${n} of ${draft.job} meanwhile`, {
    hint: 'Run the job again: it finishes that plan.',
  });
}

/** The plan to finish, with what the checks say of the rows that were made of it now, where those are others. PH_CHECK_FAILED. */
async function judgedAgain(
  plan: DerivedPlan,
  redone: readonly MadeDerivation[],
  checksNow: readonly CheckDefinition[],
  { n, done, ports, tools }: Step,
  effects: Effects,
): Promise<{ readonly plan: DerivedPlan; readonly made: readonly MadeDerivation[] }> {
  const session = sessionOf(tools);
  const publisher = { series: plan.job, commit: n };
  const areSame = await areJudged(redone, { store: ports.store, session, publisher }, effects);
  const made: MadeDerivation[] = [];
  for (const each of redone)
    made.push({ ...each, rows: Number(await session.value(`SELECT count(*) FROM ${parquetRows(each.file)}`)) });
  if (areSame) return { plan, made };
  const gate = { commit: n, done, session, ports, checksNow };
  return { plan: { ...plan, checks: await judgeDerived(plan, made, gate, effects) }, made };
}

function sessionOf({ workspaces: [first] }: RunTools): DuckSession {
  if (first === undefined) throw new RangeError('a job needs a worker');
  return first.session;
}

/** Puts each partition in place of the one that it was planned over, and commits. What a process before us put is adopted. */
async function publish(
  plan: DerivedPlan,
  made: readonly MadeDerivation[],
  step: Step,
  effects: Effects,
): Promise<DerivedCommit> {
  const { n, series, ports, tools } = step;
  const session = sessionOf(tools);
  const objects: ContributedObject[] = [];
  for (const { partition, file, rows } of made) {
    await tools.lease.renew();
    const other = await series.read(n);
    if (other !== undefined) return other;
    const { key, values, replaces } = partition;
    const request = {
      key,
      file,
      publisher: { series: plan.job, commit: n },
      ...(replaces === undefined ? {} : { replaces }),
    };
    const { etag, sizeBytes } = await publishObject(ports.store, session, request, effects);
    await effects.reached('job.object');
    await effects.fs.rm(file);
    objects.push({ key, etag, sizeBytes, rows, partition: values });
  }
  const { commit } = await series.commit(n, await commitOf(plan, made, objects, step, effects));
  await effects.reached('job.committed');
  await dropFailed(ports.store, plan.job);
  return commit;
}

async function commitOf(
  { job, consumed, kept, checks, lookUps }: DerivedPlan,
  made: readonly MadeDerivation[],
  objects: readonly ContributedObject[],
  { done, ports }: Step,
  effects: Effects,
): Promise<DerivedCommit> {
  const none = { quarantined: 0, deduplicated: 0, superseded: 0 };
  const partitions = made.map(({ partition, rows }) => {
    const { values, before, replaces } = partition;
    const [read, written] = [rowsRead(partition) - before.read, rows - before.rows];
    return { values, rows, read, written, ...none, restated: replaces !== undefined };
  });
  const sum = (of: 'read' | 'written'): number => partitions.reduce((total, each) => total + each[of], 0);
  return {
    format: jobFormat,
    job,
    committedAtMs: effects.clock.now(),
    positions: { ...done.positions, ...Object.fromEntries(consumed.map(({ series, to }) => [series, to])) },
    arrivedMs: await arrivalsRead(consumed, done, ports.store, effects),
    objects,
    sidecars: [],
    inputs: [],
    partitions,
    total: { read: sum('read'), written: sum('written'), ...none },
    derived: made.map(({ partition: { values, inputs } }) => ({ values, inputs })),
    kept,
    ...(lookUps === undefined
      ? {}
      : { lookUps: lookUps.map(({ database, name, objects: of }) => ({ database, name, objects: of })) }),
    ...(checks === undefined ? {} : { checks }),
  };
}
