import { isPlayheadError } from '../../base/errors.ts';
import type { CatalogTable } from '../../catalog/catalog.ts';
import { changeTable } from '../../catalog/change-table.ts';
import { lakePrefix } from './location.ts';
import { refusal } from './refusal.ts';
import {
  type DdlContext,
  type DdlResult,
  databaseOf,
  existingTable,
  nothingToShow,
  refuseDropOwned,
  tablesAt,
} from './session.ts';
import type { CreateTable, DdlStatement, TableName } from './statement.ts';
import { tableFormat } from './table-format.ts';

type Of<K extends DdlStatement['kind']> = Extract<DdlStatement, { kind: K }>;

/** The table property under which SHOW CREATE TABLE gives, and CREATE TABLE takes, the commit series of a table. */
export const seriesProperty = 'playhead.series';

export async function createDatabase(statement: Of<'create-database'>, context: DdlContext): Promise<DdlResult> {
  await context.catalog.createDatabase(statement.database.name, { ifNotExists: statement.ifNotExists });
  return nothingToShow;
}

export async function dropDatabase(statement: Of<'drop-database'>, context: DdlContext): Promise<DdlResult> {
  const { name, place } = statement.database;
  if (statement.ifExists && !(await context.catalog.databases()).includes(name)) return nothingToShow;
  const tables = await tablesAt(name, place, context);
  if (statement.cascade) {
    for (const table of tables) refuseDropOwned(table, place);
    for (const table of tables) await context.catalog.dropTable(name, table.name);
    for (const view of await context.catalog.views(name)) await context.catalog.dropView(name, view.name);
  }
  await context.catalog.dropDatabase(name);
  return nothingToShow;
}

export async function createTable(statement: CreateTable, context: DdlContext): Promise<DdlResult> {
  const database = databaseOf(statement.table, context);
  await tablesAt(database, statement.table.place, context);
  const nested = statement.partitionKeys.find((key) => key.type.includes('<'));
  if (nested !== undefined)
    throw refusal('PH_SQL_INVALID', statement.place, `the partition column ${nested.name} cannot be a ${nested.type}`);
  const { format, parameters } = tableFormat(statement);
  const { [seriesProperty]: series, ...own } = parameters;
  try {
    await context.catalog.putTable(
      {
        database,
        name: statement.table.name,
        columns: statement.columns,
        partitionKeys: statement.partitionKeys,
        location: lakePrefix(statement.location, statement.place),
        format,
        parameters: { ...own, ...(statement.comment === undefined ? {} : { comment: statement.comment }) },
        ...(series === undefined ? {} : { series }),
      },
      0,
    );
  } catch (error) {
    if (!isPlayheadError(error, 'PH_TABLE_EXISTS')) throw error;
    if (statement.ifNotExists) return nothingToShow;
    throw refusal('PH_TABLE_EXISTS', statement.table.place, error.message, 'drop it first, or add IF NOT EXISTS');
  }
  return nothingToShow;
}

export async function dropTable(statement: Of<'drop-table'>, context: DdlContext): Promise<DdlResult> {
  const database = databaseOf(statement.table, context);
  if (statement.ifExists && (await context.catalog.table(database, statement.table.name)) === undefined)
    return nothingToShow;
  const table = await existingTable(statement.table, context);
  refuseDropOwned(table, statement.table.place);
  await context.catalog.dropTable(table.database, table.name);
  return nothingToShow;
}

export async function addColumns(statement: Of<'add-columns'>, context: DdlContext): Promise<DdlResult> {
  return change(statement.table, context, (table) => {
    const known = new Set([...table.columns, ...table.partitionKeys].map((column) => column.name));
    const twice = statement.columns.find((column) => known.has(column.name));
    if (twice !== undefined)
      throw refusal('PH_SQL_INVALID', statement.table.place, `${table.name} has the column ${twice.name} already`);
    return { ...table, columns: [...table.columns, ...statement.columns] };
  });
}

export async function replaceColumns(statement: Of<'replace-columns'>, context: DdlContext): Promise<DdlResult> {
  return change(statement.table, context, (table) => ({ ...table, columns: statement.columns }));
}

export async function setProperties(statement: Of<'set-properties'>, context: DdlContext): Promise<DdlResult> {
  return change(statement.table, context, (table) => ({
    ...table,
    parameters: { ...table.parameters, ...statement.properties },
  }));
}

async function change(
  name: TableName,
  context: DdlContext,
  make: (table: CatalogTable) => CatalogTable,
): Promise<DdlResult> {
  const { database } = await existingTable(name, context);
  await changeTable(context.catalog, database, name.name, make);
  return nothingToShow;
}
