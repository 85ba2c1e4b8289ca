import type { Effects } from '../base/effects.ts';
import type { Catalog, Registration, TableObject } from '../catalog/catalog.ts';
import { type CommitSeries, openSeries } from '../commit/series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Arrivals } from './arrivals.ts';

/** What one commit did to a table. */
export interface Contribution {
  readonly objects: readonly ContributedObject[];
  /** Keys that the commit took away without putting an object in their place. */
  readonly replaces: readonly string[];
  /** Contents that it took away for good, wherever they came from: another content under the key stays. */
  readonly removes?: Registration['removes'];
}

export interface ContributedObject extends Pick<TableObject, 'key' | 'etag' | 'rows' | 'sizeBytes' | 'partition'> {
  /** Records that its rows hold, where a row is none itself. */
  readonly records?: number;
  /** When its first record arrived, by the effects clock; orders objects of several series. */
  readonly arrivalMs?: number;
  /** When each of its rows did, as nearly as the commit says; absent where it doesn't. */
  readonly arrivals?: Arrivals;
}

/**
 * A commit series that feeds a table, and how its commits read. Whoever writes the series (a delivery, a job) gives
 * this; the table room doesn't know what else stands in the commits.
 */
export interface Contributor {
  readonly series: string;
  readonly database: string;
  readonly table: string;
  /** What a commit, parsed from JSON, did to the table; no objects for a commit that only moved positions. */
  contribution(commit: unknown): Contribution;
}

/** Commits of a contributor from `from` on, up to but without `to`, or to the head. */
export async function* contributions(
  store: ObjectStore,
  contributor: Contributor,
  from: number,
  to: number | undefined,
  effects: Effects,
): AsyncGenerator<{ readonly n: number } & Contribution> {
  const series: CommitSeries<unknown, unknown> = openSeries(store, contributor.series, effects);
  for await (const { n, commit } of series.commits(from, to)) yield { n, ...contributor.contribution(commit) };
}

/** The same as the catalog takes them in. */
export async function* registrations(
  store: ObjectStore,
  contributor: Contributor,
  from: number,
  effects: Effects,
): AsyncGenerator<Registration> {
  const { series } = contributor;
  for await (const { n, objects, replaces, removes = [] } of contributions(
    store,
    contributor,
    from,
    undefined,
    effects,
  )) {
    yield {
      series,
      number: n,
      objects: objects.map(({ key, etag, rows, sizeBytes, partition }) => {
        return { key, etag, rows, sizeBytes, partition, series, commit: n };
      }),
      replaces,
      removes,
    };
  }
}

/**
 * Registers in the catalog what the series committed since it was last looked at. Idempotent; what a process that died
 * between its commit and its registration left undone is done here. Returns the number of commits taken in.
 */
export async function registerCommits(
  catalog: Catalog,
  store: ObjectStore,
  contributor: Contributor,
  effects: Effects,
): Promise<number> {
  const { database, table, series } = contributor;
  const from = (await catalog.registeredUpTo(database, table, series)) + 1;
  let count = 0;
  for await (const commit of registrations(store, contributor, from, effects)) {
    await catalog.registerCommit(database, table, commit);
    count += 1;
  }
  return count;
}
