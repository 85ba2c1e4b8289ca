import type { Effects } from '../../base/effects.ts';
import type { DuckSession } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { type CheckDefinition, isRowCheck } from '../../quality/definition.ts';
import { asOfNow, type CheckOutcome, isBlocking, mostSamples } from '../../quality/outcome.ts';
import { compileRowRules, type RowRule } from '../../quality/row-rules.ts';
import { judgeTable } from '../../quality/table-rules.ts';
import type { TableView } from '../../quality/table-view.ts';
import { versionFile } from '../../table/retained.ts';
import type { JobPorts } from '../bound-job.ts';
import { calendarOf } from '../bucket.ts';
import { checkFailed } from '../check-failures.ts';
import { keepObjects } from '../failed-output.ts';
import type { InputProgress } from '../job-plan.ts';
import { gotSql, prepareRules, type ReferenceFiles } from '../row-checks.ts';
import type { DerivedDraft } from './derived-plan.ts';
import { arrivalsRead } from './due-derivation.ts';
import type { MadeDerivation } from './make-derived.ts';

export interface DerivedGate {
  readonly commit: number;
  /** What the job had done before. */
  readonly done: InputProgress;
  readonly session: DuckSession;
  readonly ports: JobPorts;
  /** Of a plan that is done again: the job's checks by now. */
  readonly checksNow?: readonly CheckDefinition[];
}

/**
 * The gate of a derived job: all of its checks, those of rows too, are judged on what it made. What one of severity `fail`
 * forbids is kept aside, and the run ends with PH_CHECK_FAILED before anything is planned.
 */
export async function judgeDerived(
  draft: DerivedDraft,
  made: readonly MadeDerivation[],
  gate: DerivedGate,
  effects: Effects,
): Promise<readonly CheckOutcome[]> {
  const { commit, session, ports, checksNow } = gate;
  const checks = draft.definition.checks ?? [];
  if (checks.length === 0 || made.length === 0) return [];
  const found: CheckOutcome[] = [];
  const { rules, ...compiled } = await compileRowRules(checks.filter(isRowCheck), draft.target.record);
  await prepareRules(session, { rules, ...compiled }, await referenceFiles(draft, ports));
  const view = await viewOf(draft, made, gate, effects);
  for (const check of checks) {
    const rule = rules.find(({ name }) => name === check.name);
    if (rule !== undefined) found.push(await judgeRows(rule, made, session));
    else if (!isRowCheck(check)) found.push(await judgeTable(check, view));
  }
  const outcomes = found.map((outcome) => (checksNow === undefined ? outcome : asOfNow(outcome, checksNow)));
  const blocking = outcomes.filter(isBlocking);
  if (blocking.length === 0) return outcomes;
  const { job, target } = draft;
  const objects = made.map(({ partition, file }) => ({ key: partition.key, file }));
  throw checkFailed(
    job,
    blocking,
    await keepObjects({ job, target, commit, store: ports.store, objects, outcomes }, effects),
    checksNow !== undefined,
  );
}

async function judgeRows(rule: RowRule, made: readonly MadeDerivation[], session: DuckSession): Promise<CheckOutcome> {
  const { name: check, severity } = rule;
  const { rows } = await session.all(`SELECT count(*), to_json(list(got ORDER BY got)[1:${mostSamples}]) FROM (
    SELECT coalesce(${gotSql(rule)}, 'null') AS got FROM ${parquetRows(made.map(({ file }) => file))}
    WHERE (${rule.holds}) IS NOT DISTINCT FROM false)`);
  const broken = Number(rows[0]?.[0] ?? 0);
  // A list of texts that the statement above made.
  const samples = broken === 0 ? [] : (JSON.parse(String(rows[0]?.[1])) as string[]);
  return { check, severity, verdict: broken === 0 ? 'passed' : 'broken', broken, samples };
}

async function referenceFiles({ references = [] }: DerivedDraft, { store }: JobPorts): Promise<ReferenceFiles[]> {
  const found: ReferenceFiles[] = [];
  for (const { name, column, objects } of references) {
    const paths: string[] = [];
    for (const version of objects) paths.push(await versionFile(store, version));
    found.push({ name, column, paths });
  }
  return found;
}

async function viewOf(
  draft: DerivedDraft,
  made: readonly MadeDerivation[],
  { done, session, ports }: DerivedGate,
  effects: Effects,
): Promise<TableView> {
  const { target } = draft;
  const { store, catalog, arrivalNow } = ports;
  const { database, name, record } = target;
  const objects = await catalog.objects(database, name);
  const calendar = calendarOf(Object.keys(target.partitions));
  // Partitions that are no hours or days have no distance from each other: each is far from all others.
  const paths = [
    ...new Set(
      [...made.map(({ partition }) => partition.values), ...objects.map(({ partition }) => partition)].map((values) =>
        values.join('/'),
      ),
    ),
  ];
  const bucketOf = calendar?.bucketOf ?? ((values: readonly string[]) => paths.indexOf(values.join('/')));
  const own = new Set(made.map(({ partition }) => partition.key));
  const before = latest(done.arrivedMs);
  return {
    session,
    record,
    name: `${database}.${name}`,
    periodMs: calendar?.periodMs,
    made: made.map(({ partition, file, rows }) => ({ bucket: bucketOf(partition.values), rows, path: file })),
    standing: objects
      .filter(({ key }) => !own.has(key))
      .map((object) => ({
        bucket: bucketOf(object.partition),
        rows: object.rows,
        path: () => versionFile(store, object),
      })),
    now: async () => (await arrivalNow?.()) ?? effects.clock.now(),
    arrivedMs: latest(await arrivalsRead(draft.consumed, done, store, effects)),
    ...(before === 0 ? {} : { arrivedBeforeMs: before }),
  };
}

function latest(arrivedMs: InputProgress['arrivedMs']): number {
  return Object.values(arrivedMs).reduce((most, time) => Math.max(most, time), 0);
}
