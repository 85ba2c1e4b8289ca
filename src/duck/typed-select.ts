import type { Field, RecordType } from '../record/type.ts';
import { sqlIdentifier, sqlString } from './duck.ts';
import { isScalar, scalarSql } from './scalar-sql.ts';
import { issueSql, issuesSql, splitObject, undeclaredIssues, valueSql } from './value-sql.ts';

/** Type of the `_issues` column: `Issue` of `record/`, one element a fault. */
export const issuesType = 'STRUCT(path VARCHAR, rule VARCHAR, expected VARCHAR, got VARCHAR)[]';

export interface TypedSelectOptions {
  /** Columns of the raw relation to pass through (a file name, an ordinal, partition columns), after the fields. */
  readonly carry?: readonly string[];
  /** `issue` (default): a field that the record type does not declare is a fault. `ignore`: it is left out. */
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
  const unknown = (options.unknownFields ?? 'issue') === 'issue';
  const present = fields.map(({ json }) => `(${json} IS NOT NULL)::INTEGER`).join(' + ');
  const clean = [
    ...fields.map(({ isClean }) => isClean),
    // As many keys as declared fields that are there: no other key can be.
    ...(unknown ? [`len(json_keys(_line)) = ${present}`] : []),
  ].join(' AND ');
  const found = [
    ...fields.map(({ issues }) => issues),
    ...(unknown ? [undeclaredIssues(record.fields, '_line', "''")] : []),
  ].join(', ');
  return `SELECT ${[...fields.map(({ value }) => value), ...carry].join(', ')}, CASE WHEN ${clean} THEN [] ELSE flatten([${found}]) END::${issuesType} AS _issues
FROM (SELECT *, ${fields.map(({ check }) => check).join(', ')}
FROM (SELECT ${['_line', ...carry].join(', ')}, ${splitObject(record.fields, '_line')} AS _json FROM ${relation}))`;
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
  const value = (isClean: string): string =>
    `CASE WHEN ${isClean} THEN ${valueSql(of, json)} END AS ${sqlIdentifier(name)}`;
  if (!isScalar(of)) {
    const isClean = `len(${checked}) = 0`;
    return {
      json,
      check: `${issuesSql(of, json, path)} AS ${checked}`,
      isClean,
      issues: checked,
      value: value(isClean),
    };
  }
  const isClean = `${checked} IS NULL`;
  const absent = of.optional === true ? 'NULL' : "'missing'";
  return {
    json,
    check: `CASE WHEN ${json} IS NULL THEN ${absent} ELSE ${scalarSql(of, json).fault} END AS ${checked}`,
    isClean,
    issues: `CASE WHEN ${isClean} THEN [] ELSE [${issueSql(path, checked, of, json)}] END`,
    value: value(isClean),
  };
}
