import type { ProducedBatch } from './batch.ts';

export interface BatchBuilderSettings {
  /** Every value that is added ends in a newline. */
  readonly lineFramed: boolean;
  /** The caller vouches that every value is one JSON object. */
  readonly checkedObjects: boolean;
  /** Records carry keys. A record without one in a keyed batch has an empty key. */
  readonly keyed: boolean;
  /** First guess of the value bytes; the buffers grow by doubling. */
  readonly capacityBytes?: number;
}

/**
 * Gathers records into a batch. Two ways in: `add` copies finished bytes; `reserve` and `close` let a renderer write a
 * record straight into `bytes`, which is the fastest way that JavaScript has to make one.
 */
export class BatchBuilder {
  readonly #settings: BatchBuilderSettings;
  #values: Uint8Array;
  #valueEnds: Uint32Array;
  #arrivalMs: Float64Array;
  #keys: Uint8Array;
  #keyEnds: Uint32Array;
  /** The buffers of batches that were taken, by that of their values, and those that came back. */
  readonly #taken = new WeakMap<ArrayBufferLike, Buffers>();
  readonly #spare: Buffers[] = [];
  #count = 0;
  #valueLength = 0;
  #keyLength = 0;

  constructor(settings: BatchBuilderSettings) {
    this.#settings = settings;
    const capacity = Math.max(1024, settings.capacityBytes ?? 1024 ** 2);
    const records = Math.max(16, Math.ceil(capacity / 512));
    this.#values = allocate(capacity);
    this.#valueEnds = new Uint32Array(records);
    this.#arrivalMs = new Float64Array(records);
    this.#keys = allocate(settings.keyed ? records * 32 : 0);
    this.#keyEnds = new Uint32Array(settings.keyed ? records : 0);
  }

  get count(): number {
    return this.#count;
  }

  /** Value bytes so far. */
  get sizeBytes(): number {
    return this.#valueLength;
  }

  /** Where a renderer writes: valid until the next `reserve`, `add` or `take`. */
  get bytes(): Uint8Array {
    return this.#values;
  }

