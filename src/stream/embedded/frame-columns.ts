import type { ProducedBatch } from '../../record/batch.ts';
import type { FrameContent } from './frame-content.ts';

/**
 * The columns of a frame beside its values, as one block: arrival times, value lengths, sequences, key lengths, then
 * null, UTF-8 and erasure bits, keys and headers. Lengths and differences rather than ends, because they compress. Numbers are
 * little-endian, which every platform of Node is in practice.
 */
const columnFlags = {
  lineFramed: 1,
  checkedObjects: 2,
  keyed: 4,
  nulls: 8,
  headers: 16,
  invalidUtf8: 32,
  /** Arrival is kept as a base and 32-bit offsets in ms; else as 64-bit floats. */
  arrivalOffsets: 64,
  erased: 128,
} as const;

export function flagsOf(content: FrameContent): number {
  const { batch, invalidUtf8, erased } = content;
  return (
    (batch.lineFramed ? columnFlags.lineFramed : 0) |
    (batch.checkedObjects ? columnFlags.checkedObjects : 0) |
    (batch.keys === undefined ? 0 : columnFlags.keyed) |
    (batch.nulls === undefined ? 0 : columnFlags.nulls) |
    (batch.headers === undefined ? 0 : columnFlags.headers) |
    (invalidUtf8 === undefined ? 0 : columnFlags.invalidUtf8) |
    (erased === undefined ? 0 : columnFlags.erased) |
    (arrivalBase(batch.arrivalMs) === undefined ? 0 : columnFlags.arrivalOffsets)
  );
}

export function encodeColumns(content: FrameContent, flags: number): Uint8Array {
  const { batch } = content;
  const { count } = batch;
  const bits = (count + 7) >> 3;
  const headers = batch.headers === undefined ? noBytes : encodeHeaders(batch.headers);
  const keyBytes = batch.keyEnds?.[count - 1] ?? 0;
  const offsets = (flags & columnFlags.arrivalOffsets) !== 0;
  const words = (offsets ? 2 + count : 2 * count) + count * 2 + (flags & columnFlags.keyed ? count : 0);
  const block = new Uint8Array(
    words * 4 +
      (flags & columnFlags.nulls ? bits : 0) +
      (flags & columnFlags.invalidUtf8 ? bits : 0) +
      (flags & columnFlags.erased ? bits : 0) +
      keyBytes +
      headers.length,
  );
  let at = encodeArrival(batch.arrivalMs, block, offsets);
  at = encodeDifferences(batch.valueEnds, block, at);
  at = encodeDifferences(content.sequenceOffsets, block, at);
  if (batch.keyEnds !== undefined && flags & columnFlags.keyed) at = encodeDifferences(batch.keyEnds, block, at);
  const append = (bytes: Uint8Array | undefined, length: number): void => {
    if (bytes === undefined) return;
    block.set(bytes.subarray(0, length), at);
    at += length;
  };
  append(batch.nulls, bits);
  append(content.invalidUtf8, bits);
  append(content.erased, bits);
  append(batch.keys, keyBytes);
  append(headers, headers.length);
  return block;
}

/** What `encodeColumns` took, around `values`. Throws RangeError where the block does not hold what the flags say. */
export function decodeColumns(encoded: Uint8Array, flags: number, count: number, values: Uint8Array): FrameContent {
  const block = aligned(encoded);
  const bits = (count + 7) >> 3;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const arrival = decodeArrival(block, count, has(columnFlags.arrivalOffsets));
  let at = arrival.end;
  const numbers = (): Uint32Array => {
    const ends = decodeDifferences(block, at, count);
    at += count * 4;
    return ends;
  };
  const take = (length: number): Uint8Array => {
    if (at + length > block.length) throw new RangeError('the columns end early');
    at += length;
    return block.subarray(at - length, at);
  };
  const valueEnds = numbers();
  const sequenceOffsets = numbers();
  const keyEnds = has(columnFlags.keyed) ? numbers() : undefined;
  const nulls = has(columnFlags.nulls) ? take(bits) : undefined;
  const invalidUtf8 = has(columnFlags.invalidUtf8) ? take(bits) : undefined;
  const erased = has(columnFlags.erased) ? take(bits) : undefined;
  const keys = keyEnds === undefined ? undefined : take(keyEnds[count - 1] ?? 0);
  const headers = has(columnFlags.headers) ? decodeHeaders(take(block.length - at), count) : undefined;
  if (at !== block.length || (valueEnds[count - 1] ?? 0) !== values.length)
    throw new RangeError('lengths do not add up');
  return {
    batch: {
      count,
      values,
      valueEnds,
      ...(nulls === undefined ? {} : { nulls }),
      ...(keys === undefined || keyEnds === undefined ? {} : { keys, keyEnds }),
      ...(headers === undefined ? {} : { headers }),
      arrivalMs: arrival.arrivalMs,
      lineFramed: has(columnFlags.lineFramed),
      checkedObjects: has(columnFlags.checkedObjects),
    },
    sequenceOffsets,
    ...(invalidUtf8 === undefined ? {} : { invalidUtf8 }),
    ...(erased === undefined ? {} : { erased }),
  };
}

