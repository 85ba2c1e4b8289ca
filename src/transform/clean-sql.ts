import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { isScalar, type ScalarField, scalarSql } from '../duck/scalar-sql.ts';
import type { Field, RecordType } from '../record/type.ts';

/** How a field is read when nearly all of its values are good. */
export interface CleanField {
  readonly name: string;
  /** Type for `read_json`: the text of a string, or the value as JSON. */
  readonly readAs: 'VARCHAR' | 'JSON';
  /**
   * SQL, true only where the value surely breaks no rule. Elsewhere (NULL or false) nothing is known: `typedSelect`
   * decides. Sufficient, not necessary: a string that could have been written without quotes is not taken for a string.
   */
  readonly clean: string;
  /** The typed value of a clean field. */
  readonly value: string;
}

/**
 * The fast way to read a record type, undefined where it has nested fields. It looks at each value once, with the
 * cheapest test that is certain; DuckDB's full strictness (`typedSelect`) costs five times as much.
 */
export function cleanFields(record: RecordType): readonly CleanField[] | undefined {
  const fields = Object.entries(record.fields);
  if (!fields.every(([, of]) => isScalar(of))) return undefined;
  return fields.flatMap(([name, of]) => (isScalar(of) ? [cleanField(name, of)] : []));
}

function cleanField(name: string, of: ScalarField): CleanField {
  const column = sqlIdentifier(name);
  if (of.type === 'string') return { name, readAs: 'VARCHAR', clean: cleanString(of, column), value: column };
  if (of.type === 'int' || of.type === 'double') {
    const value = `TRY_CAST(CAST(${column} AS VARCHAR) AS ${of.type === 'int' ? 'INTEGER' : 'DOUBLE'})`;
    return { name, readAs: 'JSON', clean: cleanNumber(of, column, value), value };
  }
  const { fault, value } = scalarSql(of, column);
  // No rule is broken and there is a value: an optional field without one may be there under a wrong case.
  return { name, readAs: 'JSON', clean: `${column} IS NOT NULL AND (${fault}) IS NULL`, value };
}

type Of<K extends Field['type']> = Extract<Field, { type: K }>;

/**
 * Reading as text drops the quotes, so a text that could be a number, a word or a structure of JSON may have had none:
 * those that begin with a letter from A to Z, say, can't.
 */
function cleanString(of: Of<'string'>, column: string): string {
  const tests = [
    `CASE WHEN ascii(${column}) BETWEEN 58 AND 90 OR ascii(${column}) > 123 THEN true
      ELSE TRY_CAST(${column} AS DOUBLE) IS NULL AND ascii(${column}) NOT IN (91, 123) AND ${column} NOT IN ('true', 'false')
        AND NOT contains(${column}, chr(0)) END`,
  ];
  if (of.pattern !== undefined) tests.push(`regexp_matches(${column}, ${sqlString(of.pattern)})`);
  if (of.oneOf !== undefined) tests.push(`${column} IN (${of.oneOf.map(sqlString).join(', ')})`);
  if (of.maxLength !== undefined) tests.push(`length(${column}) <= ${of.maxLength}`);
  if (of.format !== undefined) {
    const { fault } = scalarSql({ type: 'string', format: of.format }, `'""'`, column);
    tests.push(`(${fault}) IS NULL`);
  }
  return tests.join(' AND ');
}

/** Without quotes, a point or an exponent (for whole numbers), within the bounds. */
function cleanNumber(of: Of<'int' | 'double'>, column: string, value: string): string {
  const text = `CAST(${column} AS VARCHAR)`;
  const lowest = of.type === 'int' ? -2147483648 : -1.7976931348623157e308;
  const tests = [
    `${value} BETWEEN ${of.min ?? lowest} AND ${of.max ?? -lowest}`,
    `(ascii(${column}) = 45 OR ascii(${column}) BETWEEN 48 AND 57)`,
  ];
  if (of.type === 'int') tests.push(`NOT contains(${text}, '.')`, `NOT contains(${text}, 'e')`);
  return tests.join(' AND ');
}
