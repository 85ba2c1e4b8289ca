import type { DeliveryState } from '../delivery/state.ts';
import type { DeliveryFigures, StreamFigures } from '../ledger/account.ts';
import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { PartitionState, SourceAccount, Stream, StreamAccount, TopicInspection } from '../stream/stream.ts';

/** A topic as its log describes it, and what its sources sent. */
export interface HeldTopic {
  readonly name: string;
  readonly partitions: readonly PartitionState[];
  readonly account: StreamAccount | undefined;
  readonly inspection: Pick<TopicInspection, 'countForeign'> | undefined;
}

/** What of a topic is known, beside its name and shape, before anything is looked at any closer. */
export async function heldTopic(
  stream: Stream,
  name: string,
  partitions: readonly PartitionState[],
): Promise<HeldTopic> {
  const inspection = await stream.inspect(name);
  return { name, partitions, account: await inspection?.account(), inspection };
}

/**
 * What the log holds and held: by its own word where its positions are dense. Where they have gaps by what its sources logged
 * and other programs wrote; or, of a topic that others alone fill, by counting, and below its start by the commits. What it
 * lost then is not in that: of that, positions say how much it is at most.
 */
export async function streamFigures(
  stream: Stream,
  topic: HeldTopic,
  state: DeliveryState,
  commits: DeliveryLedger,
): Promise<StreamFigures> {
  const { partitions } = topic;
  const expired = expiredPositions(partitions, state, commits);
  if (stream.capabilities.densePositions) {
    const held = partitions.reduce((sum, { count }) => sum + count, 0);
    const trimmed = partitions.reduce((sum, { start }) => sum + Number(start), commits.ofFormerLogs);
    return { held, trimmed, expired };
  }
  const trimmed = commits.sums.former.logged;
  const sources = topic.account?.sources ?? [];
  if (sources.length === 0)
    return { held: await countHeld(stream, topic), trimmed: trimmed + commits.sums.belowStart, expired: 0 };
  const held = loggedBy(sources) + (await foreignRecords(topic, state, commits));
  return { held, trimmed, expired, ...(expired > 0 ? { expiredAtMost: true } : {}) };
}

/** Records that were given up: commits name the positions, each of which held a record only where they have no gaps. */
export function lostRecords(
  { capabilities }: Stream,
  { figures: { lost } }: DeliveryLedger,
): Pick<DeliveryFigures, 'lost' | 'lostAtMost'> {
  return { lost, ...(lost > 0 && !capabilities.densePositions ? { lostAtMost: true } : {}) };
}

/** Every record of a topic, counted. */
export async function countHeld(
  stream: Stream,
  { name, partitions }: Pick<HeldTopic, 'name' | 'partitions'>,
): Promise<number> {
  const counts = partitions.map(({ partition, start, end }) => stream.countRecords(name, partition, start, end));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Positions below the log's start that no delivery had passed, and nobody gave up. */
function expiredPositions(
  partitions: readonly PartitionState[],
  { positions, series }: DeliveryState,
  { begins }: DeliveryLedger,
): number {
  return partitions.reduce((sum, { partition, start }) => {
    const position = positions.get(partition) ?? 0n;
    const begin = begins.get(partition) ?? (series.length === 0 ? start : 0n);
    return sum + Number(begin) + (position < start ? Number(start - position) : 0);
  }, 0);
}

function loggedBy(sources: readonly SourceAccount[]): number {
  return sources.flatMap(({ hours }) => hours).reduce((sum, hour) => sum + hour.logged, 0);
}

/**
 * Records that other programs wrote into a topic of sources: passed by the commits, which counted them, or pending. These
 * must be read to be told apart, which is only done where there are such, or where what is pending is not what is due.
 */
async function foreignRecords(topic: HeldTopic, state: DeliveryState, { sums }: DeliveryLedger): Promise<number> {
  const passed = [...sums.hours.values()];
  const foreign = passed.reduce((sum, line) => sum + line.foreign, 0);
  const own = passed.reduce((sum, line) => sum + line.logged, 0) - foreign;
  const due = loggedBy(topic.account?.sources ?? []) - own;
  if (foreign === 0 && due === state.pendingRecords) return 0;
  const pending = topic.partitions.map(async ({ partition, start, end }) => {
    const position = state.positions.get(partition) ?? start;
    return (await topic.inspection?.countForeign(partition, position < start ? start : position, end)) ?? 0;
  });
  return (await Promise.all(pending)).reduce((sum, count) => sum + count, foreign);
}
