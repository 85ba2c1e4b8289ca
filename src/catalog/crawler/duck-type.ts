import { type HiveType, type PrimitiveName, primitive, type StructField } from '../hive-type.ts';

/** DuckDB's scalar types as Glue names what it finds in Parquet. What Hive has no type for reads as text. */
const scalars: Readonly<Record<string, PrimitiveName>> = {
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
  const reader = { text, at: 0 };
  return readType(reader);
}

interface Reader {
  readonly text: string;
  at: number;
}

function readType(reader: Reader): HiveType {
  let type = readSimple(reader);
  for (;;) {
    const suffix = /^\[\d*\]/.exec(reader.text.slice(reader.at))?.[0];
    if (suffix === undefined) return type;
    reader.at += suffix.length;
    type = { kind: 'array', of: type };
  }
}

function readSimple(reader: Reader): HiveType {
  const word = /^[A-Z_][A-Z0-9_ ]*/.exec(reader.text.slice(reader.at))?.[0] ?? '';
  reader.at += word.length;
  if (reader.text[reader.at] !== '(')
    return word === 'UBIGINT' ? { kind: 'decimal', precision: 20, scale: 0 } : primitive(scalars[word] ?? 'string');
  reader.at += 1;
  if (word === 'STRUCT') return { kind: 'struct', fields: readFields(reader) };
  if (word === 'MAP') {
    const key = readType(reader);
    reader.at += 2;
    const value = readType(reader);
    reader.at += 1;
    return { kind: 'map', key, value };
  }
  const end = reader.text.indexOf(')', reader.at);
  const [precision = 38, scale = 0] = reader.text.slice(reader.at, end).split(',').map(Number);
  reader.at = end + 1;
  return word === 'DECIMAL' ? { kind: 'decimal', precision, scale } : primitive('string');
}

function readFields(reader: Reader): StructField[] {
  const fields: StructField[] = [];
  for (;;) {
    const written = /^(?:"((?:[^"]|"")*)"|([^\s"]+)) /.exec(reader.text.slice(reader.at));
    reader.at += written?.[0].length ?? 1;
    const name = written?.[1]?.replaceAll('""', '"') ?? written?.[2] ?? '';
    fields.push({ name, type: readType(reader) });
    const end = reader.text[reader.at];
    reader.at += end === ',' ? 2 : 1;
    if (end !== ',') return fields;
  }
}
