import { storedCommits } from '../../commit/packed-commits.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { byCommit, type ErasedByCommit, type ErasedRecords } from '../../transform/erase-commit.ts';
import type { JobCommit } from '../../transform/job-plan.ts';
import type { ReplacedObject, UnseenRecords } from './journal.ts';

/** What an erasure took of the records that a job had read. */
export interface ErasedOfJob {
  readonly records: ErasedByCommit;
  /** Of which no sidecar tells, by the number of the commit that read them. */
  readonly unseen: ReadonlyMap<number, readonly UnseenRecords[]>;
}

/** By address. Objects go by the keys that they have now. */
export async function erasedByJob(
  store: ObjectStore,
  replaced: readonly ReplacedObject[],
): Promise<ReadonlyMap<string, ErasedOfJob>> {
  const names = new Map(replaced.map(({ key, now }) => [key, now.key]));
  const nameNow = (key: string): string => names.get(key) ?? key;
  const sidecars = Map.groupBy(
    replaced.filter(({ fates = [] }) => fates.length > 0),
    ({ key }) => key.split('/')[2] ?? '',
  );
  const unseen = Map.groupBy(
    replaced.flatMap((object) => object.unseen ?? []),
    ({ job }) => job,
  );
  const erased = new Map<string, ErasedOfJob>();
  for (const job of new Set([...sidecars.keys(), ...unseen.keys()])) {
    const readers = await readersOf(store, job, nameNow);
    const records = (sidecars.get(job) ?? []).flatMap((sidecar) => recordsOf(sidecar, readers, nameNow));
    const own = (unseen.get(job) ?? []).map((each) => ({ ...each, source: nameNow(each.source) }));
    erased.set(job, { records: byCommit(records), unseen: Map.groupBy(own, ({ readBy }) => readBy) });
  }
  return erased;
}

/** Numbers of the job's commits by the input that each read. */
async function readersOf(
  store: ObjectStore,
  job: string,
  nameNow: (key: string) => string,
): Promise<ReadonlyMap<string, number>> {
  const readers = new Map<string, number>();
  // A replay's lines name objects that another commit had read.
  for await (const { n, commit } of storedCommits<JobCommit>(store, job))
    if (commit.replayed === undefined) for (const { key } of commit.inputs) readers.set(nameNow(key), n);
  return readers;
}

function recordsOf(
  { key, fates = [] }: ReplacedObject,
  readers: ReadonlyMap<string, number>,
  nameNow: (key: string) => string,
): readonly ErasedRecords[] {
  return fates.flatMap(({ source: former, jobCommit: decidedBy, ...fate }) => {
    const source = nameNow(former);
    const readBy = readers.get(source);
    return readBy === undefined ? [] : [{ ...fate, source, readBy, decidedBy, sidecar: nameNow(key) }];
  });
}
