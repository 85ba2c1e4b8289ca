import * as sdk from '@platformatic/kafka';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import type { ProducedBatch } from '../../src/record/batch.ts';
import { sealBatch, storedBatchAt } from '../../src/stream/kafka/batch-head.ts';
import { type Broker, Cluster, type TopicMetadata } from '../../src/stream/kafka/cluster.ts';
import { codecs } from '../../src/stream/kafka/compression.ts';
import { encodeRecords } from '../../src/stream/kafka/encode-batch.ts';
import type { KafkaLog } from '../../src/stream/kafka/log.ts';
import {
  type FetchedPartition,
  type FetchRequest,
  type ProducedPartition,
  recordRequests,
} from '../../src/stream/kafka/requests.ts';

const broker: Broker = { host: 'kafka', port: 9092 };
const requests = recordRequests(sdk);

/** Kafka's record batches of topics with one partition each, and one writer's transaction at a time. */
export class FakeKafka extends Cluster {
  readonly #logs = new Map<string, Buffer[]>();
  /** Topic → what the open transaction put there first. */
  readonly #open = new Map<string, bigint>();
  readonly #aborted = new Map<string, FetchedPartition['aborted']>();
  /** What is known to be committed, by topic: all, unless it says less. */
  readonly stable = new Map<string, bigint>();
  /** What ListOffsets says of a topic's end, where that is not so: a deposed leader knows no better. */
  readonly saidEnds = new Map<string, bigint>();
  /** Topic → its identity, where that is not its name. */
  readonly ids = new Map<string, string>();
  /** Of the leader that takes what is put now. */
  epoch = 0;
  /** Awaited before each request; throws in place of an answer. */
  before: (api: unknown) => void | Promise<void> = () => {};
  /** Called after each request was carried out; throws in place of its answer. */
  after: (api: unknown) => void = () => {};

  constructor() {
    const clock = manualClock();
    const sleep = async (ms: number) => void (await clock.advance(ms));
    const effects = testEffects({ clock: { ...clock, sleep } });
    super(sdk, ['kafka:9092'], { clientId: 'test', patienceMs: 3000 }, effects);
  }

  get log(): KafkaLog {
    return { cluster: this, requests, codecs: codecs(sdk) };
  }

  override async topic(name: string): Promise<TopicMetadata> {
    return { id: name, leaders: [broker] };
  }

  override async coordinator(): Promise<Broker> {
    return broker;
  }

  override async ask<Args extends unknown[], Answer>(
    _: Broker,
    api: sdk.API<Args, Answer>,
    ...args: Args
  ): Promise<Answer> {
    await this.before(api);
    const answer = this.#answerTo(api, args);
    this.after(api);
    // Which answer belongs to which request is what `#answerTo` says.
    return answer as Answer;
  }

  /** Where the next record of a topic goes. */
  end(topic: string): bigint {
    const last = this.#logs.get(topic)?.at(-1);
    return (last && storedBatchAt(last, 0)?.nextOffset) ?? 0n;
  }

  /** Puts a batch at the end. */
  put(topic: string, batch: Buffer): bigint {
    const base = this.end(topic);
    batch.writeBigInt64BE(base, 0);
    batch.writeInt32BE(this.epoch, 12);
    this.#logs.set(topic, [...(this.#logs.get(topic) ?? []), batch]);
    return base;
  }

