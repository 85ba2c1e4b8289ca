import type { DeliveryState } from '../delivery/state.ts';
import type { StreamFigures } from '../ledger/account.ts';
import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { PartitionState, SourceAccount, Stream, StreamAccount } from '../stream/stream.ts';

/** A topic as its log describes it, and what its sources sent. */
interface HeldTopic {
  readonly name: string;
  readonly partitions: readonly PartitionState[];
  readonly account: StreamAccount | undefined;
}

/**
 * What the log holds and held: by its own word where its positions are dense; where they have gaps by what its sources
 * logged, or, of a topic that others fill, by counting, and below its start by the commits.
 */
export async function streamFigures(
  stream: Stream,
  topic: HeldTopic,
  state: DeliveryState,
  commits: DeliveryLedger,
): Promise<StreamFigures> {
  if (!stream.capabilities.densePositions) return figuresWithGaps(stream, topic, state, commits);
  const held = topic.partitions.reduce((sum, { count }) => sum + count, 0);
  let trimmed = commits.ofFormerLogs;
  let expired = 0;
  for (const { partition, start } of topic.partitions) {
    const position = state.positions.get(partition) ?? 0n;
    const begin = commits.begins.get(partition) ?? (state.series.length === 0 ? start : 0n);
    trimmed += Number(start);
    expired += Number(begin) + (position < start ? Number(start - position) : 0);
  }
  return { held, trimmed, expired };
}

/**
 * Records that were given up. Commits name the positions; where these have gaps, they held what the sources logged and neither
 * a commit passed nor the log holds.
 */
export async function lostRecords(stream: Stream, topic: HeldTopic, commits: DeliveryLedger): Promise<number> {
  const { lost } = commits.figures;
  const sources = topic.account?.sources ?? [];
  if (lost === 0 || stream.capabilities.densePositions || sources.length === 0) return lost;
  const gone = loggedBy(sources) - (await countHeld(stream, topic)) - commits.ofFormerLogs - commits.sums.belowStart;
  return Math.min(lost, Math.max(0, gone));
}

function loggedBy(sources: readonly SourceAccount[]): number {
  return sources.flatMap(({ hours }) => hours).reduce((sum, hour) => sum + hour.logged, 0);
}

async function figuresWithGaps(
  stream: Stream,
  topic: HeldTopic,
  state: DeliveryState,
  commits: DeliveryLedger,
): Promise<StreamFigures> {
  const passed = trimmedByCommits(commits);
  const sources = topic.account?.sources ?? [];
  if (sources.length === 0) return { held: await countHeld(stream, topic), trimmed: passed, expired: 0 };
  const logged = loggedBy(sources);
  const isCut = topic.partitions.some(({ partition, start }) => (state.positions.get(partition) ?? 0n) < start);
  if (!isCut) return { held: logged - passed, trimmed: passed, expired: 0 };
  // Retention took what no commit had passed: only what is still there says how much.
  const held = await countHeld(stream, topic);
  return { held, trimmed: logged - held, expired: logged - held - passed };
}

/** Every record of a topic, counted. */
async function countHeld(stream: Stream, { name, partitions }: HeldTopic): Promise<number> {
  const counts = partitions.map(({ partition, start, end }) => stream.countRecords(name, partition, start, end));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** What the commits say that the log held below its present start. */
function trimmedByCommits({ figures, ofFormerLogs, sums }: DeliveryLedger): number {
  return figures.lost + ofFormerLogs + sums.belowStart;
}
