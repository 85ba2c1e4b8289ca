import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import type { Position } from '../record/batch.ts';
import type { Stream } from '../stream/stream.ts';
import { ArrivalQueue, type PartitionRange, type Slice } from './arrival-queue.ts';
import type { DeliveryPorts, DeliverySubject } from './bound-delivery.ts';
import type { LaneWriter } from './lane-writer.ts';
import { maxFlushesAPlan, memoryShare } from './memory-share.ts';
import type { FlushReason, Window } from './window-planner.ts';

export interface LiveSettings {
  readonly signal: AbortSignal;
  /** An idle delivery wakes this often to renew its lease, ms. */
  readonly renewEveryMs: number;
}

/** A partition that waiting must not watch: no position is past it. */
const never = (1n << 63n) - 1n;

/**
 * Delivers a lane as records come: a flush when the buffer's size is reached, or when its interval has passed on the
 * monotonic clock since its first record was read. Records that no flush has taken stay in the log when the signal aborts.
 */
export async function runLane(
  writer: LaneWriter,
  subject: DeliverySubject,
  ports: DeliveryPorts,
  settings: LiveSettings,
  effects: Effects,
): Promise<void> {
  const { signal } = settings;
  while (!signal.aborted) {
    const buffer = new LiveBuffer(writer, subject, ports, effects);
    // Ends where another writer's plan was carried out instead of ours: the buffer then no longer begins where the lane stands.
    while (!signal.aborted && (await liveStep(buffer, writer, settings))) {}
  }
}

async function liveStep(buffer: LiveBuffer, writer: LaneWriter, settings: LiveSettings): Promise<boolean> {
  await writer.renew();
  await buffer.fill();
  const windows = buffer.takeDue();
  if (windows.length > 0) return writer.deliver(windows);
  await buffer.wait(settings);
  return true;
}

/** One partition being read, up to `end`; `fetched` is where its next fetch begins. */
interface Reading {
  readonly queue: ArrivalQueue;
  fetched: Position;
  end: Position;
  epoch: number | undefined;
}

/**
 * Records that were read and wait for their flush: at most what a plan may hold, and one fetch a partition. Where they come
 * faster than one flush after the other is put, a plan has several: each costs less then, and the lane catches up.
 */
class LiveBuffer {
  readonly #subject: DeliverySubject;
  readonly #writer: LaneWriter;
  readonly #stream: Stream;
  readonly #effects: Effects;
  readonly #sizeBytes: number;
  readonly #planBytes: number;
  readonly #memoryBytes: number | undefined;
  readonly #queues = new Map<number, Reading>();
  #turn = 0;
  #sinceMs: number | undefined;

  constructor(writer: LaneWriter, subject: DeliverySubject, ports: DeliveryPorts, effects: Effects) {
    this.#writer = writer;
    this.#subject = subject;
    this.#stream = ports.stream;
    this.#memoryBytes = ports.memoryBytes;
    this.#planBytes = memoryShare(ports.memoryBytes).planBytes;
    this.#sizeBytes = Math.min(subject.definition.buffer.sizeBytes, this.#planBytes);
    this.#effects = effects;
  }

