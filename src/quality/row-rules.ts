import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { instantMsSql } from '../duck/instant-sql.ts';
import type { RecordType } from '../record/type.ts';
import { macroStatements } from '../sql/duckdb/macros/registry.ts';
import { placedInPart } from '../sql/source-position.ts';
import { translate } from '../sql/translate.ts';
import type { RowCheck, Severity } from './definition.ts';

/** A check of records as SQL over their typed columns. NULL holds. */
export interface RowRule {
  readonly name: string;
  readonly severity: Severity;
  /** The field that it is about, or the fields, with `, ` between. */
  readonly path: string;
  readonly expected: string;
  /** Over the fields and, for an arrival, `_from_ms` and `_to_ms`, between which it arrived; a reference is looked up in the table of its `referenceName`. */
  readonly holds: string;
}

export interface RowRules {
  readonly rules: readonly RowRule[];
  /** Macros that the rules call. */
  readonly macros: readonly string[];
  /** A rule asks for `_from_ms` and `_to_ms`. */
  readonly askArrival: boolean;
}

/** Compiles a job's checks of records. PH_SQL_SYNTAX, PH_SQL_UNSUPPORTED, PH_CONFIG_INVALID where a predicate asks more than a record. */
export async function compileRowRules(checks: readonly RowCheck[], record: RecordType): Promise<RowRules> {
  const rules: RowRule[] = [];
  const macros = new Set<string>();
  for (const check of checks) {
    const { name, severity } = check;
    if (check.kind === 'row') {
      const predicate = await predicateSql(check.predicate, record, `check ${name}`);
      for (const macro of predicate.macros) macros.add(macro);
      const rule = { path: predicate.columns.join(', '), expected: check.predicate, holds: predicate.sql };
      rules.push({ name, severity, ...rule });
    } else if (check.kind === 'arrival') {
      rules.push(arrivalRule(check, record));
    } else {
      const { expected, holds } = fieldRule(check);
      rules.push({ name, severity, path: check.field, expected, holds });
    }
  }
  return { rules, macros: [...macros], askArrival: checks.some(({ kind }) => kind === 'arrival') };
}

type FieldCheck = Exclude<RowCheck, { kind: 'row' | 'arrival' }>;
type FieldRules = {
  readonly [K in FieldCheck['kind']]: (
    check: Extract<FieldCheck, { kind: K }>,
    column: string,
  ) => { readonly expected: string; readonly holds: string };
};

const fieldRules: FieldRules = {
  'not-null': (_, column) => ({ expected: 'a value', holds: `${column} IS NOT NULL` }),
  type: ({ type }, column) => ({
    expected: `text that reads as ${type}`,
    holds: `(${column} IS NULL OR TRY_CAST(${column} AS ${type}) IS NOT NULL)`,
  }),
  range: ({ min, max }, column) => ({
    expected: [...(min === undefined ? [] : [`from ${min}`]), ...(max === undefined ? [] : [`to ${max}`])].join(' '),
    holds: [
      ...(min === undefined ? [] : [`${column} >= ${min}`]),
      ...(max === undefined ? [] : [`${column} <= ${max}`]),
    ].join(' AND '),
  }),
  pattern: ({ pattern }, column) => ({
    expected: `text matching ${pattern}`,
    holds: `regexp_matches(${column}, ${sqlString(pattern)})`,
  }),
  'one-of': ({ values }, column) => ({
    expected: `one of ${values.join(', ')}`,
    holds: `${column} IN (${values.map(sqlString).join(', ')})`,
  }),
  reference: (check, column) => ({
    expected: `a ${check.column} of ${check.table}`,
    holds: `(${column} IS NULL OR CAST(${column} AS VARCHAR) IN (SELECT value FROM ${referenceName(check)}))`,
  }),
};

function fieldRule(check: FieldCheck): { readonly expected: string; readonly holds: string } {
  // One kind always meets its own builder; TypeScript cannot see that through the table's index.
  const rule = fieldRules[check.kind] as (check: FieldCheck, column: string) => ReturnType<typeof fieldRule>;
  return rule(check, sqlIdentifier(check.field));
}

/** Name of the DuckDB table that a reference is looked up in: one column, `value`, each once. */
export function referenceName({ name }: { readonly name: string }): string {
  return sqlIdentifier(`_reference_${name}`);
}

function arrivalRule(check: Extract<RowCheck, { kind: 'arrival' }>, record: RecordType): RowRule {
  const { name, severity, field, aheadMs, behindMs } = check;
  const instant = instantMsSql(field, record.fields[field]);
  return {
    name,
    severity,
    path: field,
    expected: `at most ${behindMs / 60_000} minutes before its arrival, and ${aheadMs / 60_000} after`,
    holds: `${instant} BETWEEN _from_ms - ${behindMs} AND _to_ms + ${aheadMs}`,
  };
}

/** A condition of Athena's dialect over a record's fields, in DuckDB's. PH_SQL_*, PH_CONFIG_INVALID. */
export async function predicateSql(
  predicate: string,
  record: RecordType,
  where: string,
): Promise<{ readonly sql: string; readonly columns: readonly string[]; readonly macros: readonly string[] }> {
  const query = `${beforePredicate}${predicate}) AS ${marker} FROM record_`;
  const { sql, tables, columns, macros } = await translate(query, { from: 'athena', to: 'duckdb' }).catch(
    (error: unknown) => {
      throw placedInPart(error, query, { before: beforePredicate, text: predicate, what: where });
    },
  );
  const end = sql.lastIndexOf(` AS "${marker}" FROM `);
  if (!sql.startsWith('SELECT ') || end < 0 || tables.length !== 1)
    throw new PlayheadError('PH_CONFIG_INVALID', `${where}: a condition over one record was expected: ${predicate}`, {
      hint: 'It reads the fields of a record, and no table. check.reference() looks a value up in another table.',
    });
  const fields = Object.keys(record.fields);
  const known = new Set(fields.map((name) => name.toLowerCase()));
  const unknown = columns.find((column) => !known.has(column.toLowerCase()));
  if (unknown !== undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', `${where}: the record ${record.name} has no field "${unknown}"`, {
      hint: suggestion(unknown, fields),
    });
  return { sql: sql.slice('SELECT '.length, end), columns, macros: macroStatements(macros, 'connection') };
}

const beforePredicate = 'SELECT (';
const marker = 'playhead_holds';
