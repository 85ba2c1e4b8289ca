import { PlayheadError } from '../../base/errors.ts';
import { type Position, positionAt, type RecordBatch } from '../../record/batch.ts';
import { sliceBatch } from '../../record/batch-slice.ts';
import type { Fetched, FetchOptions } from '../stream.ts';
import { wasCut } from '../was-cut.ts';
import type { StoredBatch } from './batch-head.ts';
import { decodeRecords } from './decode-batch.ts';
import { fetchFrom, type KafkaLog, openRecords, type TopicName } from './log.ts';
import { type PartitionBounds, partitionBounds } from './partition-bounds.ts';
import type { FetchedPartition } from './requests.ts';
import { StoredBatches } from './stored-batches.ts';

/** What was fetched and not yet asked for: compressed batches are a tenth of what they hold. */
interface Rest {
  readonly next: Position;
  readonly batches: StoredBatches;
}

type Asked = Pick<FetchOptions, 'maxBytes' | 'epoch'> & { readonly until?: Position | undefined };

/** A request asks for no less: compressed batches are of this order. */
const leastBytes = 256 * 1024;
/** Nor for more: it is what may be left over of each partition. */
const mostBytes = 4 * 1024 ** 2;
/** A count reads much and looks at little. */
const countBytes = 16 * 1024 ** 2;
/** Compressed bytes asked for, for each byte of values that is wanted. */
const compressedShare = 1 / 4;

/** Reads partitions as far as their transactions are committed. */
export class CommittedReader {
  readonly #log: KafkaLog;
  /** Topic and partition → what the last fetch brought too much. */
  readonly #rests = new Map<string, Rest>();

  constructor(log: KafkaLog) {
    this.#log = log;
  }

  /** `Stream.fetch`. */
  async fetch(
    topic: TopicName,
    partition: number,
    from: Position,
    { maxBytes, until, epoch: since }: FetchOptions,
  ): Promise<Fetched> {
    const batches: RecordBatch[] = [];
    let next = from;
    let bytes = 0;
    let epoch: number | undefined;
    for (let turn = 0; ; turn += 1) {
      const asked = { maxBytes: maxBytes * 2 ** turn, until, epoch: epoch ?? since };
      const walk = await this.#batchesAt(topic, partition, next, asked);
      let walkedTo: Position | undefined;
      const end = until !== undefined && until < walk.lastStableOffset ? until : walk.lastStableOffset;
      while (next < end && (bytes < maxBytes || batches.length === 0)) {
        const walked = walk.next();
        if (walked === undefined) break;
        const { stored } = walked;
        for (const batch of walked.records ? await this.#recordsOf(stored, partition) : []) {
          const part = between(batch, from, end);
          if (part.count === 0) continue;
          bytes += part.values.length;
          batches.push(part);
        }
        next = stored.nextOffset < end ? stored.nextOffset : end;
        walkedTo = stored.nextOffset;
        epoch = stored.leaderEpoch;
      }
      // Markers and aborted transactions alone may fill an answer: what is asked for lies behind them.
      if (batches.length === 0 && next < end) continue;
      // Only now: who else reads from there must not take a walk that goes on.
      if (walkedTo !== undefined) this.#keep(topic, partition, walkedTo, walk);
      return { batches, next, ...(epoch === undefined ? {} : { epoch }) };
    }
  }

