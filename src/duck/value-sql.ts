import { describeField } from '../record/describe-field.ts';
import type { Field, Fields } from '../record/type.ts';
import { sqlIdentifier, sqlString } from './duck.ts';
import { isScalar, scalarSql } from './scalar-sql.ts';

/*
 * SQL over JSON values of any field, nested ones by way of lambdas. `j` is an expression of type JSON, NULL where the
 * value is absent or null; `path` an expression of type VARCHAR; `depth` keeps the names of nested lambdas apart.
 */

/** A list of issues (`issuesType`), empty where the value is as declared. */
export function issuesSql(of: Field, j: string, path: string, depth = 0): string {
  const absent = of.optional === true ? '[]' : `[${issueSql(path, "'missing'", of, j)}]`;
  if (isScalar(of)) {
    const { fault } = scalarSql(of, j);
    return `CASE WHEN ${j} IS NULL THEN ${absent} WHEN (${fault}) IS NULL THEN [] ELSE [${issueSql(path, fault, of, j)}] END`;
  }
  const opening = of.type === 'list' ? '[' : '{';
  const wrong = `[${issueSql(path, "'wrong_type'", of, j)}]`;
  return `CASE WHEN ${j} IS NULL THEN ${absent} WHEN ascii(${j}) <> ${opening.charCodeAt(0)} THEN ${wrong} ELSE ${innerIssues(of, j, path, depth)} END`;
}

/** The typed value of a field without issues. */
export function valueSql(of: Field, j: string, depth = 0): string {
  if (isScalar(of)) return scalarSql(of, j).value;
  const x = `x${depth}`;
  switch (of.type) {
    case 'list':
      return `list_transform(${listOf(j)}, lambda ${x}: ${valueSql(of.of, x, depth + 1)})`;
    case 'map': {
      const entry = `{key: ${x}.key, value: ${valueSql(of.values, `${x}.value`, depth + 1)}}`;
      return `map_from_entries(list_transform(${entriesOf(j)}, lambda ${x}: ${entry}))`;
    }
    case 'struct': {
      const parts = Object.entries(of.fields).map(
        ([name, inner]) => `${sqlIdentifier(name)} := ${valueSql(inner, `${x}.${sqlIdentifier(name)}`, depth + 1)}`,
      );
      return `CASE WHEN ${j} IS NOT NULL THEN ${ofMembers(of.fields, j, x, `struct_pack(${parts.join(', ')})`)} END`;
    }
  }
}

/**
 * The object's declared members as a STRUCT, NULL where absent or null: of JSON texts, or (`VARCHAR`) of the values of
 * strings. One call costs a sixth of what as many `->>` cost.
 */
export function splitObject(fields: Fields, j: string, as: 'JSON' | 'VARCHAR' = 'JSON'): string {
  const shape = Object.fromEntries(Object.keys(fields).map((name) => [name, as]));
  return `json_transform(${j}, ${sqlString(JSON.stringify(shape))})`;
}

/** What `sql` says of an object's members, `x` being all of them: they are taken apart once, however often it names them. */
function ofMembers(fields: Fields, j: string, x: string, sql: string): string {
  return `list_transform([${splitObject(fields, j)}], lambda ${x}: ${sql})[1]`;
}

/**
 * Issues for the members of an object that are not declared, telling those whose name differs only in case: with
 * `onlyMisspelled`, these alone.
 */
export function undeclaredIssues(fields: Fields, j: string, path: string, depth = 0, onlyMisspelled = false): string {
  const k = `k${depth}`;
  const names = Object.keys(fields);
  const declared = `[${names.map(sqlString).join(', ')}]`;
  const folded = `[${names.map((name) => sqlString(name.toLowerCase())).join(', ')}]`;
  const meant = `list_position(${folded}, lower(${k}))`;
  const rule = `CASE WHEN ${meant} IS NULL THEN 'unknown_field' ELSE 'wrong_case' END`;
  const expected = `CASE WHEN ${meant} IS NULL THEN 'no such field' ELSE 'the name ' || ${declared}[${meant}] END`;
  const got = shortened(`CAST(json_extract(${j}, '$.' || to_json(${k})) AS VARCHAR)`);
  const found = `{path: ${memberPath(path, k)}, rule: ${rule}, expected: ${expected}, got: ${got}}`;
  const undeclared = `NOT list_contains(${declared}, ${k})${onlyMisspelled ? ` AND ${meant} IS NOT NULL` : ''}`;
  return `list_transform(list_filter(json_keys(${j}), lambda ${k}: ${undeclared}), lambda ${k}: ${found})`;
}

export function issueSql(path: string, rule: string, of: Field, j: string): string {
  const got = `COALESCE(${shortened(`CAST(${j} AS VARCHAR)`)}, 'nothing')`;
  return `{path: ${path}, rule: ${rule}, expected: ${sqlString(describeField(of))}, got: ${got}}`;
}

function innerIssues(
  of: Extract<Field, { type: 'list' | 'struct' | 'map' }>,
  j: string,
  path: string,
  depth: number,
): string {
  const x = `x${depth}`;
  switch (of.type) {
    case 'list': {
      const inner = issuesSql(of.of, x, `${path} || '[' || (i${depth} - 1) || ']'`, depth + 1);
      return `flatten(list_transform(${listOf(j)}, lambda ${x}, i${depth}: ${inner}))`;
    }
    case 'map': {
      const inner = issuesSql(of.values, `${x}.value`, memberPath(path, `${x}.key`), depth + 1);
      return `flatten(list_transform(${entriesOf(j)}, lambda ${x}: ${inner}))`;
    }
    case 'struct': {
      const members = Object.entries(of.fields).map(([name, inner]) =>
        issuesSql(inner, `${x}.${sqlIdentifier(name)}`, memberPath(path, sqlString(name)), depth + 1),
      );
      const found = [...members, undeclaredIssues(of.fields, j, path, depth)].join(', ');
      return ofMembers(of.fields, j, x, `flatten([${found}])`);
    }
  }
}

function listOf(j: string): string {
  return `json_transform(${j}, '["JSON"]')`;
}

function entriesOf(j: string): string {
  return `map_entries(json_transform(${j}, '"MAP(VARCHAR, JSON)"'))`;
}

function memberPath(path: string, name: string): string {
  return path === "''" ? name : `${path} || '.' || ${name}`;
}

function shortened(text: string): string {
  return `CASE WHEN length(${text}) > 100 THEN left(${text}, 99) || '…' ELSE ${text} END`;
}
