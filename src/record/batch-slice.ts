import { bitAt, type ProducedBatch, type RecordBatch, setBit, valueStart } from './batch.ts';

/** Records `from` to `to` (exclusive). Value and key bytes are views of the batch's; only the ends are made anew. */
export function sliceProduced(batch: ProducedBatch, from: number, to: number): ProducedBatch {
  if (from === 0 && to === batch.count) return batch;
  const values = sliceBytes(batch.values, batch.valueEnds, from, to);
  const keys = batch.keys && batch.keyEnds ? sliceBytes(batch.keys, batch.keyEnds, from, to) : undefined;
  return {
    count: to - from,
    values: values.bytes,
    valueEnds: values.ends,
    ...(batch.nulls === undefined ? {} : { nulls: sliceBits(batch.nulls, from, to) }),
    ...(keys === undefined ? {} : { keys: keys.bytes, keyEnds: keys.ends }),
    ...(batch.headers === undefined ? {} : { headers: batch.headers.slice(from, to) }),
    arrivalMs: batch.arrivalMs.subarray(from, to),
    lineFramed: batch.lineFramed,
    checkedObjects: batch.checkedObjects,
  };
}

/** `sliceProduced` for a batch that has its place in the log. */
export function sliceBatch(batch: RecordBatch, from: number, to: number): RecordBatch {
  if (from === 0 && to === batch.count) return batch;
  const { positions } = batch;
  return {
    ...sliceProduced(batch, from, to),
    partition: batch.partition,
    positions:
      positions.kind === 'dense'
        ? { kind: 'dense', base: positions.base + BigInt(from) }
        : { kind: 'list', at: positions.at.slice(from, to) },
    appendedMs: batch.appendedMs.subarray(from, to),
    ...(batch.invalidUtf8 === undefined ? {} : { invalidUtf8: sliceBits(batch.invalidUtf8, from, to) }),
    ...(batch.erased === undefined ? {} : { erased: sliceBits(batch.erased, from, to) }),
    ...(batch.foreign === undefined ? {} : { foreign: batch.foreign }),
  };
}

/**
 * One batch out of several, in order. They must agree on `lineFramed`; the result is `checkedObjects` only if all are,
 * and keyed if any is (records without a key get an empty one).
 */
export function concatProduced(batches: readonly ProducedBatch[]): ProducedBatch {
  const [first] = batches;
  if (first === undefined) throw new RangeError('no batches to concatenate');
  if (batches.length === 1) return first;
  if (batches.some((batch) => batch.lineFramed !== first.lineFramed)) {
    throw new TypeError('batches that end their values in a newline do not mix with batches that do not');
  }
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  const values = concatBytes(
    batches.map((batch) => [batch.values, batch.valueEnds]),
    count,
  );
  const keyed = batches.some((batch) => batch.keys !== undefined);
  const keys = keyed
    ? concatBytes(
        batches.map((batch) => [batch.keys ?? noBytes, batch.keyEnds ?? new Uint32Array(batch.count)]),
        count,
      )
    : undefined;
  const arrivalMs = new Float64Array(count);
  let at = 0;
  for (const batch of batches) {
    arrivalMs.set(batch.arrivalMs, at);
    at += batch.count;
  }
  const nulls = concatBits(
    batches.map((batch) => [batch.nulls, batch.count]),
    count,
  );
  const headers = batches.some((batch) => batch.headers !== undefined)
    ? batches.flatMap((batch) => batch.headers ?? new Array(batch.count).fill([]))
    : undefined;
  return {
    count,
    values: values.bytes,
    valueEnds: values.ends,
    ...(nulls === undefined ? {} : { nulls }),
    ...(keys === undefined ? {} : { keys: keys.bytes, keyEnds: keys.ends }),
    ...(headers === undefined ? {} : { headers }),
    arrivalMs,
    lineFramed: first.lineFramed,
    checkedObjects: batches.every((batch) => batch.checkedObjects),
  };
}

const noBytes = new Uint8Array(0);

function sliceBytes(bytes: Uint8Array, ends: Uint32Array, from: number, to: number) {
  const start = from === 0 ? 0 : (ends[from - 1] ?? 0);
  const rebased = ends.slice(from, to);
  if (start > 0) for (let i = 0; i < rebased.length; i += 1) rebased[i] = (rebased[i] ?? 0) - start;
  return { bytes: bytes.subarray(start, start + (rebased[rebased.length - 1] ?? 0)), ends: rebased };
}

function sliceBits(bits: Uint8Array, from: number, to: number): Uint8Array {
  const sliced = new Uint8Array((to - from + 7) >> 3);
  for (let i = from; i < to; i += 1) if (bitAt(bits, i)) setBit(sliced, i - from);
  return sliced;
}

function concatBytes(parts: readonly (readonly [Uint8Array, Uint32Array])[], count: number) {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, [, ends]) => sum + (ends[ends.length - 1] ?? 0), 0));
  const ends = new Uint32Array(count);
  let offset = 0;
  let at = 0;
  for (const [part, partEnds] of parts) {
    const length = partEnds[partEnds.length - 1] ?? 0;
    bytes.set(part.subarray(0, length), offset);
    for (let i = 0; i < partEnds.length; i += 1) ends[at + i] = offset + (partEnds[i] ?? 0);
    offset += length;
    at += partEnds.length;
  }
  return { bytes, ends };
}

function concatBits(parts: readonly (readonly [Uint8Array | undefined, number])[], count: number) {
  if (parts.every(([bits]) => bits === undefined)) return undefined;
  const joined = new Uint8Array((count + 7) >> 3);
  let at = 0;
  for (const [bits, length] of parts) {
    for (let i = 0; i < length; i += 1) if (bitAt(bits, i)) setBit(joined, at + i);
    at += length;
  }
  return joined;
}

/** Length of record `index` in bytes, its newline not counted where the batch is line-framed. */
export function contentLength(batch: ProducedBatch, index: number): number {
  const length = (batch.valueEnds[index] ?? 0) - valueStart(batch, index);
  return batch.lineFramed && length > 0 ? length - 1 : length;
}
