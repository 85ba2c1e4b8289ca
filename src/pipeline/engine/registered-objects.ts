import type { TableObject } from '../../catalog/catalog.ts';
import { snapshot, type TableSnapshot } from '../../table/snapshot.ts';
import type { Addressed } from '../graph/address.ts';
import { tableName } from '../graph/table-names.ts';
import { contributorsOf } from '../graph/writers.ts';
import type { Engine } from './bind.ts';
import { registerShared } from './register-shared.ts';

/**
 * The objects that commits registered for a table, of other homes too where they share the lake; none where the catalog does
 * not have it.
 */
export async function registeredObjects(engine: Engine, table: Addressed<'table'>): Promise<readonly TableObject[]> {
  const catalog = await engine.catalog();
  const { database, name } = table.definition;
  if ((await catalog.table(database, name)) === undefined) return [];
  await registeringOthers(engine, table);
  return catalog.objects(database, name);
}

async function registeringOthers(engine: Engine, table: Addressed<'table'>): Promise<void> {
  const behind = await registerShared(engine, [tableName(table)]);
  if (behind !== undefined)
    engine.effects.log.log(
      'warn',
      `${tableName(table)} is as this home knew it, without what others committed since: ${behind}`,
    );
}

/** What the catalog has of a table, as above, and up to which commit of each series that feeds it; undefined without an entry. */
export async function registeredSnapshot(
  engine: Engine,
  table: Addressed<'table'>,
): Promise<TableSnapshot | undefined> {
  const catalog = await engine.catalog();
  const { database, name } = table.definition;
  if ((await catalog.table(database, name)) === undefined) return undefined;
  await registeringOthers(engine, table);
  const feeding = await contributorsOf(engine.pipelines, table.address, table.definition, await engine.lake());
  return snapshot(catalog, database, name, { series: feeding.map(({ series }) => series) });
}

/** Rows of the registered objects. */
export async function registeredRows(engine: Engine, table: Addressed<'table'>): Promise<number> {
  return (await registeredObjects(engine, table)).reduce((sum, { rows }) => sum + rows, 0);
}
