import { isPlayheadError } from '../base/errors.ts';
import type { Catalog, CatalogTable } from './catalog.ts';

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
