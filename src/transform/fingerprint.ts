import { createHash } from 'node:crypto';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import type { Field, RecordType } from '../record/type.ts';

/**
 * What identifies a record, as text and as 64 bits, the same in every version of every engine: DuckDB's own `hash()`
 * promises nothing from one release to the next, and these stand in files.
 *
 * A hash is the first eight bytes of the text's MD5 (RFC 1321, over UTF-8), read as a little-endian unsigned number.
 */
export function hashOf(text: string): bigint {
  return createHash('md5').update(text).digest().readBigUInt64LE(0);
}

/** SQL of `hashOf`, UBIGINT. */
export function hashSql(text: string): string {
  return `md5_number_upper(${text})`;
}

/** A key as text: the value of its one field as it prints, or the values of several as a JSON array of their texts. */
export function keyText(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : JSON.stringify(values);
}

/** The texts that a `keyText` of so many fields was made of. */
export function keyValues(text: string, fields: number): readonly string[] {
  if (fields === 1) return [text];
  // Made by `keyText`, or the same in SQL.
  return JSON.parse(text) as string[];
}

/** SQL of `keyText` over the columns of these fields, NULL where one has no value; of no fields, NULL. */
export function keySql(fields: readonly string[]): string {
  const texts = fields.map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`);
  if (texts.length <= 1) return texts[0] ?? 'CAST(NULL AS VARCHAR)';
  const absent = texts.map((text) => `${text} IS NULL`).join(' OR ');
  return `CASE WHEN ${absent} THEN NULL ELSE CAST(to_json([${texts.join(', ')}]) AS VARCHAR) END`;
}

/** Unit separator: stands between the values of a record. */
const separator = 'chr(31)';

/**
 * SQL of the text by which two records of a type are the same record: the typed values of its required fields, then
 * `name=value` of each optional one that has a value, in the order of their names, with U+001F between them; JSON of all
 * of them where a value holds U+001F itself. Neither the order of declaration nor a new optional field changes it.
 */
export function payloadSql(record: RecordType): string {
  const fields = Object.entries(record.fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const required = fields.filter(([, of]) => of.optional !== true).map(([name, of]) => textOf(name, of));
  const optional = fields
    .filter(([, of]) => of.optional === true)
    .map(([name, of]) => `${sqlString(`${name}=`)} || ${textOf(name, of)}`);
  const joined = `concat_ws(${separator}, ${[...required, ...optional].join(', ')})`;
  const free = fields.filter(([, of]) => mayHoldSeparator(of)).map(([name, of]) => textOf(name, of));
  if (free.length === 0 || fields.length === 1) return joined;
  const all = fields.map(([name]) => `${sqlString(name)}: ${sqlIdentifier(name)}`).join(', ');
  return `CASE WHEN contains(concat(${free.join(', ')}), ${separator}) THEN CAST(to_json({${all}}) AS VARCHAR) ELSE ${joined} END`;
}

/** Text that no format and no list of values keeps from being anything; JSON escapes what is a control character. */
function mayHoldSeparator(of: Field): boolean {
  return of.type === 'string' && of.oneOf === undefined && of.format === undefined;
}

function textOf(name: string, of: Field): string {
  const column = sqlIdentifier(name);
  if (of.type === 'string') return column;
  const nested = of.type === 'list' || of.type === 'struct' || of.type === 'map';
  return `CAST(${nested ? `to_json(${column})` : column} AS VARCHAR)`;
}