  /** Makes room for a record of up to `maxBytes`; returns the offset in `bytes` where it begins. */
  reserve(maxBytes: number): number {
    const needed = this.#valueLength + maxBytes;
    if (needed > this.#values.length) this.#values = grown(this.#values, this.#valueLength, needed);
    return this.#valueLength;
  }

  /** Ends the record that was written up to `end` in `bytes`; its key is the slice `keyStart..keyEnd` of `bytes`. */
  close(end: number, arrivalMs: number, keyStart = 0, keyEnd = 0): void {
    if (this.#settings.keyed) this.#addKey(this.#values, keyStart, keyEnd);
    this.#end(end, arrivalMs);
  }

  add(value: Uint8Array, arrivalMs: number, key?: Uint8Array): void {
    const offset = this.reserve(value.length);
    this.#values.set(value, offset);
    if (this.#settings.keyed) this.#addKey(key ?? noBytes, 0, key?.length ?? 0);
    this.#end(offset + value.length, arrivalMs);
  }

  /** `add` for a line without its end: a newline is put behind it. */
  addLine(line: Uint8Array, arrivalMs: number, key?: Uint8Array): void {
    const offset = this.reserve(line.length + 1);
    this.#values.set(line, offset);
    this.#values[offset + line.length] = newline;
    if (this.#settings.keyed) this.#addKey(key ?? noBytes, 0, key?.length ?? 0);
    this.#end(offset + line.length + 1, arrivalMs);
  }

  /** The batch so far; the builder is empty afterwards and never touches these bytes again, unless they are given back. */
  take(): ProducedBatch {
    const batch = this.#built();
    // What fills little of the buffers is copied out of them, so that a small batch does not hold on to all their room.
    const isSmall = this.#valueLength * 4 < this.#values.length;
    const own = isSmall ? copied(batch) : batch;
    if (!isSmall) this.#replaceBuffers();
    this.#count = 0;
    this.#valueLength = 0;
    this.#keyLength = 0;
    return own;
  }

  /**
   * Takes back a batch that came from here and that nobody reads any more: a later one is written into its buffers.
   * Large buffers that are dropped instead cost more than filling them, for each one brings the collector nearer.
   */
  giveBack({ values }: ProducedBatch): void {
    const buffers = this.#taken.get(values.buffer);
    if (buffers === undefined) return;
    this.#taken.delete(values.buffer);
    this.#spare.push(buffers);
  }

  #built(): ProducedBatch {
    const keyed = this.#settings.keyed
      ? { keys: this.#keys.subarray(0, this.#keyLength), keyEnds: this.#keyEnds.subarray(0, this.#count) }
      : {};
    return {
      count: this.#count,
      values: this.#values.subarray(0, this.#valueLength),
      valueEnds: this.#valueEnds.subarray(0, this.#count),
      ...keyed,
      arrivalMs: this.#arrivalMs.subarray(0, this.#count),
      lineFramed: this.#settings.lineFramed,
      checkedObjects: this.#settings.checkedObjects,
    };
  }

  #replaceBuffers(): void {
    this.#taken.set(this.#values.buffer, {
      values: this.#values,
      valueEnds: this.#valueEnds,
      arrivalMs: this.#arrivalMs,
      keys: this.#keys,
      keyEnds: this.#keyEnds,
    });
    const next = this.#spare.pop();
    this.#values = next?.values ?? allocate(this.#values.length);
    this.#valueEnds = next?.valueEnds ?? new Uint32Array(this.#valueEnds.length);
    this.#arrivalMs = next?.arrivalMs ?? new Float64Array(this.#arrivalMs.length);
    this.#keys = next?.keys ?? allocate(this.#keys.length);
    this.#keyEnds = next?.keyEnds ?? new Uint32Array(this.#keyEnds.length);
  }

  #end(end: number, arrivalMs: number): void {
    if (this.#count === this.#valueEnds.length) this.#growRecords();
    this.#valueEnds[this.#count] = end;
    this.#arrivalMs[this.#count] = arrivalMs;
    if (this.#settings.keyed) this.#keyEnds[this.#count] = this.#keyLength;
    this.#count += 1;
    this.#valueLength = end;
  }

  #addKey(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const needed = this.#keyLength + length;
    if (needed > this.#keys.length) this.#keys = grown(this.#keys, this.#keyLength, needed);
    const keys = this.#keys;
    const at = this.#keyLength;
    for (let i = 0; i < length; i += 1) keys[at + i] = source[start + i] ?? 0;
    this.#keyLength = needed;
  }

  #growRecords(): void {
    const records = this.#count * 2;
    const valueEnds = new Uint32Array(records);
    valueEnds.set(this.#valueEnds);
    const arrivalMs = new Float64Array(records);
    arrivalMs.set(this.#arrivalMs);
    this.#valueEnds = valueEnds;
    this.#arrivalMs = arrivalMs;
    if (!this.#settings.keyed) return;
    const keyEnds = new Uint32Array(records);
    keyEnds.set(this.#keyEnds);
    this.#keyEnds = keyEnds;
  }
}

interface Buffers {
  readonly values: Uint8Array;
  readonly valueEnds: Uint32Array;
  readonly arrivalMs: Float64Array;
  readonly keys: Uint8Array;
  readonly keyEnds: Uint32Array;
}

const noBytes = new Uint8Array(0);
const newline = 0x0a;

/** Not zeroed: every byte below the length is written before it is read. */
function allocate(sizeBytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(sizeBytes);
}

function grown(bytes: Uint8Array, used: number, needed: number): Uint8Array {
  const larger = allocate(Math.max(needed, bytes.length * 2));
  larger.set(bytes.subarray(0, used));
  return larger;
}

function copied(batch: ProducedBatch): ProducedBatch {
  const { keys, keyEnds } = batch;
  return {
    ...batch,
    values: Buffer.from(batch.values),
    valueEnds: batch.valueEnds.slice(),
    ...(keys === undefined || keyEnds === undefined ? {} : { keys: Buffer.from(keys), keyEnds: keyEnds.slice() }),
    arrivalMs: batch.arrivalMs.slice(),
  };
}
