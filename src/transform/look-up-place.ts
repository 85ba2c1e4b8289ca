import type { Effects } from '../base/effects.ts';
import { storedCommits } from '../commit/packed-commits.ts';
import { type CommitSeries, openSeries } from '../commit/series.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { committedSidecars, fatesWhere, type RecordFate } from './committed-sidecars.ts';
import type { JobCommit, JobPlan } from './job-plan.ts';

/** A record by its place in a job's input. */
export interface InputPlace {
  /** The series whose commit names the object, and the commit's number. */
  readonly series: string;
  readonly commit: number;
  readonly source: string;
  /** From 0. */
  readonly row: number;
}

/** What a job made of the record at a place. */
export interface PlaceFate {
  /** The job's commit that read it; absent where none has yet. */
  readonly readBy?: number;
  /** Absent where no sidecar lists the record any more. */
  readonly fate?: RecordFate;
  /** Keys of the sidecars of which one lists it, or did. */
  readonly sidecars: readonly string[];
}

/**
 * What became of a record, whatever its key: the sidecars that the commit which read it put say so, those of a replay where
 * it was replayed since. Their columns of places are decoded whole. Reads about log2(commits) commits, and those that came
 * after the reading one where that one's sidecars don't list the record any more.
 */
export async function lookUpPlace(
  session: DuckSession,
  store: ObjectStore,
  job: string,
  place: InputPlace,
  effects: Effects,
): Promise<PlaceFate> {
  const series = openSeries<JobPlan, JobCommit>(store, job, effects);
  const reader = await commitReading(series, place);
  if (reader === undefined) return { sidecars: [] };
  const present = await committedSidecars(store, job, effects);
  const fateIn = async (keys: readonly string[]): Promise<RecordFate | undefined> => {
    const named = present.filter(({ key }) => keys.includes(key));
    const [fate] = await fatesWhere(session, named, `source = ${sqlString(place.source)} AND row = ${place.row}`);
    return fate;
  };
  const asked = namesOf(reader.commit);
  let fate = await fateIn(asked);
  if (fate === undefined) {
    for await (const { commit } of storedCommits<JobCommit>(store, job, reader.n + 1))
      if (commit.replayed !== undefined && commit.inputs.some(({ key }) => key === place.source))
        asked.push(...namesOf(commit));
    fate = await fateIn(asked);
  }
  return { readBy: reader.n, ...(fate === undefined ? {} : { fate }), sidecars: asked };
}

function namesOf({ sidecars }: JobCommit): string[] {
  return sidecars.map(({ key }) => key);
}

/** The first commit that moved the job past a commit of its input: positions only rise. */
async function commitReading(
  series: CommitSeries<JobPlan, JobCommit>,
  place: InputPlace,
): Promise<{ readonly n: number; readonly commit: JobCommit } | undefined> {
  const isPast = ({ positions }: JobCommit): boolean => (positions[place.series] ?? 0) > place.commit;
  const { next, last } = await series.head();
  if (last === undefined || !isPast(last)) return undefined;
  let found = { n: next - 1, commit: last };
  let before = -1;
  while (found.n - before > 1) {
    const middle = Math.floor((before + found.n) / 2);
    const commit = await series.read(middle);
    if (commit !== undefined && isPast(commit)) found = { n: middle, commit };
    else before = middle;
  }
  return found;
}
