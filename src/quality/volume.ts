import { counted, formatCount } from '../base/units.ts';
import type { TableCheck } from './definition.ts';
import { type Found, mostSamples } from './outcome.ts';
import { startOf, type TableView } from './table-view.ts';

/** Fewer days say nothing of what is usual. */
const leastDays = 3;
const dayMs = 86_400_000;

/**
 * Rows of each partition that ended since the job read last, and of those that a late record restated. One that isn't there
 * has none: that is how an hour looks in which nothing came.
 */
export function volumeOutcome(
  { least, most, days }: Extract<TableCheck, { kind: 'volume' }>,
  view: Pick<TableView, 'made' | 'standing' | 'periodMs' | 'arrivedMs' | 'arrivedBeforeMs'>,
): Found {
  const { made, standing, periodMs, arrivedMs, arrivedBeforeMs } = view;
  if (periodMs === undefined) return unjudged('one partition only');
  const next = Math.floor(arrivedMs / periodMs);
  const restated = new Set(made.map(({ bucket }) => bucket));
  const first = arrivedBeforeMs === undefined ? Math.min(next, ...restated) : Math.floor(arrivedBeforeMs / periodMs);
  const isAsked = (bucket: number): boolean => bucket < next && (bucket >= first || restated.has(bucket));
  if (first >= next && ![...restated].some(isAsked)) return unjudged('no partition has ended since the last run');

  const rowsOf = new Map([...standing, ...made].map(({ bucket, rows }) => [bucket, rows]));
  const perDay = dayMs / periodMs;
  const daysAway = Array.from({ length: days }, (_, day) => (day + 1) * perDay);
  // Only what has partitions on the days before can be judged, whether it is there itself or not.
  const comparable = new Set([...rowsOf.keys()].flatMap((bucket) => daysAway.map((away) => bucket + away)));
  let judged = 0;
  let [few, many] = [0, 0];
  const samples: string[] = [];
  for (const bucket of [...comparable].filter(isAsked).sort((a, b) => a - b)) {
    const usual = median(daysAway.flatMap((away) => rowsOf.get(bucket - away) ?? []));
    if (usual === undefined) continue;
    judged += 1;
    const rows = rowsOf.get(bucket) ?? 0;
    if (rows >= least * usual && rows <= most * usual) continue;
    if (rows < usual) few += 1;
    else many += 1;
    samples.push(`${startOf(bucket, periodMs)}: ${formatCount(rows)} rows, usually ${formatCount(usual)}`);
  }
  if (judged === 0) return unjudged(`fewer than ${leastDays} days before to compare with`);
  if (samples.length === 0) return { verdict: 'passed', broken: 0, samples };
  const parts = [
    ...(few === 0 ? [] : [`${formatCount(few)} with too few`]),
    ...(many === 0 ? [] : [`${formatCount(many)} with too many`]),
  ];
  const found = `rows not as usual in ${formatCount(samples.length)} of ${counted(judged, periodName(periodMs))}: ${parts.join(', ')}`;
  return { verdict: 'broken', broken: samples.length, samples: samples.slice(0, mostSamples), found };
}

function periodName(periodMs: number): string {
  if (periodMs === dayMs) return 'day';
  return periodMs === dayMs / 24 ? 'hour' : 'partition';
}

function unjudged(found: string): Found {
  return { verdict: 'unknown', broken: 0, samples: [], found };
}

function median(counts: readonly number[]): number | undefined {
  if (counts.length < leastDays) return undefined;
  const sorted = counts.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
