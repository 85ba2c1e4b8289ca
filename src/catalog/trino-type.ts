import { type HiveType, HiveTypeError, parseHiveType } from './hive-type.ts';

/** Hive's primitives that Trino calls otherwise. */
const names: Readonly<Record<string, string>> = {
  int: 'integer',
  float: 'real',
  string: 'varchar',
  binary: 'varbinary',
  timestamp: 'timestamp(3)',
};

/** A catalog's type as Athena's SQL names it: `struct<a:int>` is `row(a integer)`. A text that is no type is given back. */
export function trinoType(hiveType: string): string {
  try {
    return textOf(parseHiveType(hiveType));
  } catch (error) {
    if (error instanceof HiveTypeError) return hiveType;
    throw error;
  }
}

function textOf(type: HiveType): string {
  switch (type.kind) {
    case 'primitive':
      return names[type.name] ?? type.name;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'char':
    case 'varchar':
      return `${type.kind}(${type.length})`;
    case 'array':
      return `array(${textOf(type.of)})`;
    case 'map':
      return `map(${textOf(type.key)}, ${textOf(type.value)})`;
    case 'struct':
      return `row(${type.fields.map((field) => `${/^[a-z_]\w*$/i.test(field.name) ? field.name : `"${field.name}"`} ${textOf(field.type)}`).join(', ')})`;
    case 'void':
      return 'unknown';
  }
}
