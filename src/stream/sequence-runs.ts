/** Sequences from `first` to `last`, both included. */
export interface SequenceRun {
  readonly first: bigint;
  readonly last: bigint;
}

/** Those parts of the runs that lie within `span`; runs in order, each sharing sequences with it. */
export function clip(runs: readonly SequenceRun[], span: SequenceRun): SequenceRun[] {
  return runs.map((run) => ({
    first: run.first < span.first ? span.first : run.first,
    last: run.last > span.last ? span.last : run.last,
  }));
}

/** What of `span` is in none of the runs, which lie within it, in order. */
export function gapsBetween(runs: readonly SequenceRun[], span: SequenceRun): SequenceRun[] {
  const gaps: SequenceRun[] = [];
  let next = span.first;
  for (const run of runs) {
    if (run.first > next) gaps.push({ first: next, last: run.first - 1n });
    next = run.last + 1n;
  }
  if (next <= span.last) gaps.push({ first: next, last: span.last });
  return gaps;
}

/** The runs that share sequences with `span`, out of runs in order. */
export function runsWithin(runs: readonly SequenceRun[], span: SequenceRun): readonly SequenceRun[] {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.last ?? 0n) < span.first) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < runs.length && (runs[end]?.first ?? 0n) <= span.last) end += 1;
  return runs.slice(low, end);
}

/** Runs in order with one more, which shares no sequence with them; neighbours become one. */
export function withRun(runs: readonly SequenceRun[], run: SequenceRun): readonly SequenceRun[] {
  const touching = runsWithin(runs, { first: run.first - 1n, last: run.last + 1n });
  const first = touching[0] !== undefined && touching[0].first < run.first ? touching[0].first : run.first;
  const end = touching.at(-1);
  const last = end !== undefined && end.last > run.last ? end.last : run.last;
  const before = runs.filter((other) => other.last < first);
  const after = runs.filter((other) => other.first > last);
  return [...before, { first, last }, ...after];
}

/** How many of the records `from` to `to` (exclusive) of a batch are in the runs, its first having `firstSequence`. */
export function countWithin(runs: readonly SequenceRun[], firstSequence: bigint, from: number, to: number): number {
  let count = 0;
  for (const run of runs) {
    const begin = Math.max(from, Number(run.first - firstSequence));
    const end = Math.min(to, Number(run.last - firstSequence) + 1);
    count += Math.max(0, end - begin);
  }
  return count;
}
