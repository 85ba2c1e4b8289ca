import { AccountChanges } from './account-changes.ts';
import { columnOf } from './fates.ts';
import type { JobCommit } from './job-plan.ts';

/** Records that an erasure took, as a job's sidecar knew them. */
export interface ErasedRecords {
  /** Key of the input object. */
  readonly source: string;
  /** Number of the job's commit that read that object. */
  readonly readBy: number;
  /** Numbers of the commits that put them through the job again, rising. */
  readonly replays: readonly number[];
  /** Number of the commit that decided what became of them. */
  readonly decidedBy: number;
  readonly fate: string;
  readonly count: number;
  /** Key of the sidecar. */
  readonly sidecar: string;
}

/** The same by what asks for them, so that each commit looks at its own alone. */
export interface ErasedByCommit {
  /** Those that a commit counted, by its number. */
  readonly counted: ReadonlyMap<number, readonly ErasedRecords[]>;
  /** Rows that the partition beside a sidecar lost, by the sidecar's key. */
  readonly rows: ReadonlyMap<string, readonly RowsGone[]>;
}

/** Rows that were put through last by the commit of this number or one before it; of a list, rising. */
interface RowsGone {
  readonly upTo: number;
  readonly rows: number;
}

export function byCommit(erased: readonly ErasedRecords[]): ErasedByCommit {
  const counted = new Map<number, ErasedRecords[]>();
  const written = new Map<string, Map<number, number>>();
  for (const records of erased) {
    const { readBy, replays, decidedBy, fate, count, sidecar } = records;
    for (const n of new Set([readBy, ...replays, decidedBy])) {
      const own = counted.get(n) ?? [];
      own.push(records);
      counted.set(n, own);
    }
    if (fate !== 'written') continue;
    const last = lastOf(records);
    const byLast = written.get(sidecar) ?? new Map<number, number>();
    byLast.set(last, (byLast.get(last) ?? 0) + count);
    written.set(sidecar, byLast);
  }
  return { counted, rows: new Map([...written].map(([sidecar, byLast]) => [sidecar, summed(byLast)])) };
}

function summed(byLast: ReadonlyMap<number, number>): readonly RowsGone[] {
  let rows = 0;
  return [...byLast]
    .sort(([a], [b]) => a - b)
    .map(([upTo, count]) => {
      rows += count;
      return { upTo, rows };
    });
}

/**
 * Commit `n` of a job after an erasure: its account as if the records had never been. A record was counted by the commit that
 * read it, by each that replayed it, and, where it gave way later, by the one that took it out of the table.
 */
export function withoutErasedRecords(commit: JobCommit, n: number, erased: ErasedByCommit): JobCommit {
  const changes = new AccountChanges();
  const partitions = new Map(commit.sidecars.map(({ key, partition }) => [key, partition?.join('/')]));
  for (const records of erased.counted.get(n) ?? []) takeOut(records, n, partitions.get(records.sidecar), changes);
  for (const [sidecar, path] of partitions)
    changes.addToPartition(path, 'rows', -rowsAt(erased.rows.get(sidecar) ?? [], n));
  return changes.appliedTo(commit);
}

/** Rows gone of those that stood in the partition with commit `n`. */
function rowsAt(gone: readonly RowsGone[], n: number): number {
  let [from, to] = [0, gone.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((gone[middle]?.upTo ?? 0) <= n) from = middle + 1;
    else to = middle;
  }
  return gone[from - 1]?.rows ?? 0;
}

function takeOut(records: ErasedRecords, n: number, path: string | undefined, changes: AccountChanges): void {
  const { source, readBy, replays, decidedBy, fate, count } = records;
  const last = lastOf(records);
  const gaveWay = decidedBy > last;
  // One that gave way later was written first.
  const column = gaveWay && fate !== 'deduplicated' ? 'written' : columnOf(fate);
  if (readBy === n) {
    changes.addToInput(source, 'read', -count);
    changes.addToInput(source, replays.length > 0 ? 'quarantined' : column, -count);
  }
  if (replays.includes(n)) {
    // Taken out of quarantine, and put there again by all but the last.
    changes.addToInput(source, 'quarantined', count);
    changes.addToInput(source, n === last ? column : 'quarantined', -count);
  }
  if (last === n) {
    changes.addToPartition(path, 'read', -count);
    changes.addToPartition(path, column, -count);
  }
  if (decidedBy === n && gaveWay && fate !== 'written' && fate !== 'deduplicated') {
    // Rows that stood and gave way: to a later report, or to a record in conflict.
    const way = columnOf(fate) === 'deduplicated' ? 'replaced' : 'superseded';
    changes.addToTotal(way, -count);
    changes.addToPartition(path, way, -count);
  }
}

/** Number of the commit that put the records through the job last. */
function lastOf({ readBy, replays }: ErasedRecords): number {
  return replays.at(-1) ?? readBy;
}
