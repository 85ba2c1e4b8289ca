/**
 * Measurements of one series in one slot of time, as far as any statistic asks for them. Merging two gives what aggregating
 * all their measurements would have given: slots roll up into longer ones, and processes write side by side.
 */
export interface Aggregate {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Bucket → how many measurements fell into it: what percentiles are read from. */
  readonly buckets: ReadonlyMap<number, number>;
}

/** Width of a bucket: a percentile is within half a percent of a value that was measured. */
const growth = 1.01;
const logGrowth = Math.log(growth);
/** Values nearer to zero than this are zero. */
const least = 1e-9;
/** Bucket of `least`; values count upwards from here, negative values mirrored, zero is bucket 0. */
const firstBucket = Math.floor(Math.log(least) / logGrowth) - 1;

/** A log-scaled histogram, as DDSketch has it (Masson, Rim, Lee: VLDB 2019). */
function bucketOf(value: number): number {
  const size = Math.abs(value);
  if (size < least) return 0;
  return Math.sign(value) * (Math.ceil(Math.log(size) / logGrowth) - firstBucket);
}

function valueIn(bucket: number): number {
  if (bucket === 0) return 0;
  const upper = growth ** (Math.abs(bucket) + firstBucket);
  const middle = (Math.sign(bucket) * (2 * upper)) / (growth + 1);
  // Counts are whole: where the bucket holds a whole number, that is what was measured.
  const whole = Math.round(middle);
  return bucketOf(whole) === bucket ? whole : middle;
}

export function aggregateOf(value: number, times = 1): Aggregate {
  return { count: times, sum: value * times, min: value, max: value, buckets: new Map([[bucketOf(value), times]]) };
}

/** An aggregate that is still being measured into. */
export type Accumulating = { -readonly [K in keyof Aggregate]: Aggregate[K] } & { buckets: Map<number, number> };

export function accumulating(): Accumulating {
  return { count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, buckets: new Map() };
}

/** Takes in one measurement, in place: the hot path, where `merge` would copy every bucket. */
export function accumulate(into: Accumulating, value: number): void {
  into.count += 1;
  into.sum += value;
  into.min = Math.min(into.min, value);
  into.max = Math.max(into.max, value);
  const bucket = bucketOf(value);
  into.buckets.set(bucket, (into.buckets.get(bucket) ?? 0) + 1);
}

export function merge(a: Aggregate, b: Aggregate): Aggregate {
  const buckets = new Map(a.buckets);
  for (const [bucket, count] of b.buckets) buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    buckets,
  };
}

/** CloudWatch's statistics. A percentile is `p0` to `p100`, with up to ten decimals: `p99.9`. */
export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum' | `p${number}`;

const simple: Readonly<Record<string, (aggregate: Aggregate) => number>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

export const simpleStatistics: readonly string[] = Object.keys(simple);

/** From 0 to 100; undefined where the statistic is no percentile. */
export function percentileOf(statistic: string): number | undefined {
  const written = /^p(\d{1,3}(?:\.\d{1,10})?)$/.exec(statistic)?.[1];
  const percent = Number(written);
  return written === undefined || percent > 100 ? undefined : percent;
}

/** What the statistic says of these measurements. RangeError for a statistic that there is not: definitions were checked. */
export function statisticOf(aggregate: Aggregate, statistic: Statistic): number {
  const percent = percentileOf(statistic);
  if (percent !== undefined) return percentile(aggregate, percent);
  const of = simple[statistic];
  if (of === undefined) throw new RangeError(`no statistic ${statistic}`);
  return of(aggregate);
}

/** Nearest rank: the smallest value that at least this share of the measurements does not exceed. */
function percentile({ count, buckets, min, max }: Aggregate, percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * count));
  let seen = 0;
  for (const [bucket, times] of [...buckets].sort(([a], [b]) => a - b)) {
    seen += times;
    if (seen >= rank) return Math.min(max, Math.max(min, valueIn(bucket)));
  }
  return max;
}