  /** Reads on until a plan is full or the log's ends are reached. */
  async fill(): Promise<void> {
    const topic = await this.#stream.describe(this.#subject.stream.topic);
    if (topic === undefined) return;
    const { fetchBytes } = memoryShare(this.#memoryBytes, topic.state.length);
    for (const range of await this.#writer.ranges(topic)) this.#track(range);
    // One fetch a partition in turn, so that a busy one doesn't keep the others out of the buffer.
    for (let more = true; more && this.#bytes() < this.#planBytes; ) {
      more = false;
      for (const [partition, reading] of this.#inTurn()) {
        if (reading.fetched >= reading.end || this.#bytes() >= this.#planBytes) continue;
        await this.#read(partition, reading, fetchBytes);
        more = true;
      }
    }
    if (this.#sinceMs === undefined && this.#bytes() > 0) this.#sinceMs = this.#effects.clock.monotonicMs();
  }

  /** The flushes that are due now, in order: one for each time that the records fill the buffer, or one at its interval's end. */
  takeDue(): readonly Window[] {
    const windows: Window[] = [];
    for (let reason = this.#due(); reason !== undefined && windows.length < maxFlushesAPlan; reason = this.#due())
      windows.push(this.#take(reason));
    return windows;
  }

  #due(): FlushReason | undefined {
    if (this.#sinceMs === undefined) return undefined;
    if (this.#bytes() >= this.#sizeBytes) return 'size';
    return this.#msLeft() <= 0 ? 'interval' : undefined;
  }

  /** Until more records come, the interval ends, the lease wants renewing, or the signal aborts. */
  async wait({ signal, renewEveryMs }: LiveSettings): Promise<void> {
    const seen: Position[] = [];
    const topic = await this.#stream.describe(this.#subject.stream.topic);
    for (const { partition } of topic?.state ?? []) seen[partition] = this.#queues.get(partition)?.fetched ?? never;
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    const limitMs = Math.min(renewEveryMs, Math.max(1, this.#msLeft()));
    const more = this.#stream.waitForMore(this.#subject.stream.topic, seen, either);
    const asleep = this.#effects.clock.sleep(limitMs, either).catch((error: unknown) => {
      if (!either.aborted && !isPlayheadError(error, 'PH_INTERRUPTED')) throw error;
    });
    try {
      await Promise.race([more, asleep]);
    } finally {
      done.abort();
      await Promise.all([more, asleep]);
    }
  }

  /** The oldest records that fit the buffer. */
  #take(reason: FlushReason): Window {
    const ranges: PartitionRange[] = [];
    const slices: Slice[] = [];
    let room = this.#sizeBytes;
    for (const [partition, { queue, epoch }] of this.#inTurn()) {
      const from = queue.position;
      const taken = queue.takeUpTo(room, Number.POSITIVE_INFINITY, slices.length === 0 ? 1 : 0);
      room -= taken.bytes;
      slices.push(...taken.slices);
      if (queue.position > from) ranges.push({ partition, from, until: queue.position, epoch });
    }
    this.#turn += 1;
    this.#sinceMs = this.#bytes() > 0 ? this.#effects.clock.monotonicMs() : undefined;
    return { ranges, slices, bytes: this.#sizeBytes - room, reason };
  }

  async #read(partition: number, reading: Reading, maxBytes: number): Promise<void> {
    const options = { maxBytes, until: reading.end, epoch: reading.epoch };
    const {
      batches,
      next,
      epoch = reading.epoch,
    } = await this.#stream.fetch(this.#subject.stream.topic, partition, reading.fetched, options);
    for (const batch of batches) reading.queue.push(batch);
    // No more is there than was read: nothing is passed over, and the lane's next look says where the log ends.
    if (next === reading.fetched) reading.end = next;
    reading.fetched = next;
    reading.epoch = epoch;
    reading.queue.passed(reading.fetched);
  }

  /** The partitions, each flush beginning with another one: a full buffer takes what it can of the first ones. */
  #inTurn(): (readonly [number, Reading])[] {
    const all = [...this.#queues];
    const first = all.length === 0 ? 0 : this.#turn % all.length;
    return [...all.slice(first), ...all.slice(0, first)];
  }

  #track({ partition, from, until, epoch }: PartitionRange): void {
    const known = this.#queues.get(partition);
    if (known !== undefined) known.end = until;
    else {
      const queue = new ArrivalQueue(partition, from, this.#subject.definition.newline);
      this.#queues.set(partition, { queue, fetched: from, end: until, epoch });
    }
  }

  #bytes(): number {
    let bytes = 0;
    for (const { queue } of this.#queues.values()) bytes += queue.bytesBefore(Number.POSITIVE_INFINITY);
    return bytes;
  }

  #msLeft(): number {
    if (this.#sinceMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#sinceMs + this.#subject.definition.buffer.intervalMs - this.#effects.clock.monotonicMs();
  }
}
