import { PlayheadError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { versionFile } from '../table/retained.ts';
import { snapshot } from '../table/snapshot.ts';

/** A reference table, and the address of the source that makes it, where one does. */
export interface ReferenceTable {
  readonly table: TableDefinition;
  readonly madeBy?: string;
}

/**
 * SQL that stands for a reference table in a FROM: exactly the objects that the catalog has of it. PH_REFERENCE_MISSING,
 * with the command that makes it, where it has none.
 */
export async function referenceRelation(
  reference: ReferenceTable,
  catalog: Catalog,
  store: ObjectStore,
): Promise<string> {
  const { database, name } = reference.table;
  const known = await catalog.table(database, name);
  const objects = known === undefined ? [] : (await snapshot(catalog, database, name)).objects;
  if (objects.length === 0) throw referenceMissing(reference);
  const files: string[] = [];
  for (const object of objects) files.push(await versionFile(store, object));
  return parquetRows(files);
}

export function referenceMissing({ table, madeBy }: ReferenceTable): PlayheadError {
  return new PlayheadError('PH_REFERENCE_MISSING', `the reference table ${table.database}.${table.name} is not there`, {
    hint:
      madeBy === undefined
        ? 'Ids are never invented: fill the table first.'
        : `Ids are never invented: make it with \`playhead run ${madeBy}\`.`,
    details: { database: table.database, table: table.name },
  });
}
