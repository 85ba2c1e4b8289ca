import type { TableObject } from '../catalog/catalog.ts';
import { type Addressed, addressed } from './address.ts';
import type { Engine } from './bind.ts';
import type { PipelineDefinition } from './definition.ts';
import { registerShared } from './register-shared.ts';

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

/**
 * The objects that commits registered for a table, of other homes too where they share the lake; none where the catalog does
 * not have it.
 */
export async function registeredObjects(engine: Engine, table: Addressed<'table'>): Promise<readonly TableObject[]> {
  const catalog = await engine.catalog();
  const { database, name } = table.definition;
  if ((await catalog.table(database, name)) === undefined) return [];
  const behind = await registerShared(engine, [tableName(table)]);
  if (behind !== undefined)
    engine.effects.log.log(
      'warn',
      `${tableName(table)} is as this home knew it, without what others committed since: ${behind}`,
    );
  return catalog.objects(database, name);
}

/** Rows of the registered objects. */
export async function registeredRows(engine: Engine, table: Addressed<'table'>): Promise<number> {
  return (await registeredObjects(engine, table)).reduce((sum, { rows }) => sum + rows, 0);
}
