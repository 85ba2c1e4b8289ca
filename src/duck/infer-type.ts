import { field } from '../record/field.ts';
import type { Field } from '../record/type.ts';
import { type DuckType, parseDuckType } from './duck-type.ts';

/** DuckDB's scalars as the fields that hold each of their values, as they stand in JSON. */
const scalars: Readonly<Record<string, Field>> = {
  BOOLEAN: field.boolean(),
  TINYINT: field.int(),
  SMALLINT: field.int(),
  INTEGER: field.int(),
  BIGINT: field.bigint(),
  UTINYINT: field.int(),
  USMALLINT: field.int(),
  UINTEGER: field.bigint(),
  UBIGINT: field.decimal(20, 0),
  // What JSON's whole numbers of both signs are to DuckDB, however small.
  HUGEINT: field.bigint(),
  FLOAT: field.double(),
  DOUBLE: field.double(),
  DATE: field.date(),
  TIMESTAMP: field.string({ format: 'iso-timestamp' }),
  'TIMESTAMP WITH TIME ZONE': field.string({ format: 'iso-timestamp' }),
  TIMESTAMP_S: field.string({ format: 'iso-timestamp' }),
  TIMESTAMP_MS: field.string({ format: 'iso-timestamp' }),
  TIMESTAMP_NS: field.string({ format: 'iso-timestamp' }),
  UUID: field.string({ format: 'uuid' }),
  JSON: field.json(),
  VARCHAR: field.string(),
};

/**
 * The field that holds what a DuckDB column of this type holds. Instants stay ISO text; what JSON has no value for (a
 * time of day, an interval) is its text. Inside nested values everything is optional: a sample cannot show otherwise.
 */
export function fieldOfDuckType(text: string): Field {
  return fieldOf(parseDuckType(text));
}

function fieldOf(type: DuckType): Field {
  switch (type.kind) {
    case 'list':
      return field.list(field.optional(fieldOf(type.of)));
    case 'map':
      return field.map(field.optional(fieldOf(type.value)));
    case 'struct': {
      const names = type.fields.map(({ name }) => name);
      // Hive's struct<…> holds plain names only, all of one case; others stay JSON.
      const plain = names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
      const distinct = new Set(names.map((name) => name.toLowerCase())).size === names.length;
      if (!plain || !distinct || names.length === 0) return field.json();
      return field.struct(
        Object.fromEntries(type.fields.map((inner) => [inner.name, field.optional(fieldOf(inner.type))])),
      );
    }
    case 'scalar': {
      const [precision, scale] = type.arguments.map(Number);
      if (type.name === 'DECIMAL' && precision !== undefined && scale !== undefined)
        return field.decimal(precision, scale);
      return scalars[type.name] ?? field.string();
    }
  }
}
