import { createHash } from 'node:crypto';
import { seconds } from '../../base/units.ts';
import type { Position } from '../../record/batch.ts';
import { type ProducerMark, sealBatch } from './batch-head.ts';
import { compressionBits } from './compression.ts';
import type { EncodedRecords } from './encode-batch.ts';
import { answered, answeredOf } from './failure.ts';
import { byLeader, type KafkaLog, type LeaderPlaces } from './log.ts';
import type { Compression } from './settings.ts';
import { checkSameTopics, type TopicIdentity } from './topic-identity.ts';

/** Record batches for one partition, in order. */
export interface PartitionSend {
  readonly topic: string;
  readonly partition: number;
  /** Compressed. */
  readonly batches: readonly EncodedRecords[];
}

/** A transaction that its writer leaves open is aborted by the broker after so long; a restarted writer aborts it at once. */
const transactionTimeoutMs = seconds(60);
const requestTimeoutMs = seconds(30);
/** How long the markers of the transaction before may take. */
const endingMs = seconds(5);

/**
 * A writer that the cluster knows by a name: who comes later under the same name ends what the one before left open and
 * shuts it out, so that of two only one can commit. Throws what the client throws.
 */
export class TransactionalProducer {
  readonly #log: KafkaLog;
  readonly #id: string;
  readonly #producer: { readonly id: bigint; readonly epoch: number };
  /** Topic and partition → number of the next record. */
  readonly #sequences = new Map<string, number>();

  private constructor(log: KafkaLog, id: string, producer: { readonly id: bigint; readonly epoch: number }) {
    this.#log = log;
    this.#id = id;
    this.#producer = producer;
  }

  /** Takes the name over. What was open under it is aborted, or committed where that had begun. */
  static async takeOver(log: KafkaLog, id: string): Promise<TransactionalProducer> {
    const { cluster } = log;
    const broker = await cluster.coordinator(id);
    const { api } = cluster.sdk.initProducerIdV4;
    const given = await cluster.ask(broker, api, id, transactionTimeoutMs, -1n, -1);
    return new TransactionalProducer(log, id, { id: given.producerId, epoch: given.producerEpoch });
  }

