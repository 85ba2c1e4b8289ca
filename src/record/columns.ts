import type { Field, Fields, RecordType } from './type.ts';

/** A column as an engine declares it. */
export interface ColumnText {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
}

/** Type texts of one engine, one builder a kind: a new kind of field does not compile until every engine has it. */
interface Dialect {
  readonly scalar: { readonly [K in Exclude<Field['type'], 'list' | 'struct' | 'map' | 'decimal'>]: string };
  decimal(precision: number, scale: number): string;
  list(of: string): string;
  map(values: string): string;
  struct(fields: readonly { name: string; type: string }[]): string;
  name(name: string): string;
}

const duckdb: Dialect = {
  scalar: {
    string: 'VARCHAR',
    int: 'INTEGER',
    bigint: 'BIGINT',
    double: 'DOUBLE',
    boolean: 'BOOLEAN',
    timestamp: 'TIMESTAMP',
    date: 'DATE',
    json: 'JSON',
  },
  decimal: (precision, scale) => `DECIMAL(${precision},${scale})`,
  list: (of) => `${of}[]`,
  map: (values) => `MAP(VARCHAR, ${values})`,
  struct: (fields) => `STRUCT(${fields.map((f) => `"${f.name.replaceAll('"', '""')}" ${f.type}`).join(', ')})`,
  name: (name) => name,
};

/**
 * Hive's names are case-insensitive, those of columns stored in lower case. Fields of a struct keep theirs, as in Glue's
 * types: JSON is read by them, and `deviceType` is not found by another spelling.
 */
const hive: Dialect = {
  scalar: {
    string: 'string',
    int: 'int',
    bigint: 'bigint',
    double: 'double',
    boolean: 'boolean',
    timestamp: 'timestamp',
    date: 'date',
    json: 'string',
  },
  decimal: (precision, scale) => `decimal(${precision},${scale})`,
  list: (of) => `array<${of}>`,
  map: (values) => `map<string,${values}>`,
  struct: (fields) => `struct<${fields.map((f) => `${f.name}:${f.type}`).join(',')}>`,
  name: (name) => name.toLowerCase(),
};

/** Columns in DuckDB's type texts, names as declared. */
export function duckColumns(record: RecordType): readonly ColumnText[] {
  return columnsIn(duckdb, record.fields);
}

/** DuckDB's type text of one field. */
export function duckType(of: Field): string {
  return typeIn(duckdb, of);
}

/** Columns as Glue, Hive and Athena write them: their names in lower case, `array<struct<a:int>>`. */
export function glueColumns(record: RecordType): readonly ColumnText[] {
  return columnsIn(hive, record.fields);
}

function columnsIn(dialect: Dialect, fields: Fields): ColumnText[] {
  return Object.entries(fields).map(([name, of]) => ({
    name: dialect.name(name),
    type: typeIn(dialect, of),
    ...(of.description === undefined ? {} : { comment: of.description }),
  }));
}

function typeIn(dialect: Dialect, of: Field): string {
  switch (of.type) {
    case 'decimal':
      return dialect.decimal(of.precision, of.scale);
    case 'list':
      return dialect.list(typeIn(dialect, of.of));
    case 'map':
      return dialect.map(typeIn(dialect, of.values));
    case 'struct':
      return dialect.struct(Object.entries(of.fields).map(([name, inner]) => ({ name, type: typeIn(dialect, inner) })));
    default:
      return dialect.scalar[of.type];
  }
}
