import { columnOf } from './fates.ts';
import type { JobCommit, PartitionAccount, RowCounts } from './job-plan.ts';

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

/**
 * Commit `n` of a job after an erasure: its account as if the records had never been. A record was counted by the commit that
 * read it, by each that replayed it, and, where it gave way later, by the one that took it out of the table.
 */
export function withoutErasedRecords(commit: JobCommit, n: number, erased: readonly ErasedRecords[]): JobCommit {
  let { inputs, partitions, total } = commit;
  const sidecars = new Map(commit.sidecars.map(({ key, partition }) => [key, partition?.join('/')]));
  for (const records of erased) {
    const { source, readBy, replays, decidedBy, fate, count, sidecar } = records;
    const path = sidecars.get(sidecar);
    const inPartition = (change: (account: PartitionAccount) => PartitionAccount): void => {
      partitions = partitions.map((account) => (account.values.join('/') === path ? change(account) : account));
    };
    const counted = (change: <T extends RowCounts>(counts: T) => T): void => {
      inputs = inputs.map((input) => (input.key === source ? change(input) : input));
      total = change(total);
    };
    const last = replays.at(-1) ?? readBy;
    const column = columnFirst(fate, decidedBy > last);
    if (readBy === n) counted((counts) => less(counts, replays.length > 0 ? 'quarantined' : column, count));
    if (replays.includes(n)) {
      // Taken out of quarantine, and put there again by all but the last.
      const moved = n === last ? column : 'quarantined';
      counted((counts) => less(more(counts, 'quarantined', count), moved, count));
    }
    if (last === n) inPartition((account) => less(account, column, count));
    if (decidedBy === n && decidedBy > last && fate !== 'written' && fate !== 'deduplicated') {
      total = lessGaveWay(total, fate, count);
      inPartition((account) => lessGaveWay(account, fate, count));
    }
    if (fate === 'written' && last <= n) inPartition((account) => ({ ...account, rows: account.rows - count }));
  }
  return { ...commit, inputs, partitions, total };
}

/** Records that an erasure took and of which a job's commits alone know what had become of them. */
export interface ExpiredRecords {
  /** Key of the input object. */
  readonly source: string;
  /** Of those whose quarantined row was still there. */
  readonly aside: number;
  readonly written: number;
  readonly quarantined: number;
  readonly deduplicated: number;
}

/** The commit that read these records, without them: what a lifecycle took is so much less. Its partitions stay as they were. */
export function withoutExpiredRecords(commit: JobCommit, erased: readonly ExpiredRecords[]): JobCommit {
  let { inputs, total, expiredErased = { table: 0, aside: 0 } } = commit;
  for (const { source, aside, written, quarantined, deduplicated } of erased) {
    const counted = <T extends RowCounts>(counts: T): T =>
      less(less(less(counts, 'written', written), 'quarantined', quarantined + aside), 'deduplicated', deduplicated);
    inputs = inputs.map((input) => (input.key === source ? counted(input) : input));
    total = counted(total);
    expiredErased = { table: expiredErased.table + written, aside: expiredErased.aside + quarantined };
  }
  return { ...commit, inputs, total, expiredErased };
}

/** Rows that stood and gave way: to a record in conflict, or to a later report. */
function lessGaveWay<T extends JobCommit['total']>(counts: T, fate: string, by: number): T {
  return columnOf(fate) === 'deduplicated'
    ? { ...counts, replaced: (counts.replaced ?? 0) - by }
    : { ...counts, superseded: counts.superseded - by };
}

type Column = ReturnType<typeof columnOf>;

/** Where the commit that put a record through last counted it: one that gave way later was written first. */
function columnFirst(fate: string, gaveWay: boolean): Column {
  return fate !== 'deduplicated' && gaveWay ? 'written' : columnOf(fate);
}

function less<T extends RowCounts>(counts: T, column: Column, by: number): T {
  return { ...counts, read: counts.read - by, [column]: counts[column] - by };
}

function more<T extends RowCounts>(counts: T, column: Column, by: number): T {
  return less(counts, column, -by);
}
