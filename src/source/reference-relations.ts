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
 * SQL that stands for each of these reference tables in a FROM: exactly the objects that the catalog has of it.
 * PH_REFERENCE_MISSING, with the commands that make them, for all that have none.
 */
export async function referenceRelations<Name extends string>(
  references: Readonly<Record<Name, ReferenceTable>>,
  catalog: Catalog,
  store: ObjectStore,
): Promise<Readonly<Record<Name, string>>> {
  const relations: Partial<Record<Name, string>> = {};
  const missing: ReferenceTable[] = [];
  for (const name of Object.keys(references) as Name[]) {
    const { database, name: table } = references[name].table;
    const known = await catalog.table(database, table);
    const objects = known === undefined ? [] : (await snapshot(catalog, database, table)).objects;
    if (objects.length === 0) missing.push(references[name]);
    const files: string[] = [];
    for (const object of objects) files.push(await versionFile(store, object));
    relations[name] = parquetRows(files);
  }
  if (missing.length > 0) throw referenceMissing(missing);
  // Every name of `references` was set.
  return relations as Record<Name, string>;
}

export function referenceMissing(missing: readonly ReferenceTable[]): PlayheadError {
  const names = missing.map(({ table }) => `${table.database}.${table.name}`);
  const made = missing.flatMap(({ madeBy }) => (madeBy === undefined ? [] : `\`playhead run ${madeBy}\``));
  const many = missing.length > 1;
  const message = many
    ? `the reference tables ${names.join(' and ')} are not there`
    : `the reference table ${names.join()} is not there`;
  const what = many ? 'them' : 'it';
  const how = made.length < missing.length ? 'fill the tables first' : `make ${what} with ${made.join(' and ')}`;
  return new PlayheadError('PH_REFERENCE_MISSING', message, {
    hint: `Ids are never invented: ${how}.`,
    details: { tables: names },
  });
}