  /**
   * Appends within a transaction that begins with it; `commit` makes it count. Returns the offset of each batch's first
   * record, send by send. PH_SOURCE_SEQUENCE_GAP where one of `topics` was made anew: what the new one took is to be aborted.
   */
  async produce(
    sends: readonly PartitionSend[],
    compression: Compression,
    topics: readonly TopicIdentity[],
  ): Promise<readonly (readonly Position[])[]> {
    // Throws where a topic is gone, which adding its partitions does not tell from one that is about to be there.
    const leaders = await byLeader(this.#log, sends);
    await this.#addPartitions(sends);
    const offsets = await this.#send(sends, leaders, compressionBits[compression]);
    await checkSameTopics(
      this.#log.cluster,
      leaders.map(({ broker }) => broker),
      topics,
    );
    await this.#log.cluster.effects.reached('stream.produced');
    return offsets;
  }

  /** Makes what was produced count, all of it. That is certain then, a moment before readers see it (`untilSeen`). */
  async commit(): Promise<void> {
    await this.#end(true);
    await this.#log.cluster.effects.reached('stream.committed');
  }

  /** Ends what a failed `produce` left open, so that readers need not wait for the timeout. */
  async abort(): Promise<void> {
    await this.#end(false);
  }

  async #end(commit: boolean): Promise<void> {
    const { cluster } = this.#log;
    const broker = await cluster.coordinator(this.#id);
    const { id, epoch } = this.#producer;
    await cluster.ask(broker, cluster.sdk.endTxnV3.api, this.#id, id, epoch, commit);
  }

  async #addPartitions(sends: readonly PartitionSend[]): Promise<void> {
    const { cluster } = this.#log;
    const broker = await cluster.coordinator(this.#id);
    const topics = [...Map.groupBy(sends, ({ topic }) => topic)].map(([name, own]) => ({
      name,
      partitions: own.map(({ partition }) => partition),
    }));
    const transaction = {
      transactionalId: this.#id,
      producerId: this.#producer.id,
      producerEpoch: this.#producer.epoch,
      verifyOnly: false,
      topics,
    };
    const startMs = cluster.effects.clock.monotonicMs();
    for (let waitMs = 1; ; waitMs = Math.min(50, waitMs * 2)) {
      try {
        await cluster.ask(broker, cluster.sdk.addPartitionsToTxnV3.api, [transaction]);
        return;
      } catch (failure) {
        // The markers of the transaction before are still being written.
        const isEnding = answered(failure, 'CONCURRENT_TRANSACTIONS');
        if (!isEnding || cluster.effects.clock.monotonicMs() - startMs > endingMs) throw failure;
        await cluster.effects.clock.sleep(waitMs);
      }
    }
  }

  /** One batch a partition in each request, in order: a leader takes the requests of a connection one after the other. */
  async #send(
    sends: readonly PartitionSend[],
    leaders: readonly LeaderPlaces[],
    compression: number,
  ): Promise<readonly (readonly Position[])[]> {
    const { cluster, requests } = this.#log;
    const nowMs = cluster.effects.clock.now();
    const offsets: Position[][] = sends.map(() => []);
    await allAnswered(
      leaders.map(async ({ broker, places }) => {
        const rounds = Math.max(...places.map((place) => sends[place]?.batches.length ?? 0));
        const asked = Array.from({ length: rounds }, async (_, round) => {
          const partitions = places.flatMap((place) => {
            const { topic, partition, batches } = sends[place] ?? none;
            const batch = batches[round];
            if (batch === undefined) return [];
            const mark = this.#mark(`${topic}/${partition}`, batch.count);
            const sealed = sealBatch(batch.records, batch.count, compression, mark, nowMs, cluster.sdk.crc32c);
            return [{ place, topic, partition, batch: sealed }];
          });
          const answer = await cluster.ask(broker, requests.produce, this.#id, requestTimeoutMs, partitions);
          for (const { place, topic, partition } of partitions) {
            const of = answer.responses.find(({ name }) => name === topic);
            const found = of?.partitionResponses.find(({ index }) => index === partition);
            if (found === undefined) throw new RangeError(`no answer for partition ${partition} of ${topic}`);
            const own = offsets[place];
            if (own !== undefined) own[round] = found.baseOffset;
          }
        });
        await allAnswered(asked);
      }),
    );
    return offsets;
  }

  #mark(partition: string, count: number): ProducerMark {
    const sequence = this.#sequences.get(partition) ?? 0;
    // After the largest comes 0.
    this.#sequences.set(partition, (sequence + count) % 2 ** 31);
    return { ...this.#producer, sequence };
  }
}

const none: PartitionSend = { topic: '', partition: 0, batches: [] };

/** The name of a source's writer: a digest, as sources are named freely. */
export function transactionalId(topicId: string, source: string): string {
  const digest = createHash('sha256').update(`${topicId}\n${source}`).digest('base64url').slice(0, 22);
  return `playhead-${digest}`;
}

/**
 * Waits for each answer, also where one request failed, and throws the first failure then: a batch that a slow broker took
 * after its transaction was aborted would open one that nobody ends.
 */
async function allAnswered(requests: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(requests);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/**
 * Why a writer takes its source over anew after this failure: a later writer of the same name has, or the broker did not
 * know what to say, as one does that is asked at that moment. Undefined for any other failure.
 */
export function whyTakenOverAnew(failure: unknown): string | undefined {
  const fence = answeredOf(failure, fences);
  if (fence !== undefined) return `another writer has taken the source over (${fence})`;
  const unclear = answeredOf(failure, unclearOutcomes);
  return unclear && `the broker answered ${unclear}: what became of the append is not known`;
}

const fences = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE'];

const unclearOutcomes = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_SERVER_ERROR'];
