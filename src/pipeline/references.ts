import { isPlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { checkTimeZone } from '../base/time-pattern.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { layoutProblem } from '../catalog/partition-layout.ts';
import { isPartition } from '../catalog/table-columns.ts';
import { literalStart, parsePrefix } from '../delivery/prefix.ts';
import { deliveryProblems } from '../delivery/validate.ts';
import { lifecycleProblems } from '../govern/lifecycle-problems.ts';
import { reportProblems } from '../insight/report/validate.ts';
import { detectorProblems } from '../insight/validate.ts';
import { type MeasureSubject, measures, storeOperations } from '../observe/measures.ts';
import { alarmProblems } from '../observe/validate.ts';
import { parseSchedule } from '../orchestrate/parse-schedule.ts';
import { checkProblems } from '../quality/check-problems.ts';
import type { CheckDefinition } from '../quality/definition.ts';
import { describeField } from '../record/describe-field.ts';
import type { RecordType } from '../record/type.ts';
import type { SourceDefinition } from '../source/definition.ts';
import { restProblems } from '../source/rest/problems.ts';
import { type JobDefinition, timeField } from '../transform/definition.ts';
import { unmappedPartition } from '../transform/derive/partition-map.ts';
import { recordsProblem, tableRead } from '../transform/records-in-row.ts';
import { type Addressed, addressed, resolveAddress } from './address.ts';
import type { PipelineDefinition } from './definition.ts';
import type { Problem } from './shape.ts';
import type { Kind } from './shapes.ts';
import { sourcePart } from './source-part.ts';
import { targetsOf, type Writer } from './writers.ts';

export interface Graph {
  readonly pipelines: readonly PipelineDefinition[];
  /** Addresses of definitions that lack their shape: they may be named, but not looked into. */
  readonly broken: ReadonlySet<string>;
}

/** What a rule sees: all pipelines, the definition with its place, and where to report. */
interface Scope {
  readonly graph: Graph;
  readonly pipeline: string;
  report(path: string, message: string): void;
}

type Rules = { readonly [K in Kind]: (entry: Addressed<K>, scope: Scope) => void };

/** What can be run, by a schedule or by `playhead run`. */
export const runKinds = ['source', 'delivery', 'crawler', 'job', 'lifecycle'] as const;

const rules: Rules = {
  stream: ({ definition }, scope) => {
    if (definition.key !== undefined) hasField(definition.record, definition.key, 'key', scope);
  },
  source: checkSource,
  gateway: ({ definition }, scope) => {
    const stream = refer(definition.into, ['stream'], 'into', scope);
    if (stream !== undefined && definition.idempotencyMs > stream.definition.retentionMs)
      scope.report('idempotencyMs', `is longer than ${stream.address} keeps what was sent`);
  },
  table: ({ definition, address }, scope) => {
    // A job is held to write into each partition what belongs there: the two say the same.
    const writer = soundWriter(address, scope.graph);
    const isHeld = writer?.kind === 'job' && writer.definition.incremental?.by === 'partition';
    for (const name of isHeld ? [] : Object.keys(definition.record.fields)) {
      if (isPartition(definition.partitions, name))
        scope.report(
          `partitions.${name.toLowerCase()}`,
          'is also a field of the record: a column can come only from one of them',
        );
    }
    const problem = layoutProblem(definition);
    if (problem !== undefined) scope.report('layout', problem);
    if (definition.layout !== undefined && definition.objects === 'listing')
      scope.report(
        'layout',
        'is for what is written here: of a table that is listed, the catalog says where partitions are',
      );
  },
  delivery: checkDelivery,
  crawler: () => {},
  job: checkJob,
  workgroup: () => {},
  query: ({ definition }, scope) => {
    if (definition.workgroup !== undefined) refer(definition.workgroup, ['workgroup'], 'workgroup', scope);
  },
  schedule: ({ definition }, scope) => {
    attempt('expression', scope, () => parseSchedule(definition.expression));
    refer(definition.target.run, runKinds, 'target.run', scope);
  },
  trigger: checkTrigger,
  metric: checkMetric,
  report: checkReport,
  lifecycle: ({ definition }, scope) => {
    for (const { path, message } of lifecycleProblems(definition)) scope.report(path, message);
  },
  alarm: ({ definition, address }, scope) => {
    refer(definition.metric, ['metric'], 'metric', scope);
    for (const { path, message } of alarmProblems(definition)) scope.report(path, message);
    // Another one may lack its shape altogether; that is reported with it.
    const first = addressed(scope.graph.pipelines, 'alarm').find((other) => other.definition?.name === definition.name);
    if (first !== undefined && first.address !== address)
      scope.report('name', `is the name of ${first.address} too: who is told could not tell them apart`);
  },
  detector: checkDetector,
};

/** Checks what a well-formed definition says about others: addresses, fields, prefixes, schedules. */
export function checkReferences(entry: Addressed, graph: Graph, report: (problem: Problem) => void): void {
  const scope: Scope = {
    graph,
    pipeline: entry.pipeline,
    report: (path, message) => report({ path: `${entry.section}.${entry.name}.${path}`, message }),
  };
  // The kind picks its own rule: a pairing that the compiler cannot follow through the table.
  (rules[entry.kind] as (entry: Addressed, scope: Scope) => void)(entry, scope);
}

function checkSource({ definition }: Addressed<'source'>, scope: Scope): void {
  // The kind of source picks its own rule: a pairing that the compiler cannot follow through the table.
  (sourceRules[definition.source] as (definition: SourceDefinition, scope: Scope) => void)(definition, scope);
}

type SourceRules = {
  readonly [S in SourceDefinition['source']]: (
    definition: Extract<SourceDefinition, { source: S }>,
    scope: Scope,
  ) => void;
};

const sourceRules: SourceRules = {
  'seed-table': ({ into }, scope) => {
    refer(into, ['table'], 'into', scope);
  },
  rest: (definition, scope) => {
    const names = new Map<string, TableDefinition>();
    for (const [name, { into }] of Object.entries(definition.endpoints)) {
      const table = refer(into, ['table'], `endpoints.${name}.into`, scope);
      if (table !== undefined) names.set(name, table.definition);
    }
    for (const { path, message } of restProblems(definition, names)) scope.report(path, message);
  },
  sessions: (definition, scope) => {
    const stream = refer(definition.into, ['stream'], 'into', scope);
    for (const field of Object.keys(definition.fields)) {
      if (stream !== undefined) hasField(stream.definition.record, field, `fields.${field}`, scope);
    }
    for (const part of ['viewers', 'titles'] as const) {
      const { table: address, ...columns } = definition[part];
      const table = refer(address, ['table'], `${part}.table`, scope);
      for (const [role, column] of Object.entries(columns)) {
        if (table !== undefined) hasField(table.definition.record, column, `${part}.${role}`, scope);
      }
    }
  },
};

/** The job's own position in the table says what it has not seen: so a trigger must be of the table that it reads. */
function checkTrigger({ definition }: Addressed<'trigger'>, scope: Scope): void {
  const table = refer(definition.table, ['table'], 'table', scope);
  const job = refer(definition.target.run, ['job'], 'target.run', scope);
  if (table === undefined || job === undefined) return;
  const from = refer(job.definition.from, ['table'], 'target.run', { ...scope, pipeline: job.pipeline });
  if (from !== undefined && from.address !== table.address)
    scope.report('target.run', `${job.address} reads ${from.address}, not ${table.address}`);
  if (soundWriter(table.address, scope.graph)?.kind === 'job')
    scope.report('table', `a job writes ${table.address}: those that read it run after it without a trigger`);
}

function checkDelivery({ definition }: Addressed<'delivery'>, scope: Scope): void {
  const stream = refer(definition.from, ['stream'], 'from', scope);
  if (stream?.definition.cleanup === 'compact')
    scope.report('from', 'the topic is compacted, so that the same records cannot be promised twice: not deliverable');
  const timezone = attempt('timezone', scope, () => {
    checkTimeZone(definition.timezone);
    return definition.timezone;
  });
  const problems = deliveryProblems({ ...definition, timezone: timezone ?? 'UTC' });
  for (const { path, message } of problems) scope.report(path, message);
  const prefix = problems.some(({ path }) => path === 'prefix') ? undefined : parsePrefix(definition.prefix);
  const table = definition.table === undefined ? undefined : refer(definition.table, ['table'], 'table', scope);
  if (definition.output.format === 'parquet' && definition.table === undefined)
    scope.report('table', 'missing: Parquet is written by the schema of a table of the catalog');
  if (table === undefined || prefix === undefined) return;
  const { location, format, partitions, layout } = table.definition;
  if (layout !== undefined)
    scope.report('table', `${table.address} has a layout of its own, and a delivery writes Hive's: ${layout}`);
  if (!literalStart(prefix).startsWith(location))
    scope.report('prefix', `does not lie under ${location}, the location of the table ${table.address}`);
  if (format !== definition.output.format)
    scope.report('output.format', `${definition.output.format}, but the table ${table.address} reads ${format}`);
  const folders = [...definition.prefix.matchAll(/([A-Za-z_]\w*)=[^/]+\//g)].map((match) => match[1] ?? '');
  const keys = Object.keys(partitions);
  if (folders.length > 0 && folders.join('/') !== keys.join('/'))
    scope.report(
      'prefix',
      `has the partitions ${folders.join(', ')}, but the table ${table.address} has ${keys.join(', ') || 'none'}`,
    );
}

function checkJob({ definition, address }: Addressed<'job'>, scope: Scope): void {
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
  if (derived) checkDerived(definition, { from, into }, scope);
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
  { incremental, unique }: JobDefinition,
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
  if (from === undefined || into === undefined) return;
  const problem = unmappedPartition(from.definition, into.definition);
  if (problem !== undefined) scope.report('into', `${into.address}: ${problem}`);
}

function checkDetector({ definition }: Addressed<'detector'>, scope: Scope): void {
  const table = refer(definition.table, ['table'], 'table', scope);
  if (table !== undefined) {
    const { record } = table.definition;
    hasInstant(record, definition.time, 'time', scope);
    for (const [name, column] of Object.entries(definition.dimensions))
      hasField(record, column, `dimensions.${name}`, scope);
  }
  for (const { path, message } of detectorProblems(definition)) scope.report(path, message);
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

/** What each measure can be taken of. */
const measuredKinds = {
  run: runKinds,
  source: ['source'],
  job: ['job'],
  stream: ['stream'],
  delivery: ['delivery'],
} as const satisfies Readonly<Record<Exclude<MeasureSubject, 'store' | 'part'>, readonly Kind[]>>;

function checkMetric({ definition }: Addressed<'metric'>, scope: Scope): void {
  const { subject } = measures[definition.measure];
  if (subject === 'part') {
    attempt('of', scope, () => sourcePart(scope.graph.pipelines, definition.of, scope.pipeline));
  } else if (subject !== 'store') {
    refer(definition.of, measuredKinds[subject], 'of', scope);
  } else if (!storeOperations.some((operation) => operation === definition.of)) {
    const hint = suggestion(definition.of, storeOperations);
    scope.report('of', `the store has no operation "${definition.of}". ${hint}`);
  }
}

function checkReport({ definition }: Addressed<'report'>, scope: Scope): void {
  refer(definition.table, ['table'], 'table', scope);
  for (const { path, message } of reportProblems(definition)) scope.report(path, message);
}

/** Commits of a delivery say what was added, as those of a source that adds pages do; those of a job name whole partitions as they are now. */
function writingKind(writer: Writer | undefined): Writer['kind'] | undefined {
  return writer?.kind === 'source' && writer.definition.source === 'rest' ? 'delivery' : writer?.kind;
}

/** What writes a table, among what is not broken. */
function soundWriter(table: string, { pipelines, broken }: Graph): Writer | undefined {
  return addressed(pipelines, 'delivery', 'job', 'source').find((entry) => {
    if (broken.has(entry.address)) return false;
    return targetsOf(entry).some((target) => {
      try {
        return resolveAddress(pipelines, target, ['table', 'stream'], entry.pipeline).address === table;
      } catch (error) {
        // An address that leads nowhere is reported with its own definition.
        if (isPlayheadError(error)) return false;
        throw error;
      }
    });
  });
}

function refer<K extends Kind>(
  address: string,
  kinds: readonly K[],
  path: string,
  scope: Scope,
): Addressed<K> | undefined {
  const found = attempt(path, scope, () => resolveAddress(scope.graph.pipelines, address, kinds, scope.pipeline));
  return found === undefined || scope.graph.broken.has(found.address) ? undefined : found;
}

function hasField(record: RecordType, field: string, path: string, scope: Scope): boolean {
  const fields = Object.keys(record.fields);
  if (fields.includes(field)) return true;
  scope.report(path, `the record ${record.name} has no field "${field}". ${suggestion(field, fields)}`);
  return false;
}

/** A number is an instant only in a declared unit: without one, every row would be without its hour. */
function hasTime(record: RecordType, field: string, path: string, scope: Scope): void {
  if (!hasField(record, field, path, scope)) return;
  const of = record.fields[field];
  if (of === undefined || of.type === 'string' || of.type === 'timestamp' || of.type === 'date') return;
  if (of.type === 'bigint' && of.epoch !== undefined) return;
  scope.report(path, `${field} of the record ${record.name} is ${describeField(of)}, not a time. ${timeHint}`);
}

const timeHint = "Seconds, milliseconds or microseconds since 1970 are declared as field.bigint({ epoch: 'seconds' }).";

/** A column that SQL reads as an instant by itself. */
function hasInstant(record: RecordType, field: string, path: string, scope: Scope): void {
  if (!hasField(record, field, path, scope)) return;
  const of = record.fields[field];
  if (of === undefined || of.type === 'timestamp') return;
  scope.report(path, `${field} of the record ${record.name} is ${describeField(of)}, not a timestamp`);
}

/** What a parser or look-up refuses becomes a problem beside the others. */
function attempt<T>(path: string, scope: Scope, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(isPlayheadError(error) || error instanceof RangeError)) throw error;
    const hint = isPlayheadError(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    scope.report(path, `${error.message}.${hint}`);
    return undefined;
  }
}
