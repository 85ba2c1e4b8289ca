import { seconds } from '../../base/units.ts';
import type { Position } from '../../record/batch.ts';
import { byLeader, type KafkaLog } from './log.ts';

/** A record of a transaction: the last one of its partition. */
export interface LastRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Position;
}

/** How long a commit is waited for until readers see it, where another writer's transaction stands before it. */
const visibleMs = seconds(5);

/**
 * A commit is answered when it is certain, a moment before readers see it. Who appends and then looks must find it; behind
 * another writer's open transaction it may take until that one ends, and is not waited for longer than `visibleMs`.
 */
export async function untilSeen(log: KafkaLog, records: readonly LastRecord[]): Promise<void> {
  const { cluster } = log;
  const startMs = cluster.effects.clock.monotonicMs();
  const leaders = await byLeader(log, records);
  await Promise.all(
    leaders.map(async ({ broker, places }) => {
      const own = places.flatMap((place) => records[place] ?? []);
      const topics = [...Map.groupBy(own, ({ topic }) => topic)].map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition }) => latestOf(partition)),
      }));
      for (let waitMs = 1; ; waitMs = Math.min(50, waitMs * 2)) {
        const answer = await cluster.ask(broker, cluster.sdk.listOffsetsV7.api, -1, 1, topics);
        const isSeen = own.every(({ topic, partition, offset }) => {
          const of = answer.topics.find(({ name }) => name === topic);
          const end = of?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.offset ?? -1n;
          return end > offset;
        });
        if (isSeen || cluster.effects.clock.monotonicMs() - startMs > visibleMs) return;
        await cluster.effects.clock.sleep(waitMs);
      }
    }),
  );
}

const latestOf = (partitionIndex: number) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: -1n });
