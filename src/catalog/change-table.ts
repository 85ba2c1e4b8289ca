import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { Catalog, CatalogTable } from './catalog.ts';

const attempts = 20;

/**
 * Reads a table, changes it and puts it back; again from the start when somebody else changed it meanwhile. Throws
 * PH_TABLE_UNKNOWN when there is no such table.
 */
export async function changeTable(
  catalog: Catalog,
  database: string,
  name: string,
  change: (table: CatalogTable) => CatalogTable,
): Promise<CatalogTable> {
  for (let attempt = 1; ; attempt += 1) {
    const table = await catalog.table(database, name);
    if (table === undefined) throw new PlayheadError('PH_TABLE_UNKNOWN', `there is no table ${database}.${name}`);
    try {
      return await catalog.putTable(change(table), table.version);
    } catch (error) {
      if (!isPlayheadError(error, 'PH_CATALOG_CONFLICT') || attempt === attempts) throw error;
    }
  }
}
