import { isPlayheadError } from '../../base/errors.ts';
import type { Catalog, Column } from '../../catalog/catalog.ts';
import { mergeTypes, settledType } from '../../catalog/crawler/merge-types.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { type HiveType, hiveTypeText, parseHiveType, primitive } from '../../catalog/hive-type.ts';

/** Someone else may change the table's entry meanwhile. */
const mostAttempts = 5;

/**
 * Takes the fields of a document that the catalog's table doesn't have into its columns, also those inside of structs. What
 * is there keeps its type: values of another one read as NULL.
 */
export async function learnFields(
  catalog: Catalog,
  { database, name }: TableDefinition,
  document: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await catalog.table(database, name);
    if (found === undefined) return;
    const { version, ...entry } = found;
    try {
      await catalog.putTable({ ...entry, columns: grownColumns(entry.columns, document) }, version);
      return;
    } catch (error) {
      if (!isPlayheadError(error, 'PH_CATALOG_CONFLICT') || attempt === mostAttempts) throw error;
    }
  }
}

function grownColumns(columns: readonly Column[], document: Readonly<Record<string, unknown>>): readonly Column[] {
  const known = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  for (const [name, value] of Object.entries(document)) {
    const column = known.get(name.toLowerCase());
    const type = column === undefined ? settledType(typeOf(value)) : grown(parseHiveType(column.type), typeOf(value));
    known.set(name.toLowerCase(), { ...(column ?? { name: name.toLowerCase() }), type: hiveTypeText(type) });
  }
  return [...known.values()];
}

/** The declared type with the fields that were found beside its own. */
function grown(declared: HiveType, found: HiveType): HiveType {
  if (declared.kind === 'array' && found.kind === 'array') return { kind: 'array', of: grown(declared.of, found.of) };
  if (declared.kind !== 'struct' || found.kind !== 'struct') return declared;
  const types = new Map(found.fields.map(({ name, type }) => [name, type]));
  const own = declared.fields.map(({ name, type }) => {
    const other = types.get(name);
    types.delete(name);
    return { name, type: other === undefined ? type : grown(type, other) };
  });
  return { kind: 'struct', fields: [...own, ...[...types].map(([name, type]) => ({ name, type: settledType(type) }))] };
}

/** The type that a JSON value is read as. */
function typeOf(value: unknown): HiveType {
  if (value === null || value === undefined) return { kind: 'void' };
  if (typeof value === 'boolean') return primitive('boolean');
  if (typeof value === 'bigint') return primitive('bigint');
  if (typeof value === 'number') return primitive(Number.isSafeInteger(value) ? 'bigint' : 'double');
  if (Array.isArray(value)) {
    const of = value.map(typeOf).reduce(mergeTypes, { kind: 'void' });
    return { kind: 'array', of };
  }
  if (typeof value !== 'object') return primitive('string');
  const fields = Object.entries(value).map(([name, inner]) => ({ name, type: typeOf(inner) }));
  // An object without fields says nothing of its own, and no column can be one.
  return fields.length === 0 ? { kind: 'void' } : { kind: 'struct', fields };
}
