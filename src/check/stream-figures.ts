import type { DeliveryState } from '../delivery/state.ts';
import type { StreamFigures } from '../ledger/account.ts';
import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { PartitionState, Stream } from '../stream/stream.ts';

/** What the log holds and held, by its own word where its positions are dense, else below its start by the commits'. */
export function streamFigures(
  { capabilities }: Stream,
  partitions: readonly PartitionState[],
  state: DeliveryState,
  commits: DeliveryLedger,
): StreamFigures {
  const held = partitions.reduce((sum, { count }) => sum + count, 0);
  if (!capabilities.densePositions) return { held, trimmed: trimmedByCommits(partitions, commits), expired: 0 };
  let trimmed = commits.ofFormerLogs;
  let expired = 0;
  for (const { partition, start } of partitions) {
    const position = state.positions.get(partition) ?? 0n;
    const begin = commits.begins.get(partition) ?? (state.series.length === 0 ? start : 0n);
    trimmed += Number(start);
    expired += Number(begin) + (position < start ? Number(start - position) : 0);
  }
  return { held, trimmed, expired };
}

/**
 * What the commits say that the log held below its present start. A commit that the start cuts in two counts below it what
 * the log does not hold of it any more: an estimate on a log whose positions have gaps.
 */
function trimmedByCommits(
  partitions: readonly PartitionState[],
  { lines, figures, ofFormerLogs }: DeliveryLedger,
): number {
  const starts = new Map(partitions.map(({ partition, start }) => [partition, start]));
  const ranges = Map.groupBy(lines, ({ partition, from, until }) => `${partition} ${from} ${until}`);
  let trimmed = figures.lost + ofFormerLogs;
  for (const range of ranges.values()) {
    const [first] = range;
    if (first === undefined) continue;
    const start = starts.get(first.partition) ?? 0n;
    if (BigInt(first.from) >= start) continue;
    const logged = range.reduce((sum, line) => sum + line.logged, 0);
    const stillHeld = BigInt(first.until) > start ? Number(BigInt(first.until) - start) : 0;
    trimmed += logged - stillHeld;
  }
  return trimmed;
}
