import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { instantMsSql } from '../duck/instant-sql.ts';
import type { TableCheck } from './definition.ts';
import { driftOutcome } from './drift.ts';
import { type CheckOutcome, mostSamples } from './outcome.ts';
import { sameHour, type TableView } from './table-view.ts';

type Found = Pick<CheckOutcome, 'verdict' | 'broken' | 'samples' | 'found'>;
type Judges = {
  readonly [K in TableCheck['kind']]: (check: Extract<TableCheck, { kind: K }>, view: TableView) => Promise<Found>;
};

const judges: Judges = {
  unique: async ({ key, withinMs }, view) => {
    const columns = key.map(sqlIdentifier).join(', ');
    const near = await nearRows(view, withinMs);
    return counted(
      view.session,
      `SELECT ${valuesText(key)} || ': ' || count(*) || ' rows' AS sample FROM ${near}
      GROUP BY ${columns} HAVING count(*) > 1 AND bool_or(_made)`,
    );
  },
  group: async (check, view) => counted(view.session, groupSql(check, await nearRows(view, check.withinMs))),
  freshness: async ({ field, warningMs, delayedMs }, view) => {
    const instant = `max(${instantMsSql(field, view.record.fields[field])})`;
    const newest = await view.session.value(`SELECT ${instant} FROM ${await nearRows(view, 0)}`);
    if (newest === null || newest === undefined) return { ...nothing, found: 'no event time' };
    const behindMs = clockOf(view) - Number(newest);
    const state = behindMs > delayedMs ? 'DELAYED' : behindMs > warningMs ? 'WARNING' : 'FRESH';
    const found = `${state}, ${Math.round(behindMs / 60_000)} minutes behind`;
    return state === 'FRESH'
      ? { verdict: 'passed', broken: 0, samples: [], found }
      : { verdict: 'broken', broken: 1, samples: [], found };
  },
  volume: async (check, view) => volumeOutcome(check, view),
  drift: (check, view) => driftOutcome(check, view),
};

const nothing: Found = { verdict: 'unknown', broken: 0, samples: [] };

/** What a check of tables says of what a run made. */
export async function judgeTable(check: TableCheck, view: TableView): Promise<CheckOutcome> {
  // A run may set all that it read aside: then there are no files that a statement could read.
  if (view.made.length === 0) return { check: check.name, severity: check.severity, ...nothing, found: 'no row made' };
  // One kind always meets its own judge; TypeScript cannot see that through the table's index.
  const judge = judges[check.kind] as (check: TableCheck, view: TableView) => Promise<Found>;
  return { check: check.name, severity: check.severity, ...(await judge(check, view)) };
}

/** Where records arrive at times of another day (a simulation), that day's time is the clock. */
function clockOf({ nowMs, arrivedMs }: TableView): number {
  const day = 86_400_000;
  return arrivedMs > 0 && Math.abs(nowMs - arrivedMs) > day ? arrivedMs : nowMs;
}

/** The rows that the run made, and those of standing partitions within reach of them; `_made` tells them apart. */
async function nearRows({ made, standing, periodMs }: TableView, withinMs: number): Promise<string> {
  const reach = periodMs === undefined ? 0 : Math.ceil(withinMs / periodMs);
  const near = standing.filter(({ bucket }) => made.some((own) => Math.abs(own.bucket - bucket) <= reach));
  const parts = [`SELECT *, true AS _made FROM ${parquet(made.map(({ path }) => path))}`];
  if (near.length > 0) {
    const paths = await Promise.all(near.map(({ path }) => path()));
    parts.push(`SELECT *, false AS _made FROM ${parquet(paths)}`);
  }
  return `(${parts.join(' UNION ALL BY NAME ')})`;
}

function parquet(paths: readonly string[]): string {
  return `read_parquet([${paths.map(sqlString).join(', ')}], hive_partitioning = false, union_by_name = true)`;
}

function valuesText(fields: readonly string[]): string {
  return fields.map((name) => `coalesce(CAST(${sqlIdentifier(name)} AS VARCHAR), 'null')`).join(` || ', ' || `);
}

function groupSql({ by, orderBy, same, sequence }: Extract<TableCheck, { kind: 'group' }>, rows: string): string {
  const columns = by.map(sqlIdentifier).join(', ');
  const faults = same.map((name) => {
    const column = sqlIdentifier(name);
    return `CASE WHEN min(${column}) <> max(${column}) THEN ${sqlString(`${name} `)} || min(${column}) || ' and ' || max(${column}) END`;
  });
  if (sequence !== undefined) {
    const order = orderBy.map(sqlIdentifier).join(', ');
    const steps = `string_agg(CAST(${sqlIdentifier(sequence.field)} AS VARCHAR) || ' ', '' ORDER BY ${order})`;
    faults.push(`CASE WHEN NOT regexp_matches(${steps}, ${sqlString(sequence.pattern)}) THEN rtrim(${steps}) END`);
  }
  return `SELECT ${valuesText(by)} || ': ' || fault AS sample FROM (
    SELECT ${columns}, concat_ws('; ', ${faults.join(', ')}) AS fault FROM ${rows}
    GROUP BY ${columns} HAVING bool_or(_made)) WHERE fault <> ''`;
}

async function counted(session: DuckSession, samples: string): Promise<Found> {
  const { rows } = await session.all(
    `SELECT count(*), to_json(list(sample ORDER BY sample)[1:${mostSamples}]) FROM (${samples})`,
  );
  const broken = Number(rows[0]?.[0] ?? 0);
  // A list of texts that the statement above made.
  const texts = JSON.parse(String(rows[0]?.[1] ?? '[]')) as readonly string[] | null;
  return { verdict: broken === 0 ? 'passed' : 'broken', broken, samples: texts ?? [] };
}

/** Fewer days say nothing of what is usual. */
const leastDays = 3;

async function volumeOutcome(
  { least, most, days }: Extract<TableCheck, { kind: 'volume' }>,
  view: TableView,
): Promise<Found> {
  const { made, periodMs, arrivedMs } = view;
  if (periodMs === undefined) return { ...nothing, found: 'one partition only' };
  const over = made.filter(({ bucket }) => (bucket + 1) * periodMs <= arrivedMs);
  let judged = 0;
  const samples: string[] = [];
  for (const { bucket, rows } of over) {
    const usual = median(sameHour(view, bucket, days).map((other) => other.rows));
    if (usual === undefined) continue;
    judged += 1;
    if (rows >= least * usual && rows <= most * usual) continue;
    samples.push(`${new Date(bucket * periodMs).toISOString().slice(0, 13)}h: ${rows} rows, usually ${usual}`);
  }
  if (judged === 0) return { ...nothing, found: `fewer than ${leastDays} days before to compare with` };
  const verdict = samples.length === 0 ? 'passed' : 'broken';
  return { verdict, broken: samples.length, samples: samples.slice(0, mostSamples) };
}

function median(counts: readonly number[]): number | undefined {
  if (counts.length < leastDays) return undefined;
  const sorted = counts.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
