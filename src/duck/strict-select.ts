import type { RecordType } from '../record/type.ts';
import { sqlIdentifier, sqlString, sqlStringList } from './duck.ts';
import { isScalar, type ScalarField, scalarSql, stringRules } from './scalar-sql.ts';

/** Lines that DuckDB reads before the data: see `templateLines`. */
const templateCount = 2;

/** Whether `strictSelect` can read the record type: flat ones only. */
export function isFlat(record: RecordType): boolean {
  return Object.values(record.fields).every(isScalar);
}

/**
 * A file that is read first, for DuckDB to take its columns from: strings are VARCHAR, and any other field, once an object
 * and once a list, is plain JSON. Because the columns were found, not given, a key that is not among them is an error,
 * which `columns = {…}` would pass over: `{"A":7}` would be a NULL in column a.
 */
export function templateLines(record: RecordType): string {
  const line = (value: unknown): string => {
    const fields = Object.entries(record.fields).map(([name, of]) => [name, of.type === 'string' ? 'text' : value]);
    return `${JSON.stringify(Object.fromEntries(fields))}\n`;
  };
  return line({ x: [1] }) + line([1]);
}

/**
 * SQL that reads files of clean lines in one pass, three times as fast as `typedSelect`: typed columns in the order of the
 * lines. Anything that is not plainly good makes the statement fail; good but unusual spellings may.
 * `template` is the path of a file with `templateLines`.
 */
export function strictSelect(record: RecordType, template: string, files: readonly string[]): string {
  const fields = Object.entries(record.fields).flatMap(([name, of]) => (isScalar(of) ? [strictColumn(name, of)] : []));
  const source = `read_json(${sqlStringList([template, ...files])}, format = 'newline_delimited', records = true, maximum_sample_files = 1)`;
  return `SELECT ${fields.map(({ value }) => value).join(', ')} FROM (SELECT * FROM ${source} OFFSET ${templateCount})
WHERE CASE WHEN ${fields.map(({ good }) => good).join(' AND ')} THEN true ELSE error('a line that is not plainly good') END`;
}

function strictColumn(name: string, of: ScalarField): { good: string; value: string } {
  const column = sqlIdentifier(name);
  const scalar = scalarSql(of, column, of.type === 'string' ? column : undefined);
  const good = of.type === 'string' ? [wasQuoted(column), ...stringRules(of, column)].join(' AND ') : scalar.good;
  return {
    good: of.optional === true ? `(${column} IS NULL OR (${good}))` : `(${good})`,
    value: `${scalar.value} AS ${column}`,
  };
}

/** How a text begins that no JSON value without quotes begins like: only these few characters are looked at. */
const surelyQuoted = '^(?:[^-0-9tfn\\[{]|t[^r]|f[^a]|n[^u]|[0-9]+\\.[0-9]+\\.|[0-9]+[^-0-9.eE+]|[0-9]+-)';

/**
 * A column of texts has lost its quotes, and `7`, `true` and `{"a":1}` look like the strings of that spelling: texts that
 * could have been written without quotes are not plainly good.
 */
function wasQuoted(column: string): string {
  const bare = `ascii(${column}) IN (91, 123) OR ${column} IN ('true', 'false') OR TRY_CAST(${column} AS DOUBLE) IS NOT NULL`;
  return `CASE WHEN regexp_matches(${column}, ${sqlString(surelyQuoted)}) THEN true ELSE NOT (${bare}) END AND NOT contains(${column}, chr(0))`;
}
