import type { Catalog, CatalogTable } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { ensureEntry } from '../catalog/ensure-table.ts';

/** What a table of set-aside records needs besides its name: where its objects lie and how they read. */
export interface QuarantineEntry extends Pick<CatalogTable, 'columns' | 'location' | 'format' | 'parameters'> {
  /** Address of the delivery or job that fills it. */
  readonly series: string;
}

/** Name of the table of what was kept out of a table: by the delivery that fills it, or by its job. */
export function quarantineTableName({ name }: Pick<TableDefinition, 'name'>): string {
  return `${name}_quarantine`;
}

/** Creates it in the catalog, where it is not there yet. */
export async function ensureQuarantineTable(
  catalog: Catalog,
  target: Pick<TableDefinition, 'database' | 'name'>,
  entry: QuarantineEntry,
): Promise<void> {
  const { database } = target;
  await ensureEntry(catalog, { ...entry, database, name: quarantineTableName(target), partitionKeys: [] });
}
