import { type Position, positionAt, type RecordBatch, valueStart } from '../record/batch.ts';

/** Records `from` to `to` (exclusive) of a batch. */
export interface Slice {
  readonly batch: RecordBatch;
  readonly from: number;
  readonly to: number;
}

/** A half-open range of positions of one partition. */
export interface PartitionRange {
  readonly partition: number;
  readonly from: Position;
  readonly until: Position;
  /** Of the log when the range's records were read, or those before `from` where none are read yet. */
  readonly epoch?: number | undefined;
}

interface Queued {
  readonly batch: RecordBatch;
  /** Arrival times made monotone over the partition: the latest arrival up to and with each record. */
  readonly arrivals: Float64Array;
  from: number;
}

/**
 * Records of one partition that were fetched and not yet planned, in position order.
 *
 * Windows are cut by the *latest arrival so far*: a record that arrived out of order is planned with those around it,
 * so that every flush is one range of positions a partition.
 */
export class ArrivalQueue {
  readonly partition: number;
  readonly #framing: number;
  #batches: Queued[] = [];
  #latest = Number.NEGATIVE_INFINITY;
  #next: Position;
  #fetched: Position;

  /** `newline`: a newline is counted for each record that has none, as it will be delivered. */
  constructor(partition: number, next: Position, newline: boolean) {
    this.partition = partition;
    this.#next = next;
    this.#fetched = next;
    this.#framing = newline ? 1 : 0;
  }

  /** Where the first record that is not yet taken stands. */
  get position(): Position {
    return this.#next;
  }

  /** Arrival (monotone) of the first record, undefined where none is queued. */
  get head(): number | undefined {
    const first = this.#batches[0];
    return first?.arrivals[first.from];
  }

  /** Arrival (monotone) of the last record that was ever queued: what comes next arrives then or later. */
  get latest(): number {
    return this.#latest;
  }

  push(batch: RecordBatch): void {
    if (batch.count === 0) return;
    this.#batches.push({ batch, arrivals: this.#monotone(batch.arrivalMs, batch.count), from: 0 });
  }

  /**
   * Everything before `position` was fetched. Behind the last record there may be a gap: who takes that record passes the gap
   * with it, and stands where the log ends, not before something that will never be read.
   */
  passed(position: Position): void {
    this.#fetched = position;
  }

  /** Bytes, as they will be delivered before compression, of the records that arrived before `untilMs`. */
  bytesBefore(untilMs: number): number {
    let bytes = 0;
    for (const queued of this.#batches) {
      const to = lowerBound(queued.arrivals, queued.from, queued.batch.count, untilMs);
      bytes += this.#bytesOf(queued.batch, queued.from, to);
      if (to < queued.batch.count) break;
    }
    return bytes;
  }

  /** Takes the records that arrived before `untilMs`. */
  takeBefore(untilMs: number): Slice[] {
    return this.#take(({ arrivals, from, batch }) => lowerBound(arrivals, from, batch.count, untilMs));
  }

  /** Takes, of the records that arrived before `untilMs`, as many as fit in `maxBytes`, and at least `minRecords`. */
  takeUpTo(maxBytes: number, untilMs: number, minRecords: number): { slices: Slice[]; bytes: number } {
    let room = maxBytes;
    let owed = minRecords;
    const slices = this.#take((queued) => {
      const limit = lowerBound(queued.arrivals, queued.from, queued.batch.count, untilMs);
      let to = queued.from;
      while (to < limit) {
        const size = this.#bytesOf(queued.batch, to, to + 1);
        if (size > room && owed <= 0) break;
        room -= size;
        owed -= 1;
        to += 1;
      }
      return to;
    });
    return { slices, bytes: maxBytes - room };
  }

  #take(endOf: (queued: Queued) => number): Slice[] {
    const slices: Slice[] = [];
    for (const queued of this.#batches) {
      const { batch, from } = queued;
      const to = endOf(queued);
      if (to > from) {
        slices.push({ batch, from, to });
        this.#next = positionAt(batch, to - 1) + 1n;
        queued.from = to;
      }
      if (to < batch.count) break;
    }
    this.#batches = this.#batches.filter(({ batch, from }) => from < batch.count);
    if (slices.length > 0 && this.#batches.length === 0 && this.#fetched > this.#next) this.#next = this.#fetched;
    return slices;
  }

  #bytesOf(batch: RecordBatch, from: number, to: number): number {
    if (to <= from) return 0;
    const values = (batch.valueEnds[to - 1] ?? 0) - valueStart(batch, from);
    return batch.lineFramed ? values : values + (to - from) * this.#framing;
  }

  #monotone(arrivalMs: Float64Array, count: number): Float64Array {
    let copy: Float64Array | undefined;
    for (let i = 0; i < count; i += 1) {
      const arrival = arrivalMs[i] ?? 0;
      if (arrival >= this.#latest) this.#latest = arrival;
      else {
        copy ??= arrivalMs.slice(0, count);
        copy[i] = this.#latest;
      }
    }
    return copy ?? arrivalMs;
  }
}

/** The first index in `[from, to)` whose value is not below `limit`. */
function lowerBound(sorted: Float64Array, from: number, to: number, limit: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
