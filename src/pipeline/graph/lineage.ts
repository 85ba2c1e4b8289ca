import type { CatalogView } from '../../catalog/catalog.ts';
import { glueColumns } from '../../record/columns.ts';
import type { RecordType } from '../../record/type.ts';
import { type SourceDefinition, writtenBy } from '../../source/definition.ts';
import { factsOf } from '../../source/sessions/fields.ts';
import type { Lineages } from '../../sql/lineage-cache.ts';
import type { KnownTables, QueryLineage } from '../../sql/query-lineage.ts';
import { timeField } from '../../transform/definition.ts';
import type { Dataset, LineageGraph, Process } from '../../transform/lineage/graph.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed, resolveAddress } from './address.ts';
import { inputOf } from './job-tables.ts';
import { tableName } from './table-names.ts';

/**
 * Where every column of the definitions comes from and goes to: streams → deliveries → tables → jobs → tables → named
 * queries, through the catalog's views where they are given. What SQL reads and nobody declared is a table of its own,
 * without columns. `only`: the process of one address, so that no other SQL is looked into. Throws PH_SQL_*.
 */
export async function lineageOf(
  pipelines: readonly PipelineDefinition[],
  lineages: Lineages,
  only?: string,
  views: readonly CatalogView[] = [],
): Promise<LineageGraph> {
  const wanted = ({ address }: { readonly address: string }): boolean => only === undefined || address === only;
  const declared = new Map(addressed(pipelines, 'table').map((entry) => [tableName(entry), entry]));
  const viewDatasets = views.map(viewDataset);
  const known = new Map([
    ...knownTables(declared),
    ...viewDatasets.map(({ name, columns }) => [name, Object.keys(columns)] as const),
  ]);
  const undeclared = new Map<string, Dataset>();
  const datasetOf = (table: string): string => {
    const id = declared.get(table)?.address ?? table;
    const isKnown = declared.has(table) || viewDatasets.some(({ name }) => name === table);
    if (!isKnown) undeclared.set(table, { id, kind: 'table', name: table, columns: {} });
    return id;
  };
  const processes: Process[] = [
    ...addressed(pipelines, 'source')
      .filter(wanted)
      .flatMap((entry) => sourceProcesses(pipelines, entry)),
    ...addressed(pipelines, 'delivery')
      .filter(wanted)
      .map((entry) => deliveryProcess(pipelines, entry)),
  ];
  for (const entry of addressed(pipelines, 'job').filter(wanted)) {
    const read = inputOf(pipelines, entry);
    const columns = new Map([...known, [tableName(read), Object.keys(tableDataset(read).columns)]]);
    const lineage = await lineages(entry.definition.sql, columns, read.definition.database);
    processes.push(jobProcess(pipelines, entry, lineage, datasetOf));
  }
  for (const view of only === undefined ? views : []) {
    const id = `${view.database}.${view.name}`;
    const lineage = await lineages(view.sql, known, view.sqlDatabase);
    processes.push({ id, kind: 'view', output: id, sql: view.sql, ...fromSql(lineage, datasetOf) });
  }
  const results: Dataset[] = [];
  for (const entry of addressed(pipelines, 'query').filter(wanted)) {
    const { address, name, definition } = entry;
    const lineage = await lineages(definition.sql, known, definition.database ?? onlyDatabase(declared.values()));
    const columns = Object.fromEntries(Object.keys(lineage.columns).map((column) => [column, '']));
    results.push({ id: address, kind: 'result', name, columns });
    processes.push({
      id: address,
      kind: 'query',
      output: address,
      sql: definition.sql,
      ...fromSql(lineage, datasetOf),
    });
  }
  const datasets = [
    ...addressed(pipelines, 'stream').map(streamDataset),
    ...[...declared.values()].map(tableDataset),
    ...viewDatasets,
    ...addressed(pipelines, 'delivery').flatMap(objectsDataset),
  ];
  return { datasets: [...datasets, ...undeclared.values(), ...results], processes };
}

function streamDataset({ address, definition }: Addressed<'stream'>): Dataset {
  return { id: address, kind: 'stream', name: definition.topic, columns: columnTypes(definition.record) };
}

function tableDataset(entry: Addressed<'table'>): Dataset {
  const { record, partitions } = entry.definition;
  const columns = { ...columnTypes(record), ...partitions };
  return { id: entry.address, kind: 'table', name: tableName(entry), columns };
}

function viewDataset({ database, name, columns }: CatalogView): Dataset {
  const full = `${database}.${name}`;
  const types = Object.fromEntries(columns.map((column) => [column.name, column.type]));
  return { id: full, kind: 'table', name: full, columns: types };
}

/** What a delivery without a table writes. */
function objectsDataset({ address, definition }: Addressed<'delivery'>): Dataset[] {
  if (definition.table !== undefined) return [];
  return [{ id: `${address}.objects`, kind: 'objects', name: definition.prefix, columns: {} }];
}

function columnTypes(record: RecordType): Record<string, string> {
  return Object.fromEntries(glueColumns(record).map(({ name, type }) => [name, type]));
}

function knownTables(declared: ReadonlyMap<string, Addressed<'table'>>): KnownTables {
  return new Map([...declared].map(([name, entry]) => [name, Object.keys(tableDataset(entry).columns)]));
}

function onlyDatabase(tables: Iterable<Addressed<'table'>>): string | undefined {
  const databases = new Set([...tables].map(({ definition }) => definition.database));
  const [only] = databases;
  return databases.size === 1 ? only : undefined;
}

