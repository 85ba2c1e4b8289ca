import type { JobCommit, PartitionAccount, RowCounts } from './job-plan.ts';

/** Records that an erasure took, as a job's sidecar knew them. */
export interface ErasedRecords {
  /** Key of the input object. */
  readonly source: string;
  /** Number of the job's commit that read that object. */
  readonly readBy: number;
  /** Number of the commit that decided what became of them. */
  readonly decidedBy: number;
  readonly fate: string;
  readonly count: number;
  /** Key of the sidecar. */
  readonly sidecar: string;
}

/**
 * Commit `n` of a job after an erasure: its account as if the records had never been. A record that an earlier commit wrote
 * and this one took out of the table again is no longer counted as superseded.
 */
export function withoutErasedRecords(commit: JobCommit, n: number, erased: readonly ErasedRecords[]): JobCommit {
  let { inputs, partitions, total } = commit;
  const sidecars = new Map(commit.sidecars.map(({ key, partition }) => [key, partition?.join('/')]));
  for (const { source, readBy, decidedBy, fate, count, sidecar } of erased) {
    const path = sidecars.get(sidecar);
    const inPartition = (change: (account: PartitionAccount) => PartitionAccount): void => {
      partitions = partitions.map((account) => (account.values.join('/') === path ? change(account) : account));
    };
    if (readBy === n) {
      const column = columnOf(fate, decidedBy > readBy);
      inputs = inputs.map((input) => (input.key === source ? less(input, column, count) : input));
      total = less(total, column, count);
      inPartition((account) => less(account, column, count));
    } else if (decidedBy === n && fate !== 'written' && fate !== 'deduplicated') {
      total = { ...total, superseded: total.superseded - count };
      inPartition((account) => ({ ...account, superseded: account.superseded - count }));
    }
    if (fate === 'written' && readBy <= n) inPartition((account) => ({ ...account, rows: account.rows - count }));
  }
  return { ...commit, inputs, partitions, total };
}

type Column = 'written' | 'quarantined' | 'deduplicated';

/** Where the commit that read a record counted it: one that gave way later was written first. */
function columnOf(fate: string, gaveWay: boolean): Column {
  if (fate === 'written' || gaveWay) return 'written';
  return fate === 'deduplicated' ? 'deduplicated' : 'quarantined';
}

function less<T extends RowCounts>(counts: T, column: Column, by: number): T {
  return { ...counts, read: counts.read - by, [column]: counts[column] - by };
}
