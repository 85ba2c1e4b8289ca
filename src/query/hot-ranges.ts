import type { PartitionRange } from '../delivery/arrival-queue.ts';

/** What of the ranges is in none of the others, which do not overlap each other. */
export function rangesWithout(
  ranges: readonly PartitionRange[],
  others: readonly PartitionRange[],
): readonly PartitionRange[] {
  const byPartition = Map.groupBy(others, ({ partition }) => partition);
  return ranges.flatMap(({ partition, from, until }) => {
    const left: PartitionRange[] = [];
    let next = from;
    const inOrder = (byPartition.get(partition) ?? []).toSorted((a, b) => (a.from < b.from ? -1 : 1));
    for (const other of inOrder) {
      if (other.from >= until) break;
      if (other.from > next) left.push({ partition, from: next, until: other.from });
      if (other.until > next) next = other.until;
    }
    return next < until ? [...left, { partition, from: next, until }] : left;
  });
}
