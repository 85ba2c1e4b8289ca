import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type Contributor, registerCommits } from './contribution.ts';

/**
 * Makes what the catalog knows of delivered and published data anew from the commits in the lake: for each table that
 * the contributors feed, its objects and partitions; columns and properties stay. Returns commits taken in, by table.
 */
export async function rebuild(
  catalog: Catalog,
  store: ObjectStore,
  contributors: readonly Contributor[],
  effects: Effects,
): Promise<ReadonlyMap<string, number>> {
  const rebuilt = new Map<string, number>();
  for (const contributor of contributors) {
    const address = `${contributor.database}.${contributor.table}`;
    if (!rebuilt.has(address)) await empty(catalog, contributor);
    const taken = await registerCommits(catalog, store, contributor, effects);
    rebuilt.set(address, (rebuilt.get(address) ?? 0) + taken);
  }
  return rebuilt;
}

/** A table without objects, with the columns and properties that it had. */
async function empty(catalog: Catalog, { database, table: name }: Contributor): Promise<void> {
  const table = await catalog.table(database, name);
  if (table === undefined)
    throw new PlayheadError('PH_TABLE_UNKNOWN', `there is no table ${database}.${name} to rebuild`, {
      hint: 'Apply the pipeline first: each command that writes does.',
    });
  const { version: _, ...kept } = table;
  await catalog.dropTable(database, name);
  await catalog.putTable(kept, 0);
}
