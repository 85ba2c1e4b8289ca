import type { CatalogTable } from '../../catalog/catalog.ts';
import { partitionName } from '../../catalog/partition-value.ts';
import { seriesProperty } from './execute-tables.ts';
import { wholeLake } from './location.ts';
import { printCreateTable } from './print-create-table.ts';
import { refusal } from './refusal.ts';
import { type DdlContext, type DdlResult, existingTable, listing, tablesAt } from './session.ts';
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
  return listing(
    ['tab_name'],
    tables.filter((table) => fits(table.name)).map((table) => [table.name]),
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
  const table = await existingTable(statement.table, context);
  return listing(
    ['field'],
    [...table.columns, ...table.partitionKeys].map((column) => [column.name]),
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

/** Athena's patterns: `*` (or `.*`) is any text, `|` divides alternatives, case does not count. */
function namePattern(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const alternatives = pattern.split('|').map((part) =>
    part
      .replaceAll('.*', '*')
      .split('*')
      .map((text) => text.replace(/[.+?^${}()[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  const compiled = new RegExp(`^(?:${alternatives.join('|')})$`, 'i');
  return (name) => compiled.test(name);
}
