import type { Position } from '../../record/batch.ts';
import type { Broker } from './cluster.ts';
import { type KafkaLog, leaderOf, requireTopic } from './log.ts';

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

/**
 * Where a partition's next record will go, also behind open transactions. A leader that does not know yet what counts
 * says nothing, and is asked until it does (KIP-207).
 */
export async function writtenEnd(log: KafkaLog, topic: string, partition: number): Promise<Position> {
  const ends = await offsetsAt(log, topic, special.latest, { committed: false, partitions: [partition] });
  return ends[partition]?.offset ?? 0n;
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

/** `Stream.endsOfEpochs`: where its leader says that an epoch ended, or the last one before it (KIP-320). */
export async function endsOfEpochs(
  log: KafkaLog,
  topic: string,
  epochs: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, Position>> {
  const { cluster } = log;
  const answers = await askLeaders(log, topic, [...epochs.keys()], (broker, asked) => {
    const partitions = asked.map((partitionIndex) => {
      return { partitionIndex, currentLeaderEpoch: -1, leaderEpoch: epochs.get(partitionIndex) ?? -1 };
    });
    return cluster.ask(broker, cluster.sdk.offsetForLeaderEpochV4.api, consumer, [{ name: topic, partitions }]);
  });
  const found = answers.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions));
  return new Map(found.filter(({ endOffset }) => endOffset >= 0n).map((each) => [each.partition, each.endOffset]));
}

/** In place of a replica's id. */
const consumer = -1;
const isolation = { uncommitted: 0, committed: 1 };

async function offsetsAt(
  log: KafkaLog,
  topic: string,
  timestamp: bigint,
  {
    committed = true,
    partitions: wanted,
  }: { readonly committed?: boolean; readonly partitions?: readonly number[] } = {},
): Promise<readonly { readonly offset: Position; readonly timestamp: bigint }[]> {
  const { cluster } = log;
  const level = committed ? isolation.committed : isolation.uncommitted;
  const answers = await askLeaders(log, topic, wanted, (broker, asked) => {
    const partitions = asked.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }));
    return cluster.ask(broker, cluster.sdk.listOffsetsV7.api, consumer, level, [{ name: topic, partitions }]);
  });
  const found: { offset: Position; timestamp: bigint }[] = [];
  for (const each of answers.flatMap(({ topics }) => topics[0]?.partitions ?? [])) found[each.partitionIndex] = each;
  return found;
}

/** Asks each leader for those partitions of a topic that it leads, or for all of them. */
async function askLeaders<Answer>(
  { cluster }: KafkaLog,
  topic: string,
  wanted: readonly number[] | undefined,
  ask: (leader: Broker, partitions: readonly number[]) => Promise<Answer>,
): Promise<readonly Answer[]> {
  return cluster.patiently(`looking at ${topic}`, async () => {
    const { leaders } = await requireTopic(cluster, topic);
    const partitions = wanted ?? [...leaders.keys()];
    const places = partitions.map((partition) => ({ broker: leaderOf(leaders, topic, partition), partition }));
    const groups = Map.groupBy(places, ({ broker }) => `${broker.host}:${broker.port}`);
    const asked = [...groups.values()].map((own) => ({ own: own.map(({ partition }) => partition), led: own[0] }));
    return Promise.all(asked.flatMap(({ own, led }) => (led === undefined ? [] : [ask(led.broker, own)])));
  });
}