  /** `Stream.countRecords`: by the heads of batches, whose records are looked at only where an end lies within one. */
  async count(topic: TopicName, partition: number, from: Position, until: Position): Promise<number> {
    let count = 0;
    for (let next = from; next < until; ) {
      const walk = await this.#batchesAt(topic, partition, next, { maxBytes: countBytes, until });
      const before = next;
      for (let walked = walk.next(); walked !== undefined && next < until; walked = walk.next()) {
        const { stored, records } = walked;
        next = stored.nextOffset;
        if (!records) continue;
        const isWhole = stored.baseOffset >= from && stored.nextOffset <= until;
        if (isWhole) count += stored.count;
        else for (const batch of await this.#recordsOf(stored, partition)) count += between(batch, from, until).count;
      }
      if (next === before) return count;
    }
    return count;
  }

  /** The batch that holds the record at `position`, with its records' bytes; undefined where none is there. */
  async storedAt(
    topic: TopicName,
    partition: number,
    position: Position,
  ): Promise<{ readonly stored: StoredBatch; readonly records: Buffer } | undefined> {
    const answer = await fetchFrom(this.#log, topic, partition, position, { maxBytes: leastBytes, committed: true });
    const walked = answer && new StoredBatches(answer).next();
    if (walked === undefined || !walked.records) return undefined;
    return { stored: walked.stored, records: await openRecords(this.#log, walked.stored) };
  }

  async #recordsOf(stored: StoredBatch, partition: number): Promise<readonly RecordBatch[]> {
    return decodeRecords(stored, await openRecords(this.#log, stored), partition);
  }

  async #batchesAt(
    topic: TopicName,
    partition: number,
    from: Position,
    { maxBytes, until, epoch }: Asked,
  ): Promise<StoredBatches> {
    const key = keyOf(topic, partition);
    const rest = this.#rests.get(key);
    this.#rests.delete(key);
    if (rest?.next === from) return rest.batches;
    const askedBytes = Math.min(mostBytes, Math.max(leastBytes, Math.floor(maxBytes * compressedShare)));
    return new StoredBatches(await this.#fetchKnown(topic, partition, from, { maxBytes: askedBytes, until, epoch }));
  }

  /**
   * Asks until the leader knows that what was committed up to `until` is committed: a new one has the records a moment
   * before it knows. Where ListOffsets, which does not answer in that moment, says that the log ends before, it does.
   */
  #fetchKnown(
    topic: TopicName,
    partition: number,
    from: Position,
    { maxBytes, until, epoch }: Asked,
  ): Promise<FetchedPartition> {
    const { cluster } = this.#log;
    let lastEpoch = epoch;
    return cluster.patiently(`reading ${topic.name}`, async () => {
      const answer = await fetchFrom(this.#log, topic, partition, from, { maxBytes, committed: true, lastEpoch });
      if (answer?.divergedAt !== undefined) {
        if (answer.divergedAt < from) throw wasCut(topic.name, partition, from, answer.divergedAt);
        // What was read beyond `from` is gone, what stands before it is not.
        lastEpoch = undefined;
        throw new cluster.sdk.NetworkError(`partition ${partition} goes on in another epoch`);
      }
      const stable = answer?.lastStableOffset ?? -1n;
      if (answer !== undefined && (stable > from || (stable === from && (until ?? from) <= from))) return answer;
      const bounds = (await partitionBounds(this.#log, topic.name))[partition];
      if (answer === undefined || bounds === undefined || from > bounds.end)
        throw outOfRange(topic.name, partition, from, bounds);
      if (bounds.end === from) return answer;
      throw new cluster.sdk.NetworkError(`partition ${partition} ends at ${stable}, as its new leader knows so far`);
    });
  }

  #keep(topic: TopicName, partition: number, next: Position, batches: StoredBatches): void {
    if (batches.hasNext) this.#rests.set(keyOf(topic, partition), { next, batches });
    else this.#rests.delete(keyOf(topic, partition));
  }
}

const keyOf = ({ name, id }: TopicName, partition: number): string => `${name}/${id}/${partition}`;

function outOfRange(
  topic: string,
  partition: number,
  from: Position,
  bounds: PartitionBounds | undefined,
): PlayheadError {
  const { start, end } = bounds ?? {};
  const message = `position ${from} is not in partition ${partition} of ${topic}, which has ${start} to ${end}`;
  const details = { topic, partition, from: String(from), start: String(start), end: String(end) };
  return new PlayheadError('PH_POSITION_OUT_OF_RANGE', message, { details });
}

/** The records of a batch from `from` to `until` (exclusive). */
function between(batch: RecordBatch, from: Position, until: Position): RecordBatch {
  let begin = 0;
  let end = batch.count;
  while (begin < end && positionAt(batch, begin) < from) begin += 1;
  while (end > begin && positionAt(batch, end - 1) >= until) end -= 1;
  return sliceBatch(batch, begin, end);
}
