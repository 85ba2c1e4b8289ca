import type { Position } from '../../record/batch.ts';
import { type KafkaLog, requireTopic } from './log.ts';

/** What Kafka's ListOffsets takes in place of a timestamp. */
const special = { latest: -1n, earliest: -2n, maxTimestamp: -3n } as const;

export interface PartitionBounds {
  readonly start: Position;
  /** Where the next record will go that no open transaction is before. */
  readonly end: Position;
}

/** Start and end of each partition of a topic. */
export async function partitionBounds(log: KafkaLog, topic: string): Promise<readonly PartitionBounds[]> {
  const [starts, ends] = await Promise.all([
    offsetsAt(log, topic, special.earliest),
    offsetsAt(log, topic, special.latest),
  ]);
  return starts.map(({ offset: start }, partition) => ({ start, end: ends[partition]?.offset ?? start }));
}

/** The latest timestamp of any record, ms; undefined where there is none. */
export async function latestTimestampMs(log: KafkaLog, topic: string): Promise<number | undefined> {
  const found = await offsetsAt(log, topic, special.maxTimestamp);
  const latest = found.reduce((max, { timestamp }) => (timestamp > max ? timestamp : max), -1n);
  return latest < 0n ? undefined : Number(latest);
}

/** By partition, the first offset whose record is of this time or later; undefined where there is none. */
export async function offsetsSince(
  log: KafkaLog,
  topic: string,
  sinceMs: number,
): Promise<readonly (Position | undefined)[]> {
  const found = await offsetsAt(log, topic, BigInt(Math.max(0, Math.ceil(sinceMs))));
  return found.map(({ offset }) => (offset < 0n ? undefined : offset));
}

const readCommitted = 1;

async function offsetsAt(
  { cluster }: KafkaLog,
  topic: string,
  timestamp: bigint,
): Promise<readonly { readonly offset: Position; readonly timestamp: bigint }[]> {
  return cluster.patiently(`looking at ${topic}`, async () => {
    const { leaders } = await requireTopic(cluster, topic);
    const places = leaders.map((broker, partitionIndex) => ({ broker, partitionIndex }));
    const groups = Map.groupBy(places, ({ broker }) => `${broker.host}:${broker.port}`);
    const found: { offset: Position; timestamp: bigint }[] = [];
    await Promise.all(
      [...groups.values()].map(async (own) => {
        const [first] = own;
        if (first === undefined) return;
        const partitions = own.map(({ partitionIndex }) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }));
        const { api } = cluster.sdk.listOffsetsV7;
        const answer = await cluster.ask(first.broker, api, -1, readCommitted, [{ name: topic, partitions }]);
        for (const each of answer.topics[0]?.partitions ?? []) found[each.partitionIndex] = each;
      }),
    );
    return found;
  });
}
