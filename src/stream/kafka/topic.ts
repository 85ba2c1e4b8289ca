import { formatDuration } from '../../base/units.ts';
import type { Position } from '../../record/batch.ts';
import { checkAppend } from '../append-check.ts';
import type { FindErasedIds } from '../erased-ids.ts';
import type { AppendRequest, AppendResult, PartitionState, TopicSpec, TopicState } from '../stream.ts';
import { EncodingRooms } from './encoding-rooms.ts';
import { type KafkaLog, requireTopic } from './log.ts';
import { latestTimestampMs, offsetsSince, partitionBounds } from './partition-bounds.ts';
import type { Compression } from './settings.ts';
import { indexTopic, SourceIndex } from './source-index.ts';
import { SourceWriter } from './source-writer.ts';
import { checkSameTopics } from './topic-identity.ts';
import { alterRetention, checkAgrees, createIndexTopic, type TopicSettings, topicSettings } from './topic-settings.ts';

export interface TopicWriting {
  readonly compression: Compression;
  readonly replication: number | undefined;
  readonly maxRecordBytes: number;
  readonly erasedIds: FindErasedIds | undefined;
}

/** Settings of a topic are asked for again after so long: they seldom change, and a live delivery looks all the time. */
const settingsAgeMs = 10_000;
/** A batch before it is compressed; a topic that takes less gets less. */
const batchBytes = 1024 ** 2;

const nothing: AppendResult = {
  logged: 0,
  erased: 0,
  resent: 0,
  partitions: new Uint16Array(),
  positions: new BigInt64Array(),
};

function formatRetention(ms: number): string {
  return Number.isFinite(ms) ? formatDuration(ms) : 'good';
}

/** One topic of a cluster, as long as it is the same: one that is deleted and made anew is another. */
export class KafkaTopic {
  readonly name: string;
  readonly id: string;
  readonly #partitions: number;
  readonly #log: KafkaLog;
  readonly #writing: TopicWriting;
  readonly #writers = new Map<string, Promise<SourceWriter>>();
  readonly #index: SourceIndex;
  readonly #rooms = new EncodingRooms(batchBytes);
  #settings: { readonly askedMs: number; readonly settings: TopicSettings } | undefined;

  constructor(log: KafkaLog, name: string, id: string, partitions: number, writing: TopicWriting) {
    this.#log = log;
    this.name = name;
    this.id = id;
    this.#partitions = partitions;
    this.#writing = writing;
    this.#index = new SourceIndex(log, name, id);
  }

  async ensure(spec: TopicSpec): Promise<void> {
    const { cluster } = this.#log;
    await cluster.patiently(`making the topic ${this.name}`, async () => {
      const settings = await topicSettings(cluster, this.name);
      checkAgrees(spec, this.#partitions, settings);
      if (settings.retentionMs !== spec.retentionMs) await this.#changeRetention(spec, settings);
      this.#settings = undefined;
    });
  }

  /** Of a topic that Playhead fills. What others fill is theirs to keep, and to take. */
  async #changeRetention({ retentionMs }: TopicSpec, settings: TopicSettings): Promise<void> {
    const { cluster } = this.#log;
    if ((await cluster.topic(indexTopic(this.name))) !== undefined)
      return alterRetention(cluster, this.name, retentionMs);
    const [kept, defined] = [settings.retentionMs, retentionMs].map(formatRetention);
    cluster.effects.log.log(
      'warn',
      `${this.name} keeps records for ${kept}, the definition says ${defined}: left as it is`,
      {
        topic: this.name,
      },
    );
  }

