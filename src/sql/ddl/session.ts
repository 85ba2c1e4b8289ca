import { isPlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { Catalog, CatalogTable, CatalogView, Column } from '../../catalog/catalog.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { SourcePosition } from '../source-position.ts';
import { refusal } from './refusal.ts';
import type { TableName } from './statement.ts';

export interface DdlContext {
  readonly catalog: Catalog;
  readonly lake: ObjectStore;
  /** Of table names that name no database. */
  readonly database: string;
}

export interface DdlResult {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export const nothingToShow: DdlResult = { columns: [], rows: [] };

/** A result of texts, under Athena's column names. */
export function listing(names: readonly string[], rows: DdlResult['rows']): DdlResult {
  return { columns: names.map((name) => ({ name, type: 'string' })), rows };
}

export function databaseOf(table: TableName, context: DdlContext): string {
  return (table.database ?? context.database).toLowerCase();
}

/** Throws PH_TABLE_UNKNOWN at its place in the statement. */
export async function existingTable(table: TableName, context: DdlContext): Promise<CatalogTable> {
  const database = databaseOf(table, context);
  const found = await context.catalog.table(database, table.name);
  if (found !== undefined) return found;
  if ((await viewNamed(table, context)) !== undefined)
    throw refusal(
      'PH_SQL_INVALID',
      table.place,
      `${database}.${table.name} is a view`,
      'views know DESCRIBE, SHOW COLUMNS, SHOW CREATE VIEW, CREATE OR REPLACE VIEW and DROP VIEW',
    );
  const tables = await tablesAt(database, table.place, context);
  throw refusal(
    'PH_TABLE_UNKNOWN',
    table.place,
    `there is no table ${database}.${table.name}`,
    suggestion(
      table.name,
      tables.map((other) => other.name),
    ) || `the database ${database} has no tables`,
  );
}

export async function viewNamed(name: TableName, context: DdlContext): Promise<CatalogView | undefined> {
  return context.catalog.view(databaseOf(name, context), name.name);
}

/** Throws PH_DATABASE_UNKNOWN at the place of its name in the statement. */
export async function tablesAt(
  database: string,
  place: SourcePosition,
  context: DdlContext,
): Promise<readonly CatalogTable[]> {
  try {
    return await context.catalog.tables(database);
  } catch (error) {
    if (!isPlayheadError(error, 'PH_DATABASE_UNKNOWN')) throw error;
    throw refusal('PH_DATABASE_UNKNOWN', place, error.message, suggestion(database, await context.catalog.databases()));
  }
}

/** What follows a table's commit series is not the user's to change by hand: the next commit would contradict it. */
export function refuseOwned(table: CatalogTable, place: SourcePosition, what: string): void {
  if (table.series === undefined) return;
  throw refusal(
    'PH_SQL_UNSUPPORTED',
    place,
    `${what}: the objects of ${table.database}.${table.name} are those of the commit series ${table.series}`,
    'its partitions are registered by its delivery or job; create an external table of your own over the same location to divide it otherwise',
  );
}

/** What writes a table of a pipeline would go on, into a table that is not there. */
export function refuseDropOwned(table: CatalogTable, place: SourcePosition): void {
  if (table.series === undefined) return;
  throw refusal(
    'PH_SQL_UNSUPPORTED',
    place,
    `DROP: ${table.database}.${table.name} belongs to a pipeline: ${table.series} writes it`,
    'take the table, and what writes it, out of the pipeline; the entry in the catalog and the objects in the lake stay',
  );
}
