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
  if (!capabilities.densePositions) return { held, trimmed: trimmedByCommits(commits), expired: 0 };
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

/** What the commits say that the log held below its present start. */
function trimmedByCommits({ figures, ofFormerLogs, sums }: DeliveryLedger): number {
  return figures.lost + ofFormerLogs + sums.belowStart;
}
