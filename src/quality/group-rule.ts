import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import type { TableCheck } from './definition.ts';
import { counted, hasKey, valuesText } from './faulty-rows.ts';
import { type Found, mostSamples } from './outcome.ts';
import { type NearRows, nearRows, type TableView } from './table-view.ts';

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
  const near = await nearRows(view, check.withinMs);
  const passes = Math.max(1, Math.ceil(near.rows / mostRows));
  const key = check.by.map(sqlIdentifier).join(', ');
  const whole = `(SELECT *, 0 AS _part FROM ${near.sql} WHERE ${hasKey(check.by)})`;
  const rows = (await areSplit(session, key, near)) ? splitGroups(key, whole, near.reach) : whole;
  let broken = 0;
  let first: readonly string[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    const chosen = passes === 1 ? rows : `(SELECT * FROM ${rows} WHERE hash(${key}) % ${passes} = ${pass})`;
    const found = await counted(session, faultyGroups(check, chosen));
    broken += found.broken;
    first = [...first, ...found.samples].sort().slice(0, mostSamples);
  }
  if (broken === 0) return { verdict: 'passed', broken, samples: [] };
  const shown = `(SELECT * FROM ${rows} WHERE ${valuesText(check.by)} IN (${first.map(sqlString).join(', ')}))`;
  const { samples } = await counted(session, describedGroups(check, shown));
  return { verdict: 'broken', broken, samples };
}

/** Whether rows of one key lie so far apart that they may be several groups. */
async function areSplit(session: DuckSession, key: string, { sql, reach, span }: NearRows): Promise<boolean> {
  if (span <= reach + 1) return false;
  const far = `SELECT 1 FROM ${sql} GROUP BY ${key} HAVING max(_bucket) - min(_bucket) > ${reach} LIMIT 1`;
  return (await session.all(far)).rows.length > 0;
}

/** SQL of the same rows, their key's groups told apart by `_part`: another begins where nothing lies within reach of the last. */
function splitGroups(key: string, whole: string, reach: number): string {
  const parts = `SELECT ${key}, _bucket, sum(CASE WHEN _gap > ${reach} THEN 1 ELSE 0 END) OVER (PARTITION BY ${key} ORDER BY _bucket) AS _part
    FROM (SELECT *, _bucket - lag(_bucket) OVER (PARTITION BY ${key} ORDER BY _bucket) AS _gap
      FROM (SELECT DISTINCT ${key}, _bucket FROM ${whole}))`;
  return `(SELECT * FROM (SELECT * EXCLUDE (_part) FROM ${whole}) JOIN (${parts}) USING (${key}, _bucket))`;
}

/** SQL of the groups at fault, by what they are grouped by. Values are the same where their hashes of 64 bits are. */
function faultyGroups({ by, orderBy, same, sequence }: GroupCheck, rows: string): string {
  const key = by.map(sqlIdentifier).join(', ');
  // NULL has a hash too: a row without the value differs from one that has it.
  const differ = same.map((name) => `min(hash(${sqlIdentifier(name)})) <> max(hash(${sqlIdentifier(name)}))`);
  const faults = [`(${['false', ...differ].join(' OR ')}) AS _differs`, `${stepsSql(orderBy, sequence)} AS _steps`];
  const broken = sequence === undefined ? '_differs' : `_differs OR ${breaks(sequence, sequenceSql)}`;
  return `SELECT ${valuesText(by)} AS sample FROM (
    SELECT ${[key, ...faults].join(', ')} FROM ${rows} GROUP BY ${key}, _part HAVING bool_or(_made)) WHERE ${broken}`;
}

/** SQL of the same groups with what is wrong with each, in words; for a few. */
function describedGroups({ by, orderBy, same, sequence }: GroupCheck, rows: string): string {
  const key = by.map(sqlIdentifier).join(', ');
  const faults = same.map((name) => {
    const column = sqlIdentifier(name);
    const [least, most] = [`min(${column})`, `CASE WHEN count(${column}) = count(*) THEN max(${column}) END`];
    return `CASE WHEN ${least} IS DISTINCT FROM ${most} THEN ${sqlString(`${name} `)} || ${least} || ' and ' || coalesce(CAST(${most} AS VARCHAR), 'null') END`;
  });
  const differences = `concat_ws('; ', ${['NULL', ...faults].join(', ')}) AS _differences`;
  const broken =
    sequence === undefined ? 'NULL' : `CASE WHEN ${breaks(sequence, sequenceSql)} THEN rtrim(${sequenceSql}) END`;
  return `SELECT ${valuesText(by)} || ': ' || _fault AS sample FROM (
    SELECT ${key}, concat_ws('; ', nullif(_differences, ''), ${broken}) AS _fault FROM (
      SELECT ${key}, ${differences}, ${stepsSql(orderBy, sequence)} AS _steps
      FROM ${rows} GROUP BY ${key}, _part HAVING bool_or(_made))) WHERE _fault <> ''`;
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
