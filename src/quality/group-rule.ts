import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import type { TableCheck } from './definition.ts';
import { counted, valuesText } from './faulty-rows.ts';
import { type Found, mostSamples } from './outcome.ts';
import { nearRows, type TableView } from './table-view.ts';

type GroupCheck = Extract<TableCheck, { kind: 'group' }>;

/**
 * Rows whose groups are gathered at once: DuckDB holds their steps in memory, about 400 bytes a row, and can't spill them. To
 * read the columns again costs a tenth of what it takes to gather them.
 */
const rowsAtOnce = 500_000;

/**
 * Looks at all groups that the run added to, some of them at a time, chosen by the hash of what they are grouped by. What is
 * wrong with the first of them is asked afterwards: to have it ready for each would take thrice the time.
 */
export async function groupOutcome(check: GroupCheck, view: TableView, mostRows = rowsAtOnce): Promise<Found> {
  const { session } = view;
  const { sql, rows } = await nearRows(view, check.withinMs);
  const passes = Math.max(1, Math.ceil(rows / mostRows));
  const key = check.by.map(sqlIdentifier).join(', ');
  let broken = 0;
  let first: readonly string[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    const chosen = passes === 1 ? sql : `(SELECT * FROM ${sql} WHERE hash(${key}) % ${passes} = ${pass})`;
    const found = await counted(session, faultyGroups(check, chosen));
    broken += found.broken;
    first = [...first, ...found.samples].sort().slice(0, mostSamples);
  }
  if (broken === 0) return { verdict: 'passed', broken, samples: [] };
  const shown = `(SELECT * FROM ${sql} WHERE ${valuesText(check.by)} IN (${first.map(sqlString).join(', ')}))`;
  const { samples } = await counted(session, describedGroups(check, shown));
  return { verdict: 'broken', broken, samples };
}

/** SQL of the groups at fault, by what they are grouped by. Values are the same where their hashes of 64 bits are. */
function faultyGroups({ by, orderBy, same, sequence }: GroupCheck, rows: string): string {
  const key = by.map(sqlIdentifier).join(', ');
  const differ = same.map((name) => {
    const hash = `CASE WHEN ${sqlIdentifier(name)} IS NOT NULL THEN hash(${sqlIdentifier(name)}) END`;
    return `min(${hash}) <> max(${hash})`;
  });
  const faults = [`(${['false', ...differ].join(' OR ')}) AS _differs`, `${stepsSql(orderBy, sequence)} AS _steps`];
  const broken = sequence === undefined ? '_differs' : `_differs OR ${breaks(sequence, sequenceSql)}`;
  return `SELECT ${valuesText(by)} AS sample FROM (
    SELECT ${[key, ...faults].join(', ')} FROM ${rows} GROUP BY ${key} HAVING bool_or(_made)) WHERE ${broken}`;
}

/** SQL of the same groups with what is wrong with each, in words; for a few. */
function describedGroups({ by, orderBy, same, sequence }: GroupCheck, rows: string): string {
  const key = by.map(sqlIdentifier).join(', ');
  const faults = same.map((name) => {
    const column = sqlIdentifier(name);
    return `CASE WHEN min(${column}) <> max(${column}) THEN ${sqlString(`${name} `)} || min(${column}) || ' and ' || max(${column}) END`;
  });
  const differences = `concat_ws('; ', ${['NULL', ...faults].join(', ')}) AS _differences`;
  const broken =
    sequence === undefined ? 'NULL' : `CASE WHEN ${breaks(sequence, sequenceSql)} THEN rtrim(${sequenceSql}) END`;
  return `SELECT ${valuesText(by)} || ': ' || fault AS sample FROM (
    SELECT ${key}, concat_ws('; ', nullif(_differences, ''), ${broken}) AS fault FROM (
      SELECT ${key}, ${differences}, ${stepsSql(orderBy, sequence)} AS _steps
      FROM ${rows} GROUP BY ${key} HAVING bool_or(_made))) WHERE fault <> ''`;
}

/**
 * SQL of a group's steps, as they come: they are sorted group by group after that, because DuckDB's
 * `string_agg(… ORDER BY …)` takes thrice the time where there are many small groups.
 */
function stepsSql(orderBy: readonly string[], sequence: GroupCheck['sequence']): string {
  if (sequence === undefined) return 'NULL';
  const step = `CAST(${sqlIdentifier(sequence.field)} AS VARCHAR)`;
  const places = orderBy.map((name, i) => `place${i}: ${sqlIdentifier(name)}`);
  return `list({${[...places, `step: ${step}`].join(', ')}}) FILTER (WHERE ${step} IS NOT NULL)`;
}

/** SQL of `_steps` in their order, as text, with a space after each. */
const sequenceSql = `array_to_string(list_transform(list_sort(_steps, 'ASC', 'NULLS LAST'), lambda taken: taken.step || ' '), '')`;

function breaks({ pattern }: NonNullable<GroupCheck['sequence']>, text: string): string {
  return `NOT regexp_matches(${text}, ${sqlString(pattern)})`;
}
