import { PlayheadError } from '../base/errors.ts';
import type { Catalog, CatalogTable, TableObject } from '../catalog/catalog.ts';

/** A table at one moment: what a query reads, and nothing else. */
export interface TableSnapshot {
  readonly table: CatalogTable;
  /** Exact contents; `versionFile` reads them also after they were replaced. */
  readonly objects: readonly TableObject[];
  /** The last commit of each series that is in the snapshot, -1 for none: where the rest of the data begins. */
  readonly commits: ReadonlyMap<string, number>;
}

/**
 * Takes a snapshot of the partitions (all where absent). `series` are those that feed the table; the ones that its
 * objects name are known anyway. Throws PH_TABLE_UNKNOWN.
 */
export async function snapshot(
  catalog: Catalog,
  database: string,
  name: string,
  options: { readonly partitions?: readonly (readonly string[])[]; readonly series?: readonly string[] } = {},
): Promise<TableSnapshot> {
  const table = await catalog.table(database, name);
  if (table === undefined)
    throw new PlayheadError('PH_TABLE_UNKNOWN', `there is no table ${database}.${name}`, {
      details: { database, table: name },
    });
  const known = new Set(options.series ?? []);
  if (table.series !== undefined) known.add(table.series);
  for (;;) {
    const before = await vectorOf(catalog, table, known);
    const objects = await catalog.objects(database, name, options.partitions);
    for (const object of objects) known.add(object.series);
    const commits = await vectorOf(catalog, table, known);
    // A commit that came in between would be in the objects and not in the vector, or the other way round.
    if (before.size === commits.size && [...commits].every(([series, n]) => before.get(series) === n))
      return { table, objects, commits };
  }
}

async function vectorOf(
  catalog: Catalog,
  table: CatalogTable,
  series: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const vector = new Map<string, number>();
  for (const name of series) vector.set(name, await catalog.registeredUpTo(table.database, table.name, name));
  return vector;
}
