import { sqlIdentifier } from '../duck/duck.ts';
import { instantMsSql } from '../duck/instant-sql.ts';
import type { TableCheck } from './definition.ts';
import { driftOutcome } from './drift.ts';
import { counted, valuesText } from './faulty-rows.ts';
import { groupOutcome } from './group-rule.ts';
import { type CheckOutcome, type Found, mostSamples } from './outcome.ts';
import { nearRows, sameHour, type TableView } from './table-view.ts';

type Judges = {
  readonly [K in TableCheck['kind']]: (check: Extract<TableCheck, { kind: K }>, view: TableView) => Promise<Found>;
};

const judges: Judges = {
  unique: async ({ key, withinMs }, view) => {
    const columns = key.map(sqlIdentifier).join(', ');
    const { sql } = await nearRows(view, withinMs);
    return counted(
      view.session,
      `SELECT ${valuesText(key)} || ': ' || count(*) || ' rows' AS sample FROM ${sql}
      GROUP BY ${columns} HAVING count(*) > 1 AND bool_or(_made)`,
    );
  },
  group: (check, view) => groupOutcome(check, view),
  freshness: async ({ field, warningMs, delayedMs }, view) => {
    const instant = `max(${instantMsSql(field, view.record.fields[field])})`;
    const { sql } = await nearRows(view, 0);
    const newest = await view.session.value(`SELECT ${instant} FROM ${sql}`);
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
