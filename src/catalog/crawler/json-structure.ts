import { sqlString } from '../../duck/duck.ts';
import { type HiveType, primitive } from '../hive-type.ts';
import type { InferredColumn } from './merge-types.ts';

/** What DuckDB's `json_group_structure` says of many values together: a type's name, `[element]`, or `{field: …}`. */
export type JsonStructure = string | readonly JsonStructure[] | { readonly [name: string]: JsonStructure };

const scalars: Readonly<Record<string, HiveType>> = {
  NULL: { kind: 'void' },
  BOOLEAN: primitive('boolean'),
  DOUBLE: primitive('double'),
  HUGEINT: { kind: 'decimal', precision: 38, scale: 0 },
};

export function isRecord(structure: JsonStructure): structure is { readonly [name: string]: JsonStructure } {
  return typeof structure === 'object' && !Array.isArray(structure);
}

/** One whole-number leaf: its place among the fields, and SQL for the widest value that it holds. */
export interface IntegerLeaf {
  readonly path: string;
  readonly widest: string;
}

/** The leaves that hold whole numbers, whose width only their values tell. */
export function integerLeaves(structure: JsonStructure, path = '$'): readonly IntegerLeaf[] {
  if (typeof structure === 'string') return structure.endsWith('BIGINT') ? [{ path, widest: widestValue(path) }] : [];
  if (!isRecord(structure)) return integerLeaves(structure[0] ?? 'NULL', `${path}[*]`);
  return Object.entries(structure).flatMap(([name, inner]) =>
    // A path can't spell these names; such a leaf counts as wide.
    /["\\*]/.test(name) ? [] : integerLeaves(inner, `${path}."${name}"`),
  );
}

function widestValue(path: string): string {
  const found = `json_extract(json, ${sqlString(path)})`;
  if (!path.includes('[*]')) return `max(abs(TRY_CAST(${found} AS HUGEINT)))`;
  return `max(list_max(list_transform(TRY_CAST(${found} AS HUGEINT[]), lambda n: abs(n))))`;
}

/** The columns of a record's structure. A whole number is an int where all values at its path fit 32 bits, as Glue has it. */
export function jsonColumns(
  structure: { readonly [name: string]: JsonStructure },
  fitsInt: (path: string) => boolean,
): readonly InferredColumn[] {
  return Object.entries(structure).map(([name, inner]) => ({ name, type: hiveType(inner, `$."${name}"`, fitsInt) }));
}

function hiveType(structure: JsonStructure, path: string, fitsInt: (path: string) => boolean): HiveType {
  if (typeof structure === 'string') {
    if (structure.endsWith('BIGINT')) return primitive(fitsInt(path) ? 'int' : 'bigint');
    return scalars[structure] ?? primitive('string');
  }
  if (!isRecord(structure)) return { kind: 'array', of: hiveType(structure[0] ?? 'NULL', `${path}[*]`, fitsInt) };
  return {
    kind: 'struct',
    fields: Object.entries(structure).map(([name, inner]) => ({
      name,
      type: hiveType(inner, `${path}."${name}"`, fitsInt),
    })),
  };
}