  /** Another replica, which has the log up to `end` alone, becomes the leader. */
  cut(topic: string, end: bigint): void {
    this.#logs.set(
      topic,
      this.#stored(topic).filter((batch) => (storedBatchAt(batch, 0)?.nextOffset ?? 0n) <= end),
    );
    this.epoch += 1;
  }

  #stored(topic: string): readonly Buffer[] {
    return this.#logs.get(topic) ?? [];
  }

  #answerTo(api: unknown, args: readonly unknown[]): unknown {
    if (api === sdk.initProducerIdV4.api) {
      this.#endTransaction(false);
      return { producerId: 1n, producerEpoch: 1 };
    }
    if (api === sdk.metadataV12.api) {
      const topics = (args[0] as readonly string[]).map((name) => ({ name, topicId: this.ids.get(name) ?? name }));
      return { topics };
    }
    if (api === requests.produce) return this.#produce(args[2] as readonly ProducedPartition[]);
    if (api === requests.fetch) return this.#fetch(args[0] as FetchRequest);
    if (api === sdk.endTxnV3.api) this.#endTransaction(args[3] === true);
    if (api === sdk.offsetForLeaderEpochV4.api) {
      const [{ name = '', partitions = [] } = {}] = args[1] as {
        name: string;
        partitions: { leaderEpoch: number }[];
      }[];
      const ends = partitions.map(({ leaderEpoch }) => ({ partition: 0, ...this.#endOf(name, leaderEpoch) }));
      return { topics: [{ topic: name, partitions: ends }] };
    }
    if (api === sdk.listOffsetsV7.api)
      return this.#offsets(args[2] as readonly { name: string; partitions: unknown }[]);
    return {};
  }

  #produce(partitions: readonly ProducedPartition[]): unknown {
    const responses = partitions.map(({ topic, batch }) => {
      const baseOffset = this.put(topic, batch);
      if (!this.#open.has(topic)) this.#open.set(topic, baseOffset);
      return { name: topic, partitionResponses: [{ index: 0, baseOffset }] };
    });
    return { responses };
  }

  #endTransaction(committed: boolean): void {
    for (const [topic, firstOffset] of this.#open) {
      if (!committed) this.#aborted.set(topic, [...this.#abortedIn(topic), { producerId: 1n, firstOffset }]);
      this.put(topic, marker(committed));
    }
    this.#open.clear();
  }

  #abortedIn(topic: string): FetchedPartition['aborted'] {
    return this.#aborted.get(topic) ?? [];
  }

  /** Where an epoch ended, or the last one before it. */
  #endOf(topic: string, epoch: number): { readonly leaderEpoch: number; readonly endOffset: bigint } {
    const stored = this.#stored(topic).flatMap((batch) => storedBatchAt(batch, 0) ?? []);
    const later = stored.find(({ leaderEpoch }) => leaderEpoch > epoch);
    const known = stored.filter(({ leaderEpoch }) => leaderEpoch <= epoch).at(-1);
    return { leaderEpoch: known?.leaderEpoch ?? epoch, endOffset: later?.baseOffset ?? this.end(topic) };
  }

  #fetch({ topicId, from, lastEpoch }: FetchRequest): FetchedPartition {
    const stable = this.stable.get(topicId) ?? this.end(topicId);
    const { leaderEpoch, endOffset } = this.#endOf(topicId, lastEpoch);
    const isDiverged = lastEpoch >= 0 && (leaderEpoch < lastEpoch || endOffset < from);
    const batches = (isDiverged ? [] : this.#stored(topicId)).filter((batch) => {
      const stored = storedBatchAt(batch, 0);
      return stored !== undefined && stored.nextOffset > from && stored.baseOffset < stable;
    });
    const ends = { highWatermark: stable, lastStableOffset: this.#open.get(topicId) ?? stable, logStartOffset: 0n };
    const answer = { errorCode: 0, ...ends, aborted: this.#abortedIn(topicId) };
    return { ...answer, batches: Buffer.concat(batches), ...(isDiverged ? { divergedAt: endOffset } : {}) };
  }

  #offsets(topics: readonly { name: string; partitions: unknown }[]): unknown {
    const offset = (name: string) => this.saidEnds.get(name) ?? this.end(name);
    const at = (name: string) => [{ partitionIndex: 0, offset: offset(name), timestamp: -1n }];
    return { topics: topics.map(({ name }) => ({ name, partitions: at(name) })) };
  }
}

/** What commits a transaction, or aborts it. */
export function marker(commits = true): Buffer {
  const records = Buffer.alloc(9);
  records.writeInt16BE(commits ? 1 : 0, 7);
  return controlBatch(records, 1);
}

/** A control batch; compaction may leave one without its record. */
export function controlBatch(records: Buffer, count: number): Buffer {
  const batch = sealBatch(records, count, 0, { id: 1n, epoch: 1, sequence: -1 }, 0, sdk.crc32c);
  batch.writeInt16BE(0b110000, 21);
  batch.writeInt32BE(0, 23);
  return batch;
}

/** A batch of a transaction that is still open. */
export function sealed(batch: ProducedBatch): Buffer {
  const from = { batch, firstSequence: 0n, source: Buffer.from('app'), erased: undefined };
  const all = Uint32Array.from({ length: batch.count }, (_, i) => i);
  const encoded = encodeRecords(from, all, 0, 1e6);
  const mark = { id: 1n, epoch: 0, sequence: 0 };
  return sealBatch(encoded.records, encoded.count, 0, mark, 1000, sdk.crc32c);
}
