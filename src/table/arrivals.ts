/** When the rows of an object arrived, ms since 1970 UTC: its span, and where the rows in it are, as runs in their order. */
export interface Arrivals {
  readonly fromMs: number;
  readonly toMs: number;
  /** Absent where only the span is known. */
  readonly runs?: ArrivalRuns;
}

/** `[rows, steps, rows, steps, …]`: so many rows, one after the other, that arrived so many whole steps after the first. */
export interface ArrivalRuns {
  readonly stepMs: number;
  readonly rows: readonly number[];
}

/** Rows from `firstRow` (from 0) to the next range arrived no sooner than `fromMs` and no later than `toMs`. */
export interface ArrivalRange {
  readonly firstRow: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The ranges of an object of so many rows, in order. Where runs are not of all rows (an erasure took some), its span is all. */
export function arrivalRanges({ fromMs, toMs, runs }: Arrivals, rows: number): readonly ArrivalRange[] {
  const ranges: ArrivalRange[] = [];
  let firstRow = 0;
  for (let i = 0; i + 1 < (runs?.rows.length ?? 0); i += 2) {
    const [count = 0, steps = 0] = [runs?.rows[i], runs?.rows[i + 1]];
    const stepMs = runs?.stepMs ?? 1;
    const startMs = fromMs + steps * stepMs;
    ranges.push({ firstRow, fromMs: startMs, toMs: Math.min(toMs, startMs + stepMs - 1) });
    firstRow += count;
  }
  return firstRow === rows && ranges.length > 0 ? ranges : [{ firstRow: 0, fromMs, toMs }];
}

/** More would make commits large: the steps are as long as it takes. */
const mostRuns = 256;
const stepsMs = [1, 1000, 10_000, 60_000, 600_000, 3_600_000] as const;

/** Runs of arrivals in the order of rows; undefined where all arrived at once, or in no order. */
export function arrivalRuns(arrivals: () => Iterable<number>, fromMs: number, toMs: number): ArrivalRuns | undefined {
  if (fromMs === toMs) return undefined;
  for (const stepMs of stepsMs) {
    const rows = runsOf(arrivals(), fromMs, stepMs);
    if (rows !== undefined) return { stepMs, rows };
  }
  return undefined;
}

function runsOf(arrivals: Iterable<number>, fromMs: number, stepMs: number): readonly number[] | undefined {
  const rows: number[] = [];
  for (const arrival of arrivals) {
    const steps = Math.floor((arrival - fromMs) / stepMs);
    if (rows.at(-1) === steps) rows[rows.length - 2] = (rows.at(-2) ?? 0) + 1;
    else if (rows.length === 2 * mostRuns) return undefined;
    else rows.push(1, steps);
  }
  return rows;
}
