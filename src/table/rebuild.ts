import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Catalog, Registration } from '../catalog/catalog.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type Contributor, registrations } from './contribution.ts';

/**
 * Makes what the catalog knows of delivered and published data anew from the commits in the lake: for each table that
 * the contributors feed, its objects and partitions, in one step that readers see whole; columns and properties stay. What
 * is committed meanwhile is taken in with it. Returns commits taken in, by table. PH_TABLE_UNKNOWN.
 */
export async function rebuild(
  catalog: Catalog,
  store: ObjectStore,
  contributors: readonly Contributor[],
  effects: Effects,
): Promise<ReadonlyMap<string, number>> {
  const rebuilt = new Map<string, number>();
  const byTable = Map.groupBy(contributors, ({ database, table }) => `${database}.${table}`);
  for (const [address, own] of byTable) rebuilt.set(address, await rebuildTable(catalog, store, own, effects));
  return rebuilt;
}

async function rebuildTable(
  catalog: Catalog,
  store: ObjectStore,
  contributors: readonly Contributor[],
  effects: Effects,
): Promise<number> {
  const [first] = contributors;
  if (first === undefined) return 0;
  const { database, table } = first;
  if ((await catalog.table(database, table)) === undefined)
    throw new PlayheadError('PH_TABLE_UNKNOWN', `there is no table ${database}.${table} to rebuild`, {
      hint: 'Apply the pipeline first: each command that writes does.',
    });
  for (;;) {
    const commits = new Map<string, readonly Registration[]>();
    for (const contributor of contributors) {
      const own: Registration[] = [];
      for await (const commit of registrations(store, contributor, 0, effects)) own.push(commit);
      commits.set(contributor.series, own);
    }
    if (await catalog.registerAnew(database, table, commits))
      return [...commits.values()].reduce((sum, own) => sum + own.length, 0);
  }
}
