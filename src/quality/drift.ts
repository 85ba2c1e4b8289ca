import { type DuckSession, sqlIdentifier } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { RecordType } from '../record/type.ts';
import type { TableCheck } from './definition.ts';
import { type Found, mostSamples } from './outcome.ts';
import { sameHour, startOf, type TableView } from './table-view.ts';

/** Fewer rows say little of a distribution: the index of two samples of one population is about (bins - 1)(1/n + 1/m). */
const leastRows = 500;
/** A value's share is never taken as less: the index of one that is new would be infinite. */
const leastShare = 0.0001;
const bins = 10;

/**
 * Population stability index, Σ (p - q) ln(p / q) over bins: deciles of the days before for numbers, the values themselves
 * for text (Siddiqi, Credit Risk Scorecards, 2006).
 */
export async function driftOutcome(
  { field, most, days }: Extract<TableCheck, { kind: 'drift' }>,
  view: TableView,
): Promise<Found> {
  let judged = 0;
  let worst = 0;
  const samples: string[] = [];
  for (const made of view.made) {
    const before = sameHour(view, made.bucket, days);
    const rowsBefore = before.reduce((sum, { rows }) => sum + rows, 0);
    if (made.rows < leastRows || rowsBefore < leastRows) continue;
    const paths = await Promise.all(before.map(({ path }) => path()));
    const index = await stabilityIndex(view.session, view.record, field, [made.path], paths);
    judged += 1;
    worst = Math.max(worst, index);
    if (index > most) samples.push(`${startOf(made.bucket, view.periodMs ?? 0)}: index ${index.toFixed(3)}`);
  }
  if (judged === 0)
    return { verdict: 'unknown', broken: 0, samples: [], found: 'too few rows on the days before to compare with' };
  const found = `index at most ${worst.toFixed(3)}`;
  const verdict = samples.length === 0 ? 'passed' : 'broken';
  return { verdict, broken: samples.length, samples: samples.slice(0, mostSamples), found };
}

async function stabilityIndex(
  session: DuckSession,
  { fields }: RecordType,
  field: string,
  now: readonly string[],
  before: readonly string[],
): Promise<number> {
  const column = sqlIdentifier(field);
  const rows = (paths: readonly string[]): string =>
    `(SELECT ${column} AS value FROM ${parquetRows(paths)} WHERE ${column} IS NOT NULL)`;
  const type = fields[field]?.type;
  const isNumber = type === 'int' || type === 'bigint' || type === 'double' || type === 'decimal';
  const quantiles = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins).join(', ');
  const edges = isNumber
    ? `SELECT quantile_cont(CAST(value AS DOUBLE), [${quantiles}]) AS edges FROM ${rows(before)}`
    : 'SELECT 0 AS edges';
  const bin = isNumber ? 'len(list_filter(edges, lambda edge: edge < value))' : 'CAST(value AS VARCHAR)';
  // One row of edges, or every row would be counted once a row of the days before.
  const shares = (paths: readonly string[]): string =>
    `(SELECT bin, count(*) / sum(count(*)) OVER () AS share FROM (SELECT ${bin} AS bin FROM ${rows(paths)}, edges_of) GROUP BY bin)`;
  const index = await session.value(`WITH edges_of AS (${edges})
    SELECT sum((p - q) * ln(p / q)) FROM (
      SELECT greatest(coalesce(n.share, 0), ${leastShare}) AS p, greatest(coalesce(b.share, 0), ${leastShare}) AS q
      FROM ${shares(now)} n FULL JOIN ${shares(before)} b USING (bin))`);
  return Number(index ?? 0);
}
