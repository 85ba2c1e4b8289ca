import { PlayheadError } from '../../base/errors.ts';
import type { Position } from '../../record/batch.ts';
import { keyAt, valueAt } from '../../record/batch.ts';
import type { HourCounts } from '../hour-counts.ts';
import type { SequenceRun } from '../sequence-runs.ts';
import { attribute, isCommit, type StoredBatch } from './batch-head.ts';
import { decodeRecords } from './decode-batch.ts';
import { fetchFrom, type KafkaLog, openRecords, requireTopic } from './log.ts';
import { writtenEnd } from './partition-bounds.ts';
import { StoredBatches } from './stored-batches.ts';
import type { TopicIdentity } from './topic-identity.ts';

/** The topic beside a topic that says what its sources appended: compacted, one partition. */
export const indexTopic = (topic: string): string => `${topic}.sources`;

/** What is known of a source: written in the transaction that appends its records, so that neither is there alone. */
export interface SourceState {
  readonly runs: readonly SequenceRun[];
  /** There where runs were forgotten: a source that leaves many gaps has too many for one record. */
  readonly forgotten?: ForgottenRuns;
  /** Drawn for each transaction: tells its writer, whose answer was lost, that it was committed. */
  readonly commit: string;
  readonly lastArrivalMs: number;
  readonly lastAppendedMs: number;
}

/** Runs of which nothing is known any more but where they ended and how much they held. */
export interface ForgottenRuns {
  /** Of sequences below it the log can't say whether it has them. */
  readonly below: bigint;
  /** How many it has. */
  readonly sequences: number;
}

/** A state record is written with each append: 46 bytes a run, at most, stay far below what a topic takes. */
export const mostRuns = 4096;

/** With the oldest runs forgotten, where there are more than `mostRuns`. */
export function withFewRuns({
  runs,
  forgotten,
}: Pick<SourceState, 'runs' | 'forgotten'>): Pick<SourceState, 'runs' | 'forgotten'> {
  const kept = runs.slice(-mostRuns);
  const [first] = kept;
  if (kept.length === runs.length || first === undefined)
    return { runs, ...(forgotten === undefined ? {} : { forgotten }) };
  const sequences = sequencesIn(runs.slice(0, -mostRuns)) + (forgotten?.sequences ?? 0);
  return { runs: kept, forgotten: { below: first.first, sequences } };
}

export function sequencesIn(runs: readonly SequenceRun[]): number {
  return runs.reduce((sum, { first, last }) => sum + Number(last - first) + 1, 0);
}

interface SourceEntry {
  readonly source: string;
  readonly state?: SourceState;
  readonly hour?: HourCounts;
}

/** Answers of this many bytes are read at a time. */
const readBytes = 1024 ** 2;

/**
 * The sources of a topic, as far as their index is read. It is read to its very end and transactions are told apart here:
 * what is committed counts, also behind another source's transaction that is still open.
 */
export class SourceIndex {
  readonly #log: KafkaLog;
  readonly #topic: string;
  /** Of the index's own topic, as soon as it was read. */
  #id: string | undefined;
  /** Of the topic that is described: one that was deleted and made anew has another. */
  readonly #topicId: string;
  readonly #states = new Map<string, SourceState>();
  readonly #hours = new Map<string, Map<number, HourCounts>>();
  /** Producer → what it wrote and has not committed. */
  readonly #open = new Map<bigint, SourceEntry[]>();
  #next: Position = 0n;
  #reading: Promise<void> = Promise.resolve();

  constructor(log: KafkaLog, topic: string, topicId: string) {
    this.#log = log;
    this.#topic = indexTopic(topic);
    this.#topicId = topicId;
  }

  stateOf(source: string): SourceState | undefined {
    return this.#states.get(source);
  }

  hoursOf(source: string): ReadonlyMap<number, HourCounts> {
    return this.#hours.get(source) ?? new Map();
  }

  states(): ReadonlyMap<string, SourceState> {
    return this.#states;
  }

  /** The topic that it is read from; none before it was. */
  get readFrom(): readonly TopicIdentity[] {
    return this.#id === undefined ? [] : [{ name: this.#topic, id: this.#id }];
  }

  /**
   * Reads on to the end: as its leader says, or past `until`, the position of something that was acknowledged by all replicas.
   * With that, no leader that does not know of the newest records, new or deposed, can hide what stands before it.
   */
  refresh(until?: Position): Promise<void> {
    const reading = this.#reading.then(() => this.#readOn(until));
    // Who reads next is not to fail with this one.
    this.#reading = reading.catch(() => {});
    return reading;
  }

