import type { Position } from '../record/batch.ts';
import type { Fetched } from '../stream/stream.ts';
import { ArrivalQueue, type PartitionRange, type Slice } from './arrival-queue.ts';

/** Why a flush ends where it does. `end`: there was nothing more to read. */
export type FlushReason = 'size' | 'interval' | 'prefix' | 'end';

/** One flush: a range of positions a partition, and the records themselves where they are still in memory. */
export interface Window {
  readonly ranges: readonly PartitionRange[];
  readonly slices: readonly Slice[];
  /** Before compression, newlines counted. */
  readonly bytes: number;
  readonly reason: FlushReason;
}

export interface WindowSettings {
  readonly sizeBytes: number;
  readonly intervalMs: number;
  readonly newline: boolean;
  /** When the prefix of a record that arrived at `arrivalMs` next changes, no later than `limitMs`. */
  prefixEnd(arrivalMs: number, limitMs: number): number;
}

/** Reads on: batches of one partition's range, as much of it as `maxBytes` hold. */
export type FetchBatches = (range: PartitionRange, maxBytes: number) => Promise<Fetched>;

/** One partition being read; `fetched` is where its next fetch begins. */
interface Reading {
  readonly queue: ArrivalQueue;
  until: Position;
  fetched: Position;
  epoch: number | undefined;
}

/**
 * Cuts a backlog into Firehose's flushes by arrival time. A window begins with its first record and ends, whichever comes
 * first, when the buffer's size is reached, its interval has passed, or the rendered prefix changes. The same log, start
 * and settings give the same windows, however the log's batches are cut.
 *
 * Memory: what one window holds, and one fetch a partition beyond it.
 */
export class WindowPlanner {
  readonly #settings: WindowSettings;
  readonly #fetch: FetchBatches;
  readonly #fetchBytes: number;
  readonly #queues: readonly Reading[];

  constructor(settings: WindowSettings, ranges: readonly PartitionRange[], fetch: FetchBatches, fetchBytes: number) {
    this.#settings = settings;
    this.#fetch = fetch;
    this.#fetchBytes = fetchBytes;
    this.#queues = ranges.map(({ partition, from, until, epoch }) => ({
      queue: new ArrivalQueue(partition, from, settings.newline),
      until,
      fetched: from,
      epoch,
    }));
  }

  /** The next window, undefined when all is read. */
  async next(): Promise<Window | undefined> {
    for (;;) {
      const unknown = this.#queues.filter((q) => this.#unread(q) && q.queue.head === undefined);
      if (unknown.length > 0) {
        await this.#read(unknown);
        continue;
      }
      const startMs = Math.min(...this.#queues.map(({ queue }) => queue.head ?? Number.POSITIVE_INFINITY));
      if (startMs === Number.POSITIVE_INFINITY) return undefined;
      const window = this.#cut(startMs);
      if (window !== undefined) return window;
      const endMs = this.#endOf(startMs);
      await this.#read(this.#queues.filter((q) => this.#unread(q) && q.queue.latest < endMs));
    }
  }

  #unread({ fetched, until }: Reading): boolean {
    return fetched < until;
  }

  #endOf(startMs: number): number {
    return this.#settings.prefixEnd(startMs, startMs + this.#settings.intervalMs);
  }

  /** The window from `startMs`, undefined where too little is read to know its end. */
  #cut(startMs: number): Window | undefined {
    const endMs = this.#endOf(startMs);
    const knownMs = Math.min(...this.#queues.map((q) => (this.#unread(q) ? q.queue.latest : Number.POSITIVE_INFINITY)));
    const bytes = this.#bytesBefore(Math.min(endMs, knownMs));
    if (bytes > this.#settings.sizeBytes) return this.#takeSize(startMs, Math.min(endMs, knownMs));
    if (endMs > knownMs) return undefined;
    const slices = this.#take((queue) => queue.takeBefore(endMs));
    const reason = endMs < startMs + this.#settings.intervalMs ? 'prefix' : 'interval';
    return { ...slices, bytes, reason: this.#ended() ? 'end' : reason };
  }

  /** As much as fits the buffer: all that arrived before some millisecond, and of that millisecond what still fits. */
  #takeSize(startMs: number, endMs: number): Window {
    let low = startMs;
    let high = endMs;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#bytesBefore(middle) <= this.#settings.sizeBytes) low = middle;
      else high = middle;
    }
    const whole = this.#bytesBefore(low);
    let room = this.#settings.sizeBytes - whole;
    let owed = whole === 0 ? 1 : 0;
    const taken = this.#take((queue) => {
      const before = queue.takeBefore(low);
      const part = queue.takeUpTo(room, high, owed);
      room -= part.bytes;
      if (part.slices.length > 0) owed = 0;
      return [...before, ...part.slices];
    });
    return { ...taken, bytes: this.#settings.sizeBytes - room, reason: 'size' };
  }

  #take(takeFrom: (queue: ArrivalQueue) => Slice[]): { ranges: PartitionRange[]; slices: Slice[] } {
    const ranges: PartitionRange[] = [];
    const slices: Slice[] = [];
    for (const { queue, epoch } of this.#queues) {
      const from = queue.position;
      slices.push(...takeFrom(queue));
      if (queue.position > from) ranges.push({ partition: queue.partition, from, until: queue.position, epoch });
    }
    return { ranges, slices };
  }

  #bytesBefore(untilMs: number): number {
    return this.#queues.reduce((sum, { queue }) => sum + queue.bytesBefore(untilMs), 0);
  }

  #ended(): boolean {
    return this.#queues.every((q) => !this.#unread(q) && q.queue.head === undefined);
  }

  async #read(queues: readonly Reading[]): Promise<void> {
    await Promise.all(
      queues.map(async (queued) => {
        const { queue, until, fetched } = queued;
        const range = { partition: queue.partition, from: fetched, until, epoch: queued.epoch };
        const { batches, next, epoch = queued.epoch } = await this.#fetch(range, this.#fetchBytes);
        for (const batch of batches) queue.push(batch);
        // The end may have been an older copy of the log's: what is not there is not waited for.
        // Nor is it passed over.
        if (next === fetched) queued.until = next;
        queued.fetched = next;
        queued.epoch = epoch;
        queue.passed(queued.fetched);
      }),
    );
  }
}
