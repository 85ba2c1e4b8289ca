import type { Effects } from '../base/effects.ts';
import type { DuckSession } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { isRowCheck } from '../quality/definition.ts';
import { compileRowRules } from '../quality/row-rules.ts';
import { versionFile } from '../table/retained.ts';
import type { JobPorts } from './bound-job.ts';
import { type Buckets, bucketsOf } from './bucket.ts';
import { checkRead } from './check-read.ts';
import { checkedPlan, judgedPlan, type Outcome } from './checked-plan.ts';
import type { JobDefinition } from './definition.ts';
import type { DraftPlan } from './draft-plan.ts';
import { dropFailed } from './failed-output.ts';
import { holdBack } from './hold-back.ts';
import { prepareInputs } from './input-files.ts';
import { type InputObject, inChunks, progressAfter, type UnreadObject, withPaths } from './job-input.ts';
import type { AskedSidecar, JobCommit, JobPlan } from './job-plan.ts';
import { commitOf } from './make-commit.ts';
import { makePartitions } from './make-partitions.ts';
import { partitionsOf, sidecarsWithin, standingTable, uniqueRule } from './plan-partitions.ts';
import { publishPartitions } from './publish-partitions.ts';
import { putQuarantine, putRejectedSidecar } from './quarantine.ts';
import { replayedObjects, rewriteHolders } from './replay-object.ts';
import { prepareRules, type ReferenceFiles } from './row-checks.ts';
import { type KnownSidecar, settle } from './settle.ts';
import { bucketsFound, stageInput } from './stage.ts';
import type { Staging } from './staging.ts';
import type { StepWork } from './step-work.ts';

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
  const { store } = ports;
  const buckets = bucketsOf(draft.definition.incremental, draft.input, draft.target, draft.job);
  const session = workspaces[0]?.session;
  if (session === undefined) throw new RangeError('a job needs a worker');
  const replay = draft.replay === undefined ? undefined : await versionFile(store, draft.replay.object);
  const objects =
    replay === undefined
      ? await withPaths(store, recordsIn(unread, draft.definition))
      : await replayedObjects(session, replay, draft.input);
  const staging = await staged(draft, buckets, { objects, ...(replay === undefined ? {} : { replay }) }, work, effects);
  const refused = await checkRead(session, staging, draft.job);
  await prepareInputs(session, staging);
  const { rejected, ...read } = await holdBack(draft, staging, refused, session, effects);
  const outcome =
    'partitions' in draft
      ? await settledAgain(draft, session, staging, store)
      : await settled(draft, session, staging, ports);
  const made = await makePartitions({ draft, ...outcome, commit: n, staging, store }, workspaces, effects);
  const gated = { ...outcome, ...read, made, staging, session };
  const plan =
    'partitions' in draft
      ? await judgedPlan(draft, gated, work, effects)
      : await checkedPlan(draft, gated, work, effects);
  await effects.reached('job.planned');
  const stillDue = async (): Promise<void> => {
    await work.lease.renew();
    if ((await series.read(n)) !== undefined) throw new AlreadyCommitted();
  };
  try {
    const published = await publishPartitions({ plan, commit: n, store, stillDue }, made, workspaces, effects);
    const publisher = { series: plan.job, commit: n };
    const quarantine = await putQuarantine(store, session, staging, publisher, effects);
    const rejectedSidecar = await putRejectedSidecar(store, session, staging, publisher, effects);
    await effects.reached('job.quarantined');
    const rewritten = await rewriteHolders({ store, session, publisher, staging, stillDue }, plan, effects);
    const progress = progressAfter(work.done, plan.consumed, unread);
    const outcomes = { published, rejected, quarantine, rejectedSidecar, rewritten, progress };
    const commit = commitOf(plan, staging, outcomes, effects);
    const decided = await series.commit(n, commit);
    await effects.reached('job.committed');
    // What a failed run kept is of input that a replay does not read.
    if (plan.replay === undefined) await dropFailed(store, plan.job);
    return decided.commit;
  } catch (error) {
    const decided = error instanceof AlreadyCommitted ? await series.read(n) : undefined;
    if (decided === undefined) throw error;
    return decided;
  }
}

/** Another process made this commit while we worked on it: its objects are the truth. */
class AlreadyCommitted extends Error {}

/** The objects by their records, of which the account is: each row is one, or holds some. */
function recordsIn(objects: readonly UnreadObject[], { each }: JobDefinition): readonly UnreadObject[] {
  return each === undefined ? objects : objects.map((object) => ({ ...object, rows: object.records ?? object.rows }));
}

async function staged(
  { input, definition, references }: DraftPlan,
  buckets: Buckets,
  { objects, replay }: { readonly objects: readonly InputObject[]; readonly replay?: string },
  { scratch, workspaces, ports: { store } }: StepWork,
  effects: Effects,
): Promise<Staging> {
  const key = definition.unique?.key ?? [];
  const rules = await compileRowRules((definition.checks ?? []).filter(isRowCheck), input.record);
  const perWorker = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / (4 * workspaces.length);
  const staging: Staging = {
    folder: scratch,
    table: input,
    ...(definition.each === undefined ? {} : { each: definition.each }),
    buckets,
    needed: [...key, ...(buckets.field === undefined ? [] : [buckets.field])],
    key,
    rules,
    ...(replay === undefined ? {} : { replay }),
    chunks: replay === undefined ? inChunks(objects, Math.min(chunkBytes, perWorker)) : [objects],
  };
  const looked: ReferenceFiles[] = [];
  for (const { name, column, objects: versions } of references ?? []) {
    const paths: string[] = [];
    for (const version of versions) paths.push(await versionFile(store, version));
    looked.push({ name, column, paths });
  }
  for (const { session } of workspaces) await prepareRules(session, rules, looked);
  await stageInput(staging, workspaces, effects);
  return staging;
}

/** Decides who wins against all that the window holds; says which partitions change by it, and what it took to know. */
async function settled(
  { job: name, target, definition, replay }: DraftPlan,
  session: DuckSession,
  staging: Staging,
  ports: JobPorts,
): Promise<Outcome> {
  const { buckets } = staging;
  const table = await standingTable({ name, target }, buckets, ports);
  const found = await bucketsFound(session, staging);
  const rule = uniqueRule(definition, buckets);
  const near = rule === undefined ? [] : await sidecarsWithin(table, found, rule.reach);
  const { superseded, met } = await settle(session, staging, rule, await readable(near, ports.store));
  return {
    partitions: await partitionsOf(table, [...found, ...superseded, ...(replay?.buckets ?? [])]),
    asked: near.filter(({ bucket }) => met.includes(bucket)),
  };
}

/** Decides as the plan's maker did, from the same sidecars. */
async function settledAgain(
  plan: JobPlan,
  session: DuckSession,
  staging: Staging,
  store: ObjectStore,
): Promise<Outcome> {
  await settle(session, staging, uniqueRule(plan.definition, staging.buckets), await readable(plan.asked, store));
  return plan;
}

async function readable(asked: readonly AskedSidecar[], store: ObjectStore): Promise<readonly KnownSidecar[]> {
  const known: KnownSidecar[] = [];
  for (const { bucket, ...version } of asked) known.push({ bucket, path: await versionFile(store, version) });
  return known;
}