  async #readOn(until: Position | undefined): Promise<void> {
    const { cluster } = this.#log;
    const end = until === undefined ? await writtenEnd(this.#log, this.#topic, 0) : until + 1n;
    const { id } = await cluster.patiently(`looking for ${this.#topic}`, () => requireTopic(cluster, this.#topic));
    this.#id ??= id;
    if (this.#id !== id || (until === undefined && end < this.#next)) throw this.#lost();
    while (this.#next < end)
      await cluster.patiently(`reading ${this.#topic}`, async () => {
        const topic = { name: this.#topic, id };
        const answer = await fetchFrom(this.#log, topic, 0, this.#next, { maxBytes: readBytes, committed: false });
        if (answer === undefined) throw this.#lost();
        const walk = new StoredBatches(answer);
        if (!walk.hasNext) {
          // A new leader has the records a moment before it knows that they count.
          if (answer.highWatermark < end)
            throw new cluster.sdk.NetworkError(
              `${this.#topic} ends at ${answer.highWatermark}, as its leader knows so far`,
            );
          // Compaction took what was there.
          this.#next = end;
        }
        for (let walked = walk.next(); walked !== undefined; walked = walk.next()) {
          await this.#take(walked.stored);
          this.#next = walked.stored.nextOffset;
        }
      });
  }

  #lost(): PlayheadError {
    return new PlayheadError(
      'PH_LOG_CORRUPT',
      `${this.#topic} has nothing at ${this.#next}: its records were deleted`,
      {
        hint:
          'it says where each source stands: without it, nothing that is sent again would be known. Put it back from a replica or ' +
          'a backup, or give the stream a new topic',
        details: { topic: this.#topic, position: String(this.#next) },
      },
    );
  }

  async #take(stored: StoredBatch): Promise<void> {
    const { attributes, producerId } = stored;
    if ((attributes & attribute.control) !== 0) {
      if (isCommit(stored)) for (const entry of this.#open.get(producerId) ?? []) this.#apply(entry);
      this.#open.delete(producerId);
      return;
    }
    const entries = decodeRecords(stored, await openRecords(this.#log, stored), 0).flatMap((batch) =>
      Array.from({ length: batch.count }, (_, i) => this.#parse(keyAt(batch, i), valueAt(batch, i))),
    );
    const own = entries.filter((entry) => entry !== undefined);
    if ((attributes & attribute.transactional) === 0) for (const entry of own) this.#apply(entry);
    else this.#open.set(producerId, [...(this.#open.get(producerId) ?? []), ...own]);
  }

  #apply({ source, state, hour }: SourceEntry): void {
    if (state !== undefined) this.#states.set(source, state);
    if (hour === undefined) return;
    const hours = this.#hours.get(source) ?? new Map<number, HourCounts>();
    this.#hours.set(source, hours.set(hour.hour, hour));
  }

  #parse(key: Uint8Array | undefined, value: Uint8Array): SourceEntry | undefined {
    // Written by `indexRecords`.
    const [source, hour] = JSON.parse(Buffer.from(key ?? []).toString()) as [string, number?];
    const written = JSON.parse(Buffer.from(value).toString()) as WrittenState | (HourCounts & { topic: string });
    if (written.topic !== this.#topicId) return undefined;
    if (hour !== undefined) return { source, hour: written as HourCounts };
    const { runs, forgotten, ...state } = written as WrittenState;
    return {
      source,
      state: {
        ...state,
        runs: runs.map(([first, last]) => ({ first: BigInt(first), last: BigInt(last) })),
        ...(forgotten === undefined ? {} : { forgotten: { ...forgotten, below: BigInt(forgotten.below) } }),
      },
    };
  }
}

interface WrittenState extends Omit<SourceState, 'runs' | 'forgotten'> {
  readonly topic: string;
  readonly forgotten?: { readonly below: string; readonly sequences: number };
  readonly runs: readonly (readonly [first: string, last: string])[];
}

/** The index's records for a source: its state, and the hours that changed; compaction keeps the last of each key. */
export function indexRecords(
  topicId: string,
  source: string,
  state: SourceState,
  hours: Iterable<HourCounts>,
): readonly { readonly key: string; readonly value: string }[] {
  const { forgotten, ...known } = state;
  const runs = state.runs.map(({ first, last }) => [String(first), String(last)] as const);
  const written: WrittenState = {
    ...known,
    topic: topicId,
    runs,
    ...(forgotten === undefined ? {} : { forgotten: { ...forgotten, below: String(forgotten.below) } }),
  };
  return [
    { key: JSON.stringify([source]), value: JSON.stringify(written) },
    ...Array.from(hours, (hour) => ({
      key: JSON.stringify([source, hour.hour]),
      value: JSON.stringify({ topic: topicId, ...hour }),
    })),
  ];
}
