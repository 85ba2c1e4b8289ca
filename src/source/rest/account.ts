import { storedCommits } from '../../commit/packed-commits.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { CommittedVersion } from '../../ledger/account.ts';
import type { RestCommit } from './series.ts';

/** What was taken of one endpoint. */
export interface EndpointAccount {
  readonly endpoint: string;
  /** `database.table`. */
  readonly table: string;
  readonly days: number;
  readonly pages: number;
  readonly records: number;
  /** Records of people who were erased, before they came or since. */
  readonly erased: number;
  /** Of the pages, those that a lifecycle took. */
  readonly expired: number;
}

/** What a source has taken, by its commits alone. */
export interface RestAccount {
  readonly source: string;
  /** In the order in which they were first taken. */
  readonly endpoints: readonly EndpointAccount[];
  /** Executions that are through, and those of which pages are still to come. */
  readonly executions: { readonly finished: number; readonly unfinished: number };
  /** Numbers of commits that are gone: nobody knows what they took. */
  readonly gone: readonly number[];
}

/** An account with what it was drawn from. */
export interface RestAccountRead {
  readonly account: RestAccount;
  /** The objects of pages, as they were committed, without those that a lifecycle took. */
  readonly pages: readonly CommittedVersion[];
  /** Number of the first commit that was not there yet. */
  readonly next: number;
}

/** Reads all commits of a source. `expired`: keys that a lifecycle took, which nobody misses. */
export async function restAccount(
  store: ObjectStore,
  source: string,
  expired: ReadonlySet<string>,
): Promise<RestAccountRead> {
  const endpoints = new Map<
    string,
    { table: string; days: Set<string>; pages: number; records: number; erased: number; expired: number }
  >();
  const executions = new Map<string, boolean>();
  const gone: number[] = [];
  const pages: CommittedVersion[] = [];
  let next = 0;
  for await (const { n, commit } of storedCommits<RestCommit>(store, source)) {
    for (; next < n; next += 1) gone.push(next);
    next = n + 1;
    executions.set(commit.execution.id, commit.kind === 'end');
    if (commit.kind !== 'page') continue;
    const { endpoint, table, key, sha256, records, erased = 0, execution } = commit.plan;
    const sum = endpoints.get(endpoint) ?? { table, days: new Set(), pages: 0, records: 0, erased: 0, expired: 0 };
    endpoints.set(endpoint, sum);
    sum.days.add(execution.date);
    sum.pages += 1;
    sum.records += records;
    sum.erased += erased;
    if (expired.has(key)) sum.expired += 1;
    else pages.push({ key, etag: commit.etag, sha256, rows: 1, series: source, commit: n, holds: 'data' });
  }
  const finished = [...executions.values()].filter(Boolean).length;
  const account = {
    source,
    endpoints: [...endpoints].map(([endpoint, { days, ...sum }]) => ({ endpoint, ...sum, days: days.size })),
    executions: { finished, unfinished: executions.size - finished },
    gone,
  };
  return { account, pages, next };
}
