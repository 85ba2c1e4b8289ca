import { hiveScalars } from '../catalog/crawler/duck-type.ts';
import { type DuckType, parseDuckType } from '../duck/duck-type.ts';

/** DuckDB's type text → Athena's: what Glue calls it, and what results have besides. */
const names: Readonly<Record<string, string>> = {
  ...hiveScalars,
  // Counts in DuckDB's maps; Athena's are bigint.
  UBIGINT: 'bigint',
  HUGEINT: 'decimal(38,0)',
  VARCHAR: 'string',
  JSON: 'string',
  UUID: 'string',
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
