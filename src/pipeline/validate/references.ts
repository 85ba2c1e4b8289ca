import { suggestion } from '../../base/nearest.ts';
import { checkTimeZone } from '../../base/time-pattern.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { layoutProblem } from '../../catalog/partition-layout.ts';
import { isPartition } from '../../catalog/table-columns.ts';
import { literalStart, parsePrefix } from '../../delivery/prefix.ts';
import { deliveryProblems } from '../../delivery/validate.ts';
import { lifecycleProblems } from '../../govern/lifecycle-problems.ts';
import { reportProblems } from '../../insight/report/validate.ts';
import { detectorProblems } from '../../insight/validate.ts';
import { type MeasureSubject, measures, storeOperations } from '../../observe/measures.ts';
import { alarmProblems } from '../../observe/validate.ts';
import { parseSchedule } from '../../orchestrate/parse-schedule.ts';
import { describeField } from '../../record/describe-field.ts';
import type { RecordType } from '../../record/type.ts';
import type { SourceDefinition } from '../../source/definition.ts';
import { restProblems } from '../../source/rest/problems.ts';
import { type Addressed, addressed } from '../graph/address.ts';
import { addressedReason } from '../graph/gateway-reason.ts';
import { sourcePart } from '../graph/source-part.ts';
import type { Kind } from '../shape/sections.ts';
import type { Problem } from '../shape/shape.ts';
import { checkJob, checkTrigger } from './job-references.ts';
import { attempt, type Graph, hasField, refer, type Scope, soundWriter } from './reference-scope.ts';

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

/** What each measure can be taken of. */
const measuredKinds = {
  run: runKinds,
  source: ['source'],
  job: ['job'],
  gateway: ['gateway'],
  stream: ['stream'],
  delivery: ['delivery'],
} as const satisfies Readonly<Record<Exclude<MeasureSubject, 'store' | 'part' | 'reason'>, readonly Kind[]>>;

function checkMetric({ definition }: Addressed<'metric'>, scope: Scope): void {
  const { subject } = measures[definition.measure];
  if (subject === 'part') {
    attempt('of', scope, () => sourcePart(scope.graph.pipelines, definition.of, scope.pipeline));
  } else if (subject === 'reason') {
    attempt('of', scope, () => addressedReason(scope.graph.pipelines, definition.of, scope.pipeline));
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

/** A column that SQL reads as an instant by itself. */
function hasInstant(record: RecordType, field: string, path: string, scope: Scope): void {
  if (!hasField(record, field, path, scope)) return;
  const of = record.fields[field];
  if (of === undefined || of.type === 'timestamp') return;
  scope.report(path, `${field} of the record ${record.name} is ${describeField(of)}, not a timestamp`);
}
