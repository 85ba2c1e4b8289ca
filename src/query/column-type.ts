import { PlayheadError } from '../base/errors.ts';
import { type HiveType, HiveTypeError, parseHiveType } from '../catalog/hive-type.ts';
import { sqlIdentifier } from '../duck/duck.ts';

const primitives: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  bigint: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
};

/** A catalog column's type in DuckDB. PH_CATALOG_INVALID for a text that is no type. */
export function duckTypeOf(hiveType: string): string {
  try {
    return duckType(parseHiveType(hiveType));
  } catch (cause) {
    if (!(cause instanceof HiveTypeError)) throw cause;
    throw new PlayheadError('PH_CATALOG_INVALID', `the catalog has a column of type ${hiveType}: ${cause.message}`, {
      cause,
    });
  }
}

function duckType(type: HiveType): string {
  switch (type.kind) {
    case 'primitive':
      return primitives[type.name] ?? 'VARCHAR';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'array':
      return `${duckType(type.of)}[]`;
    case 'map':
      return `MAP(${duckType(type.key)}, ${duckType(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${sqlIdentifier(field.name)} ${duckType(field.type)}`).join(', ')})`;
    default:
      return 'VARCHAR';
  }
}
