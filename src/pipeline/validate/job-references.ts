import { checkProblems } from '../../quality/check-problems.ts';
import type { CheckDefinition } from '../../quality/definition.ts';
import { type JobDefinition, timeField } from '../../transform/definition.ts';
import { daysProblem } from '../../transform/derive/days-read.ts';
import { unmappedPartition } from '../../transform/derive/partition-map.ts';
import { recordsProblem, tableRead } from '../../transform/records-in-row.ts';
import type { Addressed } from '../graph/address.ts';
import { hasField, hasTime, refer, type Scope, soundWriter, writingKind } from './reference-scope.ts';

/** The job's own position in the table says what it has not seen: so a trigger must be of the table that it reads. */
export function checkTrigger({ definition }: Addressed<'trigger'>, scope: Scope): void {
  const table = refer(definition.table, ['table'], 'table', scope);
  const job = refer(definition.target.run, ['job'], 'target.run', scope);
  if (table === undefined || job === undefined) return;
  const from = refer(job.definition.from, ['table'], 'target.run', { ...scope, pipeline: job.pipeline });
  if (from !== undefined && from.address !== table.address)
    scope.report('target.run', `${job.address} reads ${from.address}, not ${table.address}`);
  if (soundWriter(table.address, scope.graph)?.kind === 'job')
    scope.report('table', `a job writes ${table.address}: those that read it run after it without a trigger`);
}

export function checkJob(job: Addressed<'job'>, scope: Scope): void {
  const { definition, address } = job;
  const from = refer(definition.from, ['table'], 'from', scope);
  const into = refer(definition.into, ['table'], 'into', scope);
  if (into !== undefined && from?.address === into.address)
    scope.report('into', `${address} would read the table that it writes`);
  const writer = from === undefined ? undefined : writingKind(soundWriter(from.address, scope.graph));
  if (from !== undefined && writer === 'source')
    scope.report('from', `a source makes ${from.address}: a job reads the table of a delivery or of another job`);
  if (from !== undefined && writer === undefined)
    scope.report('from', `nothing writes ${from.address}: a job reads the table of a delivery or of another job`);
  const derived = writer === 'job';
  if (derived) checkDerived(job, { from, into }, scope);
  else if (definition.daysBefore !== undefined || definition.lookUps !== undefined)
    scope.report(
      definition.lookUps === undefined ? 'daysBefore' : 'lookUps',
      "is for a job that reads another job's table: of a record, its own row is made",
    );
  else if (definition.rows === 'aggregate')
    scope.report(
      'rows',
      "'aggregate' is for a job that reads another job's table: each record of a delivery is accounted for",
    );
  const read = from === undefined ? undefined : checkRecords(definition, from, scope);
  const time = timeField(definition);
  if (time !== undefined && read !== undefined) hasTime(read.definition.record, time, 'incremental.field', scope);
  if (definition.incremental?.by === 'partition' && from !== undefined && into !== undefined && !derived) {
    const problem = unmappedPartition(from.definition, into.definition);
    if (problem !== undefined) scope.report('into', `${into.address}: ${problem}`);
  }
  checkChecks(definition.checks ?? [], { from: derived ? undefined : read, into }, derived, scope);
  if (definition.unique !== undefined) checkKey(definition.unique, { from: read, into }, scope);
}

/** The table as the job reads it; undefined where it can't take its records out of the rows. */
function checkRecords({ each }: JobDefinition, from: Addressed<'table'>, scope: Scope): Addressed<'table'> | undefined {
  const problem = each === undefined ? undefined : recordsProblem(from.definition, each);
  if (problem === undefined) return { ...from, definition: tableRead(from.definition, each) };
  scope.report(`each.${problem.path}`, problem.message);
  return undefined;
}

