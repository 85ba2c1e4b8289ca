import type { Effects } from '../../base/effects.ts';
import { encodeJson, readJson } from '../../commit/json-object.ts';
import { blockOf } from '../../commit/packed-commits.ts';
import { seriesRoot } from '../../commit/series-keys.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import { type Amending, amended, type SeriesPlace } from './amend-commit.ts';
import { type DerivedJob, jobsBehind } from './behind.ts';
import { erasedByJob } from './erased-by-job.ts';
import type { ReplacedObject } from './journal.ts';
import type { PersonFinder } from './person-finder.ts';
import { redactedJson } from './redact-json.ts';

const placePattern = /^_playhead\/series\/([^/]+)\/(plan|commit)\/(\d+)\.json$/;

export interface Amendment extends Pick<Amending, 'erasure'> {
  readonly replaced: readonly ReplacedObject[];
  /** Takes the person out of the texts of plans and commits (samples of checks). */
  readonly finder: PersonFinder;
  /** Those that have to make anew what they made of objects that were replaced. */
  readonly derivedJobs: readonly DerivedJob[];
}

export interface Amended {
  /** Plans and commits that were written anew. */
  readonly commits: number;
  /** Keys that a commit names. */
  readonly named: ReadonlySet<string>;
  /** Addresses of jobs that have partitions to make anew. */
  readonly behind: readonly string[];
}

/**
 * Makes plans and commits name what stands in the lake after an erasure, and their accounts leave out what went. It is the one
 * thing that ever changes a commit: what it said of the person has to go too, and everything that is derived from commits
 * (catalog, ledger, jobs that have yet to read) then follows. Each is changed once, whole; done twice, nothing happens.
 */
export async function amendSeries(store: ObjectStore, amendment: Amendment, effects: Effects): Promise<Amended> {
  const { erasure, replaced, finder, derivedJobs } = amendment;
  const byKey = new Map(replaced.flatMap((object) => [object.key, object.now.key].map((key) => [key, object])));
  const behind = await jobsBehind(store, derivedJobs, byKey, effects);
  const jobs = await erasedByJob(store, replaced);
  const amending: Amending = { erasure, byKey, jobs, behind, named: new Set() };
  let commits = 0;
  for await (const { key } of listAll(store, seriesRoot)) {
    if (!key.endsWith('.json')) continue;
    const stored = await readJson<object>(store, key);
    if (stored === undefined) continue;
    const place = placeOf(key);
    const next = place === undefined ? stored.value : amended(stored.value, place, amending);
    const clean = redactedJson(next, finder);
    if (JSON.stringify(clean) === JSON.stringify(stored.value)) continue;
    // Before: were it left, and we killed in between, nobody would know that the copy still says it.
    if (place?.kind === 'commit') await store.delete(blockOf(place.series, place.n));
    await store.put(key, encodeJson(clean), { ifMatch: stored.etag });
    commits += 1;
    await effects.reached('erase.commit-amended');
  }
  return { commits, named: amending.named, behind: behind.map(({ job }) => job) };
}

/** Undefined of what else a series keeps beside its plans and commits. */
function placeOf(key: string): SeriesPlace | undefined {
  const [, series, kind, n] = placePattern.exec(key) ?? [];
  if (series === undefined) return undefined;
  return { key, series, kind: kind === 'plan' ? 'plan' : 'commit', n: Number(n) };
}
