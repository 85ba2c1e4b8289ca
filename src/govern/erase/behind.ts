import type { Effects } from '../../base/effects.ts';
import { storedCommits } from '../../commit/packed-commits.ts';
import { openSeries } from '../../commit/series.ts';
import { seriesKey } from '../../commit/series-keys.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { DerivedCommit, DerivedPlan } from '../../transform/derive/derived-plan.ts';
import type { ConsumedRange, InputProgress } from '../../transform/job-plan.ts';
import type { ReplacedObject } from './journal.ts';

/** A job that makes its table of another job's, by their addresses. */
export interface DerivedJob {
  readonly job: string;
  readonly from: string;
}

/** A job whose input an erasure wrote anew. */
export interface JobBehind extends DerivedJob {
  /** Number of the first commit of its input that put one of those objects: from there on it has to look again. */
  readonly since: number;
  /** Keys of its last commit, and of its plan that has no commit yet. */
  readonly last: string;
  readonly pending: string;
}

/** The jobs that have to make partitions anew, because those that they stand on are others now. */
export async function jobsBehind(
  store: ObjectStore,
  jobs: readonly DerivedJob[],
  byKey: ReadonlyMap<string, ReplacedObject>,
  effects: Effects,
): Promise<readonly JobBehind[]> {
  const behind: JobBehind[] = [];
  for (const [from, readers] of Map.groupBy(jobs, (job) => job.from)) {
    const since = await firstReplaced(store, from, byKey);
    if (since === undefined) continue;
    for (const { job } of readers) {
      const { next } = await openSeries<DerivedPlan, DerivedCommit>(store, job, effects).head();
      if (next === 0) continue;
      const [last, pending] = [seriesKey(job, 'commit', next - 1), seriesKey(job, 'plan', next)];
      behind.push({ job, from, since, last, pending });
    }
  }
  return behind;
}

async function firstReplaced(
  store: ObjectStore,
  job: string,
  byKey: ReadonlyMap<string, ReplacedObject>,
): Promise<number | undefined> {
  if (byKey.size === 0) return undefined;
  for await (const { n, commit } of storedCommits<DerivedCommit>(store, job))
    for (const { key, etag } of commit.objects) {
      const object = byKey.get(key);
      if (object !== undefined && (etag === object.etag || etag === object.now.etag)) return n;
    }
  return undefined;
}

/**
 * The job's last commit, or its plan without one, put back to before its input was written anew: a consumer's position is its
 * last commit, and from there it finds by itself which partitions no longer stand on what they were made from.
 */
export function setBack(value: object, { from, since }: JobBehind): object {
  const { positions, consumed } = value as Partial<InputProgress> & { readonly consumed?: readonly ConsumedRange[] };
  if (positions !== undefined)
    return { ...value, positions: { ...positions, [from]: Math.min(positions[from] ?? since, since) } };
  if (consumed === undefined) return value;
  const until = (range: ConsumedRange): ConsumedRange =>
    range.series === from ? { ...range, to: Math.min(range.to, since) } : range;
  return { ...value, consumed: consumed.map(until) };
}
