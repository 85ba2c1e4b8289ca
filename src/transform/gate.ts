import type { Effects } from '../base/effects.ts';
import type { DuckSession } from '../duck/duck.ts';
import { type CheckDefinition, isRowCheck } from '../quality/definition.ts';
import { asOfNow, type CheckOutcome, isBlocking } from '../quality/outcome.ts';
import { judgeTable } from '../quality/table-rules.ts';
import type { ReadRecords, TableView } from '../quality/table-view.ts';
import { versionFile } from '../table/retained.ts';
import type { JobPorts } from './bound-job.ts';
import type { DraftPlan } from './draft-plan.ts';
import { checkFailed, keepFailed } from './failed-output.ts';
import type { InputProgress } from './job-plan.ts';
import type { MadePartition } from './make-partitions.ts';
import type { StandingTable } from './plan-partitions.ts';
import { rowOutcomes } from './row-checks.ts';
import type { Staging } from './staging.ts';

export interface GateWork {
  readonly draft: DraftPlan;
  readonly commit: number;
  readonly staging: Staging;
  /** Rows that were refused, by input file. */
  readonly rejected: ReadonlyMap<string, number>;
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
  const { draft, staging, rejected, made, table, session, done, arrivalNow } = work;
  const { database, name, record } = draft.target;
  const before = Object.values(done.arrivedMs);
  const read = [...before, ...staging.chunks.flat().map(({ arrivalMs }) => arrivalMs)];
  const own = new Set(made.map(({ partition }) => partition.bucket));
  const standing = [...table.objects].filter(([bucket]) => !own.has(bucket));
  return {
    session,
    record,
    name: `${database}.${name}`,
    periodMs: staging.buckets.periodMs,
    ...(draft.replay === undefined ? { read: readByPartition(staging, rejected) } : {}),
    made: made.map(({ partition, file, merged }) => ({ bucket: partition.bucket, rows: merged.rows, path: file })),
    standing: standing.map(([bucket, object]) => {
      return { bucket, rows: object.rows, path: () => versionFile(table.store, object) };
    }),
    now: async () => (await arrivalNow?.()) ?? effects.clock.now(),
    arrivedMs: latestOf(read),
    ...(latestOf(before) === 0 ? {} : { arrivedBeforeMs: latestOf(before) }),
  };
}

function readByPartition({ chunks }: Staging, rejected: ReadonlyMap<string, number>): readonly ReadRecords[] {
  const sums = new Map<string, ReadRecords>();
  for (const { partition: values, path, rows } of chunks.flat()) {
    const partition = values.join('/');
    const sum = sums.get(partition) ?? { partition, records: 0, rejected: 0 };
    const refused = rejected.get(path) ?? 0;
    sums.set(partition, { partition, records: sum.records + rows, rejected: sum.rejected + refused });
  }
  return [...sums.values()];
}

function latestOf(times: readonly number[]): number {
  return times.reduce((latest, time) => Math.max(latest, time), 0);
}
