import type { TableObject } from '../catalog/catalog.ts';
import { type Addressed, addressed } from './address.ts';
import type { Engine } from './bind.ts';
import type { PipelineDefinition } from './definition.ts';

/** `database.table`, as queries name it. */
export function tableName({ definition }: Addressed<'table'>): string {
  return `${definition.database}.${definition.name}`;
}

/** Every table that goes by a name: its address, the name in it, as queries name it, or without the database. */
export function tablesNamed(pipelines: readonly PipelineDefinition[], name: string): readonly Addressed<'table'>[] {
  return addressed(pipelines, 'table').filter(
    (entry) =>
      entry.address === name || entry.name === name || tableName(entry) === name || entry.definition.name === name,
  );
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
