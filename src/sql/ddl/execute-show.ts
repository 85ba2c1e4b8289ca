import type { CatalogTable } from '../../catalog/catalog.ts';
import { partitionName } from '../../catalog/partition-value.ts';
import { seriesProperty } from './execute-tables.ts';
import { describeView } from './execute-views.ts';
import { wholeLake } from './location.ts';
import { namePattern } from './name-pattern.ts';
import { printCreateTable } from './print-create-table.ts';
import { refusal } from './refusal.ts';
import { type DdlContext, type DdlResult, existingTable, listing, tablesAt, viewNamed } from './session.ts';
import type { DdlStatement } from './statement.ts';
import { storageClauses } from './table-format.ts';

type Of<K extends DdlStatement['kind']> = Extract<DdlStatement, { kind: K }>;

export async function showDatabases(statement: Of<'show-databases'>, context: DdlContext): Promise<DdlResult> {
  const fits = namePattern(statement.pattern);
  const names = (await context.catalog.databases()).filter(fits);
  return listing(
    ['database_name'],
    names.map((name) => [name]),
  );
}

export async function showTables(statement: Of<'show-tables'>, context: DdlContext): Promise<DdlResult> {
  const database = statement.database ?? { name: context.database, place: { line: 1, column: 1 } };
  const fits = namePattern(statement.pattern);
  const tables = await tablesAt(database.name, database.place, context);
  // A view is a table to who lists them, in Athena as in Hive.
  const names = [...tables, ...(await context.catalog.views(database.name))].map(({ name }) => name).sort();
  return listing(
    ['tab_name'],
    names.filter(fits).map((name) => [name]),
  );
}

export async function showPartitions(statement: Of<'show-partitions'>, context: DdlContext): Promise<DdlResult> {
  const table = await existingTable(statement.table, context);
  if (table.partitionKeys.length === 0)
    throw refusal('PH_SQL_INVALID', statement.table.place, `${table.name} is not a partitioned table`);
  const partitions = await context.catalog.partitions(table.database, table.name);
  return listing(
    ['partition'],
    partitions.map((partition) => [partitionName(table, partition.values)]),
  );
}

export async function showColumns(statement: Of<'show-columns'>, context: DdlContext): Promise<DdlResult> {
  const view = await viewNamed(statement.table, context);
  const table = view ?? (await existingTable(statement.table, context));
  const keys = 'partitionKeys' in table ? table.partitionKeys : [];
  return listing(
    ['field'],
    [...table.columns, ...keys].map((column) => [column.name]),
  );
}

export async function showProperties(statement: Of<'show-properties'>, context: DdlContext): Promise<DdlResult> {
  const table = await existingTable(statement.table, context);
  const asked = statement.property;
  const found = Object.entries(ownProperties(table)).filter(([key]) => asked === undefined || key === asked);
  if (asked !== undefined && found.length === 0)
    throw refusal('PH_SQL_INVALID', statement.table.place, `${table.name} has no property ${asked}`);
  return listing(['prpt_name', 'prpt_value'], found);
}

export async function describe(statement: Of<'describe'>, context: DdlContext): Promise<DdlResult> {
  const view = await viewNamed(statement.table, context);
  if (view !== undefined) return describeView(view, statement.extended);
  const table = await existingTable(statement.table, context);
  const rows = (columns: CatalogTable['columns']): string[][] =>
    columns.map(({ name, type, comment }) => [name, type, comment ?? '']);
  const blank = ['', '', ''];
  const partitions =
    table.partitionKeys.length === 0
      ? []
      : [
          blank,
          ['# Partition Information', '', ''],
          ['# col_name', 'data_type', 'comment'],
          blank,
          ...rows(table.partitionKeys),
        ];
  const details = statement.extended
    ? [
        blank,
        ['# Detailed Table Information', '', ''],
        ...tableDetails(table).map(([name, value]) => [name, value, '']),
      ]
    : [];
  return listing(
    ['col_name', 'data_type', 'comment'],
    [...rows(table.columns), ...rows(table.partitionKeys), ...partitions, ...details],
  );
}

/** A line a row, as Athena gives it; the lines together are a statement that makes the same table again. */
export async function showCreateTable(statement: Of<'show-create-table'>, context: DdlContext): Promise<DdlResult> {
  const table = await existingTable(statement.table, context);
  const { comment, ...properties } = ownProperties(table);
  const lines = printCreateTable({
    kind: 'create-table',
    table: { database: table.database, name: table.name, place: statement.table.place },
    ifNotExists: false,
    columns: table.columns,
    partitionKeys: table.partitionKeys,
    ...storageClauses(table),
    location: table.location === '' ? wholeLake : table.location,
    properties,
    place: statement.table.place,
    ...(comment === undefined ? {} : { comment }),
  });
  return listing(
    ['createtab_stmt'],
    lines.map((line) => [line]),
  );
}

function ownProperties(table: CatalogTable): Readonly<Record<string, string>> {
  const { properties } = storageClauses(table);
  return table.series === undefined ? properties : { ...properties, [seriesProperty]: table.series };
}

function tableDetails(table: CatalogTable): readonly (readonly [string, string])[] {
  return [
    ['Database:', table.database],
    ['Location:', table.location],
    ['Format:', table.format],
    ['Objects:', table.series === undefined ? 'what lies under the location' : `commit series ${table.series}`],
    ['Version:', String(table.version)],
    ...Object.entries(table.parameters).map(([key, value]) => [key, value] as const),
  ];
}
