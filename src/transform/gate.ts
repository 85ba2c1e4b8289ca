import type { Effects } from '../base/effects.ts';
import type { DuckSession } from '../duck/duck.ts';
import { type CheckDefinition, isRowCheck } from '../quality/definition.ts';
import { asOfNow, type CheckOutcome, isBlocking } from '../quality/outcome.ts';
import { judgeTable } from '../quality/table-rules.ts';
import type { TableView } from '../quality/table-view.ts';
import { versionFile } from '../table/retained.ts';
import type { JobPorts } from './bound-job.ts';
import { checkFailed } from './check-failures.ts';
import type { DraftPlan } from './draft-plan.ts';
import { keepFailed } from './failed-output.ts';
import type { HeldReading } from './hold-back.ts';
import type { InputProgress } from './job-plan.ts';
import type { MadePartition } from './make-partitions.ts';
import type { StandingTable } from './plan-partitions.ts';
import { rowOutcomes } from './row-checks.ts';
import type { Staging } from './staging.ts';

export interface GateWork {
  readonly draft: DraftPlan;
  readonly commit: number;
  readonly staging: Staging;
  readonly read?: HeldReading['read'];
  readonly made: readonly MadePartition[];
  readonly table: StandingTable;
  readonly session: DuckSession;
  readonly done: InputProgress;
  /** As `JobPorts.arrivalNow`. */
  readonly arrivalNow?: JobPorts['arrivalNow'];
  /** Of a plan that is done again: the job's checks by now. */
  readonly checksNow?: readonly CheckDefinition[];
}

/**
 * Judges what a run made before it is planned to be published. What a check of severity `fail` forbids is kept aside, and
 * the run ends with PH_CHECK_FAILED: no plan is written, so that the next run begins anew, with the definition of then.
 */
export async function passGate(work: GateWork, effects: Effects): Promise<readonly CheckOutcome[]> {
  const { draft, staging, session, table, made, checksNow } = work;
  const checks = draft.definition.checks ?? [];
  if (checks.length === 0) return [];
  const found = new Map((await rowOutcomes(session, staging)).map((outcome) => [outcome.check, outcome]));
  const view = await viewOf(work, effects);
  // A replay of which nothing became rows says nothing new of the table.
  const asked = draft.replay !== undefined && made.length === 0 ? [] : checks;
  for (const check of asked) if (!isRowCheck(check)) found.set(check.name, await judgeTable(check, view));
  const outcomes = checks
    .flatMap(({ name }) => found.get(name) ?? [])
    .map((outcome) => (checksNow === undefined ? outcome : asOfNow(outcome, checksNow)));
  const blocking = outcomes.filter(isBlocking);
  if (blocking.length > 0) {
    const kept = await keepFailed({ ...work, store: table.store, outcomes }, effects);
    throw checkFailed(draft.job, blocking, kept, checksNow !== undefined);
  }
  return outcomes;
}

async function viewOf(work: GateWork, effects: Effects): Promise<TableView> {
  const { draft, staging, read, made, table, session, done, arrivalNow } = work;
  const { database, name, record } = draft.target;
  const before = Object.values(done.arrivedMs);
  const arrived = [...before, ...staging.chunks.flat().map(({ arrivalMs }) => arrivalMs)];
  const own = new Set(made.map(({ partition }) => partition.bucket));
  const standing = [...table.objects].filter(([bucket]) => !own.has(bucket));
  return {
    session,
    record,
    name: `${database}.${name}`,
    periodMs: staging.buckets.periodMs,
    ...(read === undefined ? {} : { read }),
    made: made.map(({ partition, file, merged }) => ({ bucket: partition.bucket, rows: merged.rows, path: file })),
    standing: standing.map(([bucket, object]) => {
      return { bucket, rows: object.rows, path: () => versionFile(table.store, object) };
    }),
    now: async () => (await arrivalNow?.()) ?? effects.clock.now(),
    arrivedMs: latestOf(arrived),
    ...(latestOf(before) === 0 ? {} : { arrivedBeforeMs: latestOf(before) }),
  };
}

function latestOf(times: readonly number[]): number {
  return times.reduce((latest, time) => Math.max(latest, time), 0);
}
