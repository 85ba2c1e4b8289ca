import type { Field, RecordType } from '../record/type.ts';
import { sqlIdentifier, sqlString } from './duck.ts';
import { isScalar, scalarSql } from './scalar-sql.ts';
import { issueSql, issuesSql, splitObject, undeclaredIssues, valueSql } from './value-sql.ts';

/** Type of the `_issues` column: `Issue` of `record/`, one element a fault. */
export const issuesType = 'STRUCT(path VARCHAR, rule VARCHAR, expected VARCHAR, got VARCHAR)[]';

export interface TypedSelectOptions {
  /** Columns of the raw relation to pass through (a file name, an ordinal, partition columns), after the fields. */
  readonly carry?: readonly string[];
  /**
   * `issue` (default): a field that the record type does not declare is a fault. `ignore`: it is left out, unless its
   * name differs from a declared one only in case: its value would be lost as the other's NULL.
   */
  readonly unknownFields?: 'issue' | 'ignore';
}

/**
 * SQL that reads raw lines strictly. `relation` (a table, or a subquery in parentheses) has a column `_line`: the text
 * of one JSON object without duplicate keys (`findNonObjects`), as JSON or VARCHAR.
 *
 * Each row gives every declared field as a typed column (NULL where it is absent or broken), the carried columns, and
 * `_issues` (`issuesType`), empty for a good line. No row is dropped, and no value makes the statement fail.
 */
export function typedSelect(record: RecordType, relation: string, options: TypedSelectOptions = {}): string {
  const carry = (options.carry ?? []).map((name) => sqlIdentifier(name));
  const fields = Object.entries(record.fields).map(([name, of], i) => columnSql(name, of, i));
  const onlyMisspelled = options.unknownFields === 'ignore';
  const present = fields.map(({ json }) => `(${json} IS NOT NULL)::INTEGER`).join(' + ');
  // As many keys as declared fields that are there: no other key can be.
  const clean = [...fields.map(({ isClean }) => isClean), `len(json_keys(_line)) = ${present}`].join(' AND ');
  const undeclared = undeclaredIssues(record.fields, '_line', "''", 0, onlyMisspelled);
  const found = [...fields.map(({ issues }) => issues), undeclared].join(', ');
  const texts = Object.fromEntries(Object.entries(record.fields).filter(([, of]) => readsText(of)));
  const split = [
    `${splitObject(record.fields, '_line')} AS _json`,
    ...(Object.keys(texts).length === 0 ? [] : [`${splitObject(texts, '_line', 'VARCHAR')} AS _text`]),
  ];
  return `SELECT ${[...fields.map(({ value }) => value), ...carry].join(', ')}, CASE WHEN ${clean} THEN [] ELSE flatten([${found}]) END::${issuesType} AS _issues
FROM (SELECT *, ${fields.map(({ check }) => check).join(', ')}
FROM (SELECT ${['_line', ...carry, ...split].join(', ')} FROM ${relation}))`;
}

interface ColumnSql {
  /** The field's JSON, NULL where it is absent or null. */
  readonly json: string;
  /** `… AS _f0`: the rule that a scalar breaks, the list of issues of a nested value. */
  readonly check: string;
  readonly isClean: string;
  readonly issues: string;
  readonly value: string;
}

function columnSql(name: string, of: Field, place: number): ColumnSql {
  const json = `_json.${sqlIdentifier(name)}`;
  const checked = `_f${place}`;
  const path = sqlString(name);
  const value = (isClean: string, sql: string): string =>
    `CASE WHEN ${isClean} THEN ${sql} END AS ${sqlIdentifier(name)}`;
  if (!isScalar(of)) {
    const isClean = `len(${checked}) = 0`;
    return {
      json,
      check: `${issuesSql(of, json, path)} AS ${checked}`,
      isClean,
      issues: checked,
      value: value(isClean, valueSql(of, json)),
    };
  }
  const isClean = `${checked} IS NULL`;
  const absent = of.optional === true ? 'NULL' : "'missing'";
  const scalar = scalarSql(of, json, readsText(of) ? `_text.${sqlIdentifier(name)}` : undefined);
  return {
    json,
    check: `CASE WHEN ${scalar.good} THEN NULL WHEN ${json} IS NULL THEN ${absent} ELSE ${scalar.fault} END AS ${checked}`,
    isClean,
    issues: `CASE WHEN ${isClean} THEN [] ELSE [${issueSql(path, checked, of, json)}] END`,
    value: value(isClean, scalar.value),
  };
}

/** Fields whose JSON is a string, or may be. */
function readsText(of: Field): boolean {
  return of.type === 'string' || of.type === 'timestamp' || of.type === 'date' || of.type === 'decimal';
}