  async describe(): Promise<TopicState> {
    const [settings, bounds, index] = await Promise.all([
      this.#currentSettings(),
      partitionBounds(this.#log, this.name),
      this.index(),
    ]);
    await this.#checkSame();
    const { lastArrivalMs, lastAppendedMs } = index === undefined ? await this.#latest() : latestOf(index);
    return {
      topic: this.name,
      id: this.id,
      partitions: this.#partitions,
      retentionMs: settings.retentionMs,
      cleanup: settings.cleanup,
      state: bounds.map(({ start, end }, partition): PartitionState => {
        return { partition, start, end, count: Number(end - start) };
      }),
      // Nothing is taken out of the midst of a topic.
      erasures: 0,
      ...(lastArrivalMs === undefined ? {} : { lastArrivalMs }),
      ...(lastAppendedMs === undefined ? {} : { lastAppendedMs }),
    };
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    checkAppend(request, this.#writing.maxRecordBytes);
    if (request.batch.count === 0) return nothing;
    return (await this.#writer(request.source)).append(request);
  }

  async lastSequence(source: string): Promise<bigint | undefined> {
    return (await this.index())?.stateOf(source)?.runs.at(-1)?.last;
  }

  /** What is known of the topic's sources; undefined where Playhead never appended to it. */
  async index(): Promise<SourceIndex | undefined> {
    const { cluster } = this.#log;
    const there = await cluster.patiently(`looking for ${indexTopic(this.name)}`, () =>
      cluster.topic(indexTopic(this.name)),
    );
    if (there === undefined) return undefined;
    await this.#index.refresh();
    return this.#index;
  }

  /** `Stream.trim`: as far as `below`, and no record that was appended at `appendedBeforeMs` or later. */
  async trim(below: readonly Position[], appendedBeforeMs: number): Promise<readonly number[]> {
    const { cluster } = this.#log;
    const bounds = await partitionBounds(this.#log, this.name);
    const kept = await offsetsSince(this.#log, this.name, appendedBeforeMs);
    const cuts = bounds.map(({ start, end }, partition) => {
      const asked = below[partition] ?? start;
      const limit = kept[partition] ?? end;
      return asked < limit ? asked : limit;
    });
    await this.#checkSame();
    await cluster.patiently(`trimming ${this.name}`, async () => {
      const topic = await cluster.topic(this.name);
      for (const [partition, offset] of cuts.entries()) {
        const leader = topic?.leaders[partition];
        if (leader === undefined || offset <= (bounds[partition]?.start ?? 0n)) continue;
        const partitions = [{ partitionIndex: partition, offset }];
        await cluster.ask(leader, cluster.sdk.deleteRecordsV2.api, [{ name: this.name, partitions }], 30_000);
      }
    });
    return bounds.map(({ start }, partition) => Math.max(0, Number((cuts[partition] ?? start) - start)));
  }

  async close(): Promise<void> {
    for (const writer of this.#writers.values()) await (await writer.catch(() => undefined))?.close();
  }

  #writer(source: string): Promise<SourceWriter> {
    const known = this.#writers.get(source);
    if (known !== undefined) return known;
    const made = this.#makeWriter(source);
    this.#writers.set(source, made);
    made.catch(() => this.#writers.delete(source));
    return made;
  }

  async #makeWriter(source: string): Promise<SourceWriter> {
    const { cluster, codecs } = this.#log;
    const { compression, replication, erasedIds } = this.#writing;
    const { maxBatchBytes } = await this.#currentSettings();
    await cluster.patiently(`making ${indexTopic(this.name)}`, async () => {
      if ((await cluster.topic(indexTopic(this.name))) === undefined)
        await createIndexTopic(cluster, this.name, replication);
    });
    const settings = {
      topic: this.name,
      topicId: this.id,
      partitions: this.#partitions,
      compression,
      codec: codecs[compression],
      rooms: this.#rooms,
      // What can't be compressed grows by a little.
      batchBytes: Math.min(batchBytes, Math.floor(maxBatchBytes * 0.95) - 1024),
      erasedIds,
    };
    return new SourceWriter(this.#log, source, settings, this.#index);
  }

  async #currentSettings(): Promise<TopicSettings> {
    const { cluster } = this.#log;
    const nowMs = cluster.effects.clock.monotonicMs();
    if (this.#settings !== undefined && nowMs - this.#settings.askedMs < settingsAgeMs) return this.#settings.settings;
    const settings = await cluster.patiently(`looking at ${this.name}`, () => topicSettings(cluster, this.name));
    this.#settings = { askedMs: nowMs, settings };
    return settings;
  }

  /** What was asked for by the name alone is of this topic only if no other took its place meanwhile. */
  #checkSame(): Promise<void> {
    const { cluster } = this.#log;
    return cluster.patiently(`looking at ${this.name}`, async () => {
      const { leaders } = await requireTopic(cluster, this.name);
      const brokers = new Map(leaders.map((broker) => [`${broker.host}:${broker.port}`, broker]));
      await checkSameTopics(cluster, [...brokers.values()], [this], 'read');
    });
  }

  /** Where another program fills the topic: a record arrives when it is appended, for all that is known. */
  async #latest(): Promise<{ lastArrivalMs?: number; lastAppendedMs?: number }> {
    const latestMs = await latestTimestampMs(this.#log, this.name);
    return latestMs === undefined ? {} : { lastArrivalMs: latestMs, lastAppendedMs: latestMs };
  }
}

function latestOf(index: SourceIndex): { lastArrivalMs?: number; lastAppendedMs?: number } {
  let lastArrivalMs = Number.NEGATIVE_INFINITY;
  let lastAppendedMs = Number.NEGATIVE_INFINITY;
  for (const state of index.states().values()) {
    lastArrivalMs = Math.max(lastArrivalMs, state.lastArrivalMs);
    lastAppendedMs = Math.max(lastAppendedMs, state.lastAppendedMs);
  }
  return lastArrivalMs === Number.NEGATIVE_INFINITY ? {} : { lastArrivalMs, lastAppendedMs };
}
