import { isPlayheadError } from '../base/errors.ts';
import type { Catalog, CatalogTable } from './catalog.ts';
import type { TableDefinition } from './definition.ts';
import { tableColumns } from './table-columns.ts';

/**
 * Creates a table's entry, and its database, where there is none; one that is there is left as it is, also one that another
 * process makes at the same time. Throws PH_TABLE_EXISTS where a view has the name.
 */
export async function ensureEntry(catalog: Catalog, entry: Omit<CatalogTable, 'version'>): Promise<void> {
  const { database, name } = entry;
  await catalog.createDatabase(database, { ifNotExists: true });
  if ((await catalog.table(database, name)) !== undefined) return;
  try {
    await catalog.putTable(entry, 0);
  } catch (error) {
    if (!isPlayheadError(error, 'PH_TABLE_EXISTS') || (await catalog.table(database, name)) === undefined) throw error;
  }
}

/** The same of a table as it is defined. */
export function ensureTable(catalog: Catalog, table: TableDefinition): Promise<void> {
  return ensureEntry(catalog, tableEntry(table));
}

/** A table's entry as its definition says. */
export function tableEntry(table: TableDefinition): Omit<CatalogTable, 'version'> {
  return {
    database: table.database,
    name: table.name,
    columns: tableColumns(table),
    partitionKeys: Object.entries(table.partitions).map(([name, type]) => ({ name, type })),
    location: table.location,
    format: table.format,
    parameters: { classification: table.format },
  };
}
