import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { issuesType } from '../duck/typed-select.ts';
import { type CheckOutcome, mostSamples } from '../quality/outcome.ts';
import type { RowRule, RowRules } from '../quality/row-rules.ts';
import { type Arrivals, arrivalRanges } from '../table/arrivals.ts';
import type { InputObject } from './job-input.ts';
import { globbed } from './scratch.ts';
import type { Staging } from './staging.ts';

/** Objects of a table that a rule refers to, as files, under the rule's own name for them. */
export interface ReferenceFiles {
  readonly name: string;
  readonly column: string;
  readonly paths: readonly string[];
}

/** Makes what the rules call and look in on a session: macros, and the values of each table that is referred to. */
export async function prepareRules(
  session: DuckSession,
  rules: RowRules,
  references: readonly ReferenceFiles[],
): Promise<void> {
  for (const macro of rules.macros) await session.run(macro);
  for (const { name, column, paths } of references)
    await session.run(`CREATE OR REPLACE TABLE ${name} AS SELECT DISTINCT CAST(${sqlIdentifier(column)} AS VARCHAR) AS value
      FROM ${parquetRows(paths)} WHERE ${sqlIdentifier(column)} IS NOT NULL`);
}

/** SQL, true where a clean record breaks no rule; undefined where there is none to break. */
export function keepsAllRules({ rules }: RowRules): string | undefined {
  if (rules.length === 0) return undefined;
  // Of conditions joined by AND, one that is false makes all false, and unknown ones none.
  return `(${rules.map(({ holds }) => `(${holds})`).join(' AND ')}) IS DISTINCT FROM false`;
}

/** SQL of the lists of issues of a record that breaks rules that quarantine. */
export function brokenIssues({ rules }: RowRules): readonly string[] {
  return rules.filter(({ severity }) => severity === 'quarantine').map(issuesOf);
}

/** SQL of the issues of a record that breaks rules that do not quarantine it. */
export function noticedIssues({ rules }: RowRules): string {
  const lists = rules.filter(({ severity }) => severity !== 'quarantine').map(issuesOf);
  return lists.length === 0 ? `CAST([] AS ${issuesType})` : `flatten([${lists.join(', ')}])`;
}

/** SQL of the list of the rule's issue, empty where the record keeps it. */
function issuesOf(rule: RowRule): string {
  const issue = `{'path': ${sqlString(rule.path)}, 'rule': ${sqlString(rule.name)}, 'expected': ${sqlString(rule.expected)}, 'got': ${gotSql(rule)}}`;
  return `CASE WHEN (${rule.holds}) IS NOT DISTINCT FROM false THEN [${issue}] ELSE [] END`;
}

/**
 * `_from_ms` and `_to_ms` over `_file`, so that what keeps a rule by them keeps it whenever in the span of its object it
 * arrived. One value in all of a vector that DuckDB reads: it is told once for some thousand records. NULL where no rule asks.
 */
export function surelyArrivedSql({ askArrival }: RowRules, objects: readonly InputObject[]): string {
  if (!askArrival) return 'CAST(NULL AS BIGINT) AS _from_ms, CAST(NULL AS BIGINT) AS _to_ms';
  const of = (end: 'fromMs' | 'toMs'): string => {
    const cases = objects.map((object) => `WHEN ${sqlString(object.path)} THEN ${arrivalsOf(object)[end]}`);
    return `CAST(CASE _file ${cases.join(' ')} END AS BIGINT)`;
  };
  return `${of('toMs')} AS _from_ms, ${of('fromMs')} AS _to_ms`;
}

/** SQL of a relation with `_from_ms` and `_to_ms` for each record of `rows`, by `_file` and `_n`: between them it arrived. */
export function arrivedSql({ askArrival }: RowRules, objects: readonly InputObject[], rows: string): string {
  if (!askArrival) return `(SELECT *, CAST(NULL AS BIGINT) AS _from_ms, CAST(NULL AS BIGINT) AS _to_ms FROM ${rows})`;
  let before = 0;
  const ranges: string[] = [];
  for (const object of objects) {
    for (const { firstRow, fromMs, toMs } of arrivalRanges(arrivalsOf(object), object.rows))
      ranges.push(`(${sqlString(object.path)}, ${before + firstRow + 1}, ${fromMs}, ${toMs})`);
    before += object.rows;
  }
  return `(SELECT r.*, a._from_ms, a._to_ms FROM ${rows} r
    ASOF LEFT JOIN (VALUES ${ranges.join(', ')}) a (_file, _first, _from_ms, _to_ms) ON r._file = a._file AND r._n >= a._first)`;
}

function arrivalsOf({ arrivals, arrivalMs }: InputObject): Arrivals {
  return arrivals ?? { fromMs: arrivalMs, toMs: arrivalMs };
}

/** The value of the one field, or `name=value` of several. */
export function gotSql({ path }: RowRule): string {
  const fields = path.split(', ').filter((name) => name !== '');
  const texts = fields.map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`);
  if (texts.length <= 1) return texts[0] ?? 'CAST(NULL AS VARCHAR)';
  return `concat_ws(', ', ${fields.map((name, i) => `${sqlString(`${name}=`)} || coalesce(${texts[i]}, 'null')`).join(', ')})`;
}

/** What the rules found in all that was staged. */
export async function rowOutcomes(session: DuckSession, staging: Staging): Promise<readonly CheckOutcome[]> {
  const { rules } = staging.rules;
  if (rules.length === 0) return [];
  const rejected = await globbed(session, staging.folder, 'suspect/*.parquet');
  const noticed = await globbed(session, staging.folder, 'noticed/*.parquet');
  const found = new Map<string, { broken: number; samples: readonly string[] }>();
  for (const [files, issues] of [
    [rejected, '_issues'],
    [noticed, '_noticed'],
  ] as const) {
    if (files.length === 0) continue;
    const { rows } = await session.all(`SELECT issue.rule, count(*),
        to_json(list(_object_key || ', row ' || _row || ': ' || coalesce(issue.got, 'null') ORDER BY _object_key, _row)[1:${mostSamples}])
      FROM (SELECT _object_key, _n - 1 - _before AS _row, unnest(${issues}) AS issue
        FROM ${parquetRows(files)} JOIN _inputs USING (_file)) GROUP BY issue.rule`);
    for (const [name, broken, samples] of rows)
      found.set(String(name), { broken: Number(broken), samples: JSON.parse(String(samples)) as string[] });
  }
  return rules.map(({ name, severity }) => {
    const { broken, samples } = found.get(name) ?? { broken: 0, samples: [] };
    return { check: name, severity, verdict: broken === 0 ? 'passed' : 'broken', broken, samples };
  });
}