/** Duplicates are found among the records as they came, and told apart again among the rows that are there. */
function checkKey(
  unique: NonNullable<JobDefinition['unique']>,
  { from, into }: Readonly<Record<'from' | 'into', Addressed<'table'> | undefined>>,
  scope: Scope,
): void {
  if (unique.as !== undefined && unique.as.length !== unique.key.length)
    scope.report('unique.as', `names ${unique.as.length} columns, and the key has ${unique.key.length} fields`);
  for (const [i, field] of unique.key.entries()) {
    if (from !== undefined && !hasField(from.definition.record, field, `unique.key[${i}]`, scope)) continue;
    const column = unique.as?.[i];
    const path = column === undefined ? `unique.key[${i}]` : `unique.as[${i}]`;
    if (into !== undefined) hasField(into.definition.record, column ?? field, path, scope);
  }
}

/** A job over another job's table makes whole partitions anew: which ones follows from those that it reads. */
function checkDerived(
  { address: job, definition: { incremental, unique, daysBefore, lookUps } }: Addressed<'job'>,
  { from, into }: { readonly from: Addressed<'table'> | undefined; readonly into: Addressed<'table'> | undefined },
  scope: Scope,
): void {
  const instead = 'a partition is made anew from whole partitions of what the job reads';
  if (incremental !== undefined)
    scope.report('incremental', `is not for a job that reads another job's table: ${instead}`);
  if (unique !== undefined)
    scope.report(
      'unique',
      `is not for a job that reads another job's table: ${instead}. Say it in the SQL, with GROUP BY`,
    );
  if (daysBefore !== undefined && into !== undefined) {
    const notDays = daysProblem(into.definition);
    if (notDays !== undefined) scope.report('daysBefore', notDays);
  }
  for (const [i, address] of (lookUps ?? []).entries()) {
    const table = refer(address, ['table'], `lookUps[${i}]`, scope);
    if (table !== undefined && table.definition.format !== 'parquet')
      scope.report(`lookUps[${i}]`, `${table.address} is ${table.definition.format}: a job looks up Parquet`);
    if (table !== undefined && isMadeBy(job, table, scope))
      scope.report(`lookUps[${i}]`, `${table.address} is made of what ${job} writes: each would run after the other`);
  }
  if (from === undefined || into === undefined) return;
  const problem = unmappedPartition(from.definition, into.definition);
  if (problem !== undefined) scope.report('into', `${into.address}: ${problem}`);
}

/** Whether a job writes the table, or what its writer reads or looks up, however many jobs lie between. */
function isMadeBy(job: string, { address }: Addressed<'table'>, scope: Scope, seen = new Set<string>()): boolean {
  const writer = soundWriter(address, scope.graph);
  if (writer?.kind !== 'job' || seen.has(writer.address)) return false;
  if (writer.address === job) return true;
  seen.add(writer.address);
  const { from, lookUps = [] } = writer.definition;
  const quiet: Scope = { ...scope, pipeline: writer.pipeline, report: () => {} };
  return [from, ...lookUps].some((named) => {
    const table = refer(named, ['table'], '', quiet);
    return table !== undefined && isMadeBy(job, table, scope, seen);
  });
}

function checkChecks(
  checks: readonly CheckDefinition[],
  { from, into }: Readonly<Record<'from' | 'into', Addressed<'table'> | undefined>>,
  derived: boolean,
  scope: Scope,
): void {
  const target = into?.definition.record;
  const subject = derived ? { input: target, target, derived } : { input: from?.definition.record, target };
  for (const { path, message } of checkProblems(checks, subject)) scope.report(path, message);
  for (const [i, check] of checks.entries()) {
    if (check.kind === 'reference') {
      const table = refer(check.table, ['table'], `checks[${i}].table`, scope);
      if (table !== undefined) hasField(table.definition.record, check.column, `checks[${i}].column`, scope);
      if (table !== undefined && table.definition.format !== 'parquet')
        scope.report(`checks[${i}].table`, `${table.address} is ${table.definition.format}: a check refers to Parquet`);
    }
    const record = check.kind === 'freshness' ? into : check.kind === 'arrival' ? from : undefined;
    if (record !== undefined && 'field' in check && check.field in record.definition.record.fields)
      hasTime(record.definition.record, check.field, `checks[${i}].field`, scope);
  }
}
