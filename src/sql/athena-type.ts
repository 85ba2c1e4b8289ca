import { type DuckType, parseDuckType } from '../duck/duck-type.ts';

/** DuckDB's type text → Hive's, as the catalog writes column types. */
const names: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  INTEGER: 'int',
  BIGINT: 'bigint',
  UTINYINT: 'smallint',
  USMALLINT: 'int',
  UINTEGER: 'bigint',
  // Counts in DuckDB's maps; Athena's are bigint.
  UBIGINT: 'bigint',
  HUGEINT: 'decimal(38,0)',
  FLOAT: 'float',
  DOUBLE: 'double',
  VARCHAR: 'string',
  JSON: 'string',
  UUID: 'string',
  BLOB: 'binary',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamp with time zone',
  INTERVAL: 'interval',
  '"NULL"': 'string',
};

/** `STRUCT(a INTEGER, b VARCHAR[])` → `struct<a:int,b:array<string>>`; a field without a name is called by its place. */
export function athenaType(duckType: string): string {
  return textOf(parseDuckType(duckType));
}

function textOf(type: DuckType): string {
  switch (type.kind) {
    case 'list':
      return `array<${textOf(type.of)}>`;
    case 'map':
      return `map<${textOf(type.key)},${textOf(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field, i) => `${field.name === '' ? `field${i}` : field.name}:${textOf(field.type)}`).join(',')}>`;
    case 'scalar': {
      const own = type.arguments.length === 0 ? '' : `(${type.arguments.join(',')})`;
      return names[type.name] ?? `${type.name.toLowerCase()}${own}`;
    }
  }
}