function deliveryProcess(pipelines: readonly PipelineDefinition[], entry: Addressed<'delivery'>): Process {
  const { address, pipeline, definition } = entry;
  const stream = resolveAddress(pipelines, definition.from, ['stream'], pipeline);
  const table =
    definition.table === undefined ? undefined : resolveAddress(pipelines, definition.table, ['table'], pipeline);
  const sent = Object.keys(columnTypes(stream.definition.record));
  const kept = table === undefined ? [] : Object.keys(columnTypes(table.definition.record));
  const same = kept.filter((column) => sent.includes(column));
  return {
    id: address,
    kind: 'delivery',
    inputs: [stream.address],
    output: table?.address ?? `${address}.objects`,
    columns: Object.fromEntries(
      same.map((column) => [column, [{ dataset: stream.address, column, making: 'identity' as const }]]),
    ),
    uses: [],
  };
}

function jobProcess(
  pipelines: readonly PipelineDefinition[],
  { address, pipeline, definition }: Addressed<'job'>,
  lineage: QueryLineage,
  datasetOf: (table: string) => string,
): Process {
  const from = resolveAddress(pipelines, definition.from, ['table'], pipeline);
  const into = resolveAddress(pipelines, definition.into, ['table'], pipeline);
  const { each } = definition;
  const columnOf = (table: string, column: string): string =>
    // A field of the records that rows hold is in the column that holds them.
    each === undefined || table !== tableName(from) || Object.hasOwn(tableDataset(from).columns, column)
      ? column
      : each.of;
  const made = fromSql(lineage, datasetOf, columnOf);
  const by = timeField(definition)?.toLowerCase();
  const timed = by === undefined ? [] : [{ dataset: from.address, column: by, making: 'transformation' as const }];
  // The time that the job is incremental by says which partition a row is written to; without one, the partition that it was read from.
  const origin = (name: string): Process['columns'][string] =>
    by === undefined && name in from.definition.partitions
      ? [{ dataset: from.address, column: name, making: 'identity' }]
      : timed;
  const partitions = Object.fromEntries(Object.keys(into.definition.partitions).map((name) => [name, origin(name)]));
  const keys = (definition.unique?.key ?? []).map((key) => key.toLowerCase());
  const duplicates = keys.map((key) => {
    return { dataset: from.address, column: columnOf(tableName(from), key), use: 'filter' as const };
  });
  return {
    id: address,
    kind: 'job',
    inputs: [...new Set([from.address, ...made.inputs])],
    output: into.address,
    columns: { ...made.columns, ...partitions },
    uses: [...made.uses, ...duplicates],
    sql: definition.sql,
  };
}

/** Lineage in terms of tables' names → in terms of datasets. */
function fromSql(
  { tables, columns, uses }: QueryLineage,
  datasetOf: (table: string) => string,
  columnOf: (table: string, column: string) => string = (_, column) => column,
): Pick<Process, 'inputs' | 'columns' | 'uses'> {
  return {
    inputs: tables.map(datasetOf),
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, sources]) => [
        name,
        sources.map(({ table, column, making }) => {
          return { dataset: datasetOf(table), column: columnOf(table, column), making };
        }),
      ]),
    ),
    uses: uses.map(({ table, column, use }) => ({ dataset: datasetOf(table), column: columnOf(table, column), use })),
  };
}

/** One for each table or stream that the source writes. */
function sourceProcesses(pipelines: readonly PipelineDefinition[], entry: Addressed<'source'>): readonly Process[] {
  const { address, pipeline, definition } = entry;
  return writtenBy(definition).map((target) => {
    const output = resolveAddress(pipelines, target, ['table', 'stream'], pipeline).address;
    const plain = { id: address, kind: 'source', output, uses: [] } as const;
    if (definition.source !== 'sessions') return { ...plain, inputs: [], columns: {} };
    return { ...plain, ...sessionsOrigin(pipelines, pipeline, definition) };
  });
}

/** The tables that sessions are drawn from, and the fields that repeat columns of theirs. */
function sessionsOrigin(
  pipelines: readonly PipelineDefinition[],
  pipeline: string,
  definition: Sessions,
): Pick<Process, 'inputs' | 'columns'> {
  const tableAt = (name: string): string => resolveAddress(pipelines, name, ['table'], pipeline).address;
  const tables = { viewer: tableAt(definition.viewers.table), title: tableAt(definition.titles.table) };
  const columns: Record<string, Process['columns'][string]> = {};
  for (const { path, fact } of factsOf(definition.fields)) {
    const origin = referenceColumn(definition, fact);
    if (origin === undefined) continue;
    const field = (path.split('.')[0] ?? path).toLowerCase();
    const { of, column, making } = origin;
    columns[field] = [...(columns[field] ?? []), { dataset: tables[of], column: column.toLowerCase(), making }];
  }
  return { inputs: [...new Set([tables.viewer, tables.title])], columns };
}

type Sessions = Extract<SourceDefinition, { source: 'sessions' }>;

/** The column of a reference table that a fact of a session tells; undefined for what the simulation makes up. */
function referenceColumn(
  { viewers, titles }: Sessions,
  fact: string,
): { of: 'viewer' | 'title'; column: string; making: 'identity' | 'transformation' } | undefined {
  const [of, part = '', further] = fact.split('.');
  if (of !== 'viewer' && of !== 'title') return undefined;
  if (part === 'columns') return further === undefined ? undefined : { of, column: further, making: 'identity' };
  if (fact === 'title.seconds') return { of, column: titles.durationMinutes, making: 'transformation' };
  const roles: Readonly<Record<string, unknown>> = of === 'viewer' ? { ...viewers } : { ...titles };
  const column = roles[part];
  return typeof column === 'string' ? { of, column, making: 'identity' } : undefined;
}
