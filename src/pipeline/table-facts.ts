import type { TableObject } from '../catalog/catalog.ts';
import type { Addressed } from './address.ts';
import type { Engine } from './bind.ts';

/** `database.table`, as queries name it. */
export function tableName({ definition }: Addressed<'table'>): string {
  return `${definition.database}.${definition.name}`;
}

/** The objects that commits registered for a table; none where the catalog does not have it. */
export async function registeredObjects(
  engine: Engine,
  { definition }: Addressed<'table'>,
): Promise<readonly TableObject[]> {
  const catalog = await engine.catalog();
  const { database, name } = definition;
  return (await catalog.table(database, name)) === undefined ? [] : catalog.objects(database, name);
}

/** Rows of the registered objects. */
export async function registeredRows(engine: Engine, table: Addressed<'table'>): Promise<number> {
  return (await registeredObjects(engine, table)).reduce((sum, { rows }) => sum + rows, 0);
}
