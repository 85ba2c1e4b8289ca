import { duckType } from '../record/columns.ts';
import type { RecordType } from '../record/type.ts';
import { sqlIdentifier, sqlString } from './duck.ts';
import { jsonRows } from './file-rows.ts';
import { isScalar, type ScalarField, scalarSql, stringRules, withinBounds } from './scalar-sql.ts';

/** Below this, smaller buffers make reading no faster. */
const leastObjectBytes = 256 * 1024;

/**
 * SQL that reads a file of plain lines (`lineSorter`) of a flat record type in one pass: typed columns in the order of
 * the lines, none of them longer than `longestBytes`. A value that breaks a rule of its field makes the statement fail.
 */
export function strictSelect(record: RecordType, file: string, longestBytes: number): string {
  const columns = Object.entries(record.fields).flatMap(([name, of]) => (isScalar(of) ? [strictColumn(name, of)] : []));
  const shape = columns.map(({ name, type }) => `${sqlIdentifier(name)}: ${sqlString(type)}`).join(', ');
  // DuckDB reads twice this at a time, 32 MB where nothing is said: too much for its threads to share a file evenly.
  const objectBytes = Math.max(leastObjectBytes, longestBytes);
  const options = `format = 'newline_delimited', records = true, maximum_object_size = ${objectBytes}`;
  const source = jsonRows(file, `${options}, columns = {${shape}}`);
  const good = columns.flatMap((column) => column.good);
  const rules =
    good.length === 0 ? '' : ` WHERE CASE WHEN ${good.join(' AND ')} THEN true ELSE error('a rule is broken') END`;
  return `SELECT ${columns.map(({ value }) => value).join(', ')} FROM ${source}${rules}`;
}

interface StrictColumn {
  readonly name: string;
  /** What DuckDB reads the field as. */
  readonly type: string;
  /** Conditions that hold for a good value: what is left of its rules once its JSON is known to be of the right kind. */
  readonly good: readonly string[];
  readonly value: string;
}

function strictColumn(name: string, of: ScalarField): StrictColumn {
  const column = sqlIdentifier(name);
  const { type, rules, value } = reading(of, column);
  const good = rules.length > 0 && of.optional === true ? [`(${column} IS NULL OR (${rules.join(' AND ')}))`] : rules;
  return { name, type, good, value: `${value} AS ${column}` };
}

function reading(of: ScalarField, column: string): { type: string; rules: readonly string[]; value: string } {
  switch (of.type) {
    case 'string':
      return { type: duckType(of), rules: stringRules(of, column), value: column };
    case 'int':
    case 'bigint':
      return { type: duckType(of), rules: withinBounds(column, of), value: column };
    case 'double':
      return { type: duckType(of), rules: [`isfinite(${column})`, ...withinBounds(column, of)], value: column };
    case 'boolean':
      return { type: duckType(of), rules: [], value: column };
    case 'timestamp':
    case 'date': {
      // Any text of a string's JSON will do: the value is known to be one.
      const { good, value } = scalarSql(of, `'""'`, column);
      return { type: 'VARCHAR', rules: [good], value };
    }
    case 'decimal':
    case 'json': {
      const { good, value } = scalarSql(of, column);
      return { type: 'JSON', rules: [good], value };
    }
  }
}
