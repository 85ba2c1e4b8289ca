import { type DuckType, parseDuckType } from '../../duck/duck-type.ts';
import { type HiveType, type PrimitiveName, primitive } from '../hive-type.ts';

/** DuckDB's scalar types as Glue names what it finds in Parquet. What Hive has no type for reads as text. */
export const hiveScalars: Readonly<Record<string, PrimitiveName>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  INTEGER: 'int',
  BIGINT: 'bigint',
  UTINYINT: 'smallint',
  USMALLINT: 'int',
  UINTEGER: 'bigint',
  FLOAT: 'float',
  DOUBLE: 'double',
  BLOB: 'binary',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
};

/** DuckDB's type text (`STRUCT(a INTEGER, "b c" VARCHAR)[]`) as a Hive type. */
export function hiveTypeOfDuck(text: string): HiveType {
  return hiveTypeOf(parseDuckType(text));
}

function hiveTypeOf(type: DuckType): HiveType {
  switch (type.kind) {
    case 'list':
      return { kind: 'array', of: hiveTypeOf(type.of) };
    case 'map':
      return { kind: 'map', key: hiveTypeOf(type.key), value: hiveTypeOf(type.value) };
    case 'struct':
      return {
        kind: 'struct',
        fields: type.fields.map((field) => ({ name: field.name, type: hiveTypeOf(field.type) })),
      };
    case 'scalar':
      return scalarOf(type.name, type.arguments);
  }
}

function scalarOf(name: string, args: readonly string[]): HiveType {
  if (name === 'UBIGINT') return { kind: 'decimal', precision: 20, scale: 0 };
  const [precision = 38, scale = 0] = args.map(Number);
  return name === 'DECIMAL' ? { kind: 'decimal', precision, scale } : primitive(hiveScalars[name] ?? 'string');
}