const noBytes = new Uint8Array(0);

/** The earliest arrival, where every other is a whole number of ms, less than 2^32 of them, after it. */
function arrivalBase(arrivalMs: Float64Array): number | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < arrivalMs.length; i += 1) {
    const ms = arrivalMs[i] ?? 0;
    if (!Number.isSafeInteger(ms)) return undefined;
    if (ms < min) min = ms;
    if (ms > max) max = ms;
  }
  return max - min < 2 ** 32 ? min : undefined;
}

function encodeArrival(arrivalMs: Float64Array, block: Uint8Array, offsets: boolean): number {
  if (!offsets) {
    new Float64Array(block.buffer, 0, arrivalMs.length).set(arrivalMs);
    return arrivalMs.length * 8;
  }
  const base = arrivalBase(arrivalMs) ?? 0;
  new Float64Array(block.buffer, 0, 1)[0] = base;
  const words = new Uint32Array(block.buffer, 8, arrivalMs.length);
  for (let i = 0; i < arrivalMs.length; i += 1) words[i] = (arrivalMs[i] ?? 0) - base;
  return 8 + arrivalMs.length * 4;
}

function decodeArrival(block: Uint8Array, count: number, offsets: boolean): { arrivalMs: Float64Array; end: number } {
  if (!offsets) {
    const arrivalMs = new Float64Array(block.buffer, block.byteOffset, count).slice();
    return { arrivalMs, end: count * 8 };
  }
  const base = new Float64Array(block.buffer, block.byteOffset, 1)[0] ?? 0;
  const words = new Uint32Array(block.buffer, block.byteOffset + 8, count);
  const arrivalMs = new Float64Array(count);
  for (let i = 0; i < count; i += 1) arrivalMs[i] = base + (words[i] ?? 0);
  return { arrivalMs, end: 8 + count * 4 };
}

function encodeDifferences(ends: Uint32Array, block: Uint8Array, at: number): number {
  const words = new Uint32Array(block.buffer, at, ends.length);
  let previous = 0;
  for (let i = 0; i < ends.length; i += 1) {
    const end = ends[i] ?? 0;
    words[i] = end - previous;
    previous = end;
  }
  return at + ends.length * 4;
}

function decodeDifferences(block: Uint8Array, at: number, count: number): Uint32Array {
  const words = new Uint32Array(block.buffer, block.byteOffset + at, count);
  const ends = new Uint32Array(count);
  let end = 0;
  for (let i = 0; i < count; i += 1) {
    end += words[i] ?? 0;
    ends[i] = end;
  }
  return ends;
}

/** Typed arrays want their numbers at multiples of their size; a decompressed buffer may start anywhere. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}

type Headers = NonNullable<ProducedBatch['headers']>;

/** Headers are rare and small: JSON, with values in base64. */
function encodeHeaders(headers: Headers): Uint8Array {
  const plain = headers.map((list) => list.map(({ name, value }) => [name, Buffer.from(value).toString('base64')]));
  return Buffer.from(JSON.stringify(plain));
}

function decodeHeaders(encoded: Uint8Array, count: number): Headers {
  // What `encodeHeaders` wrote, under the frame's checksum.
  const plain = JSON.parse(Buffer.from(encoded).toString()) as [string, string][][];
  if (plain.length !== count) throw new RangeError('headers of another count');
  return plain.map((list) => list.map(([name, value]) => ({ name, value: Buffer.from(value, 'base64') })));
}
