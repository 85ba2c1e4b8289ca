import { bitAt, type ProducedBatch, setBit, valueStart } from './batch.ts';
import { sliceProduced } from './batch-slice.ts';

/** The records of a batch that go to one partition, in their order, and which ones they were. */
export interface PartitionShare {
  readonly partition: number;
  readonly batch: ProducedBatch;
  /** Index of each record in the batch that was divided. */
  readonly indices: Uint32Array;
}

/**
 * Divides a batch by `assignment` (record → partition below `partitions`; `skipRecord` leaves a record out). Copies
 * bytes, never looks into them. Shares come in partition order; partitions without records have none.
 */
export function partitionBatch(
  batch: ProducedBatch,
  assignment: Uint16Array,
  partitions: number,
): readonly PartitionShare[] {
  const { order, starts } = orderByPartition(assignment, partitions);
  if (partitions === 1 && order.length === batch.count && batch.count > 0)
    return [{ partition: 0, batch, indices: order }];
  // One gather in partition order, then views: one large allocation costs less than many that the system has to clear.
  const ordered = gather(batch, order);
  const shares: PartitionShare[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const from = starts[partition] ?? 0;
    const to = starts[partition + 1] ?? from;
    if (from === to) continue;
    shares.push({ partition, batch: sliceProduced(ordered, from, to), indices: order.subarray(from, to) });
  }
  return shares;
}

/** An assignment that leaves the record out of every share. */
export const skipRecord = 0xffff;

/** Record indices sorted by partition, stable; partition p's are `order[starts[p] .. starts[p + 1]]`. */
export function orderByPartition(
  assignment: Uint16Array,
  partitions: number,
): { order: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(partitions + 1);
  for (const partition of assignment) {
    if (partition === skipRecord) continue;
    if (partition >= partitions) throw new RangeError(`partition ${partition} of ${partitions}`);
    starts[partition + 1] = (starts[partition + 1] ?? 0) + 1;
  }
  for (let p = 1; p <= partitions; p += 1) starts[p] = (starts[p] ?? 0) + (starts[p - 1] ?? 0);
  const next = starts.slice();
  const order = new Uint32Array(starts[partitions] ?? 0);
  for (let i = 0; i < assignment.length; i += 1) {
    const partition = assignment[i] ?? skipRecord;
    if (partition === skipRecord) continue;
    const at = next[partition] ?? 0;
    order[at] = i;
    next[partition] = at + 1;
  }
  return { order, starts };
}

/** The records at `indices`, in that order, as a batch of their own. */
function gather(batch: ProducedBatch, indices: Uint32Array): ProducedBatch {
  const values = gatherBytes(batch.values, batch.valueEnds, indices);
  const keys = batch.keys && batch.keyEnds ? gatherBytes(batch.keys, batch.keyEnds, indices) : undefined;
  const arrivalMs = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; i += 1) arrivalMs[i] = batch.arrivalMs[indices[i] ?? 0] ?? 0;
  return {
    count: indices.length,
    values: values.bytes,
    valueEnds: values.ends,
    ...(batch.nulls === undefined ? {} : { nulls: gatherBits(batch.nulls, indices) }),
    ...(keys === undefined ? {} : { keys: keys.bytes, keyEnds: keys.ends }),
    ...(batch.headers === undefined ? {} : { headers: Array.from(indices, (index) => batch.headers?.[index] ?? []) }),
    arrivalMs,
    lineFramed: batch.lineFramed,
    checkedObjects: batch.checkedObjects,
  };
}

function gatherBytes(bytes: Uint8Array, ends: Uint32Array, indices: Uint32Array) {
  const gatheredEnds = new Uint32Array(indices.length);
  let total = 0;
  for (let i = 0; i < indices.length; i += 1) {
    const index = indices[i] ?? 0;
    total += (ends[index] ?? 0) - (index === 0 ? 0 : (ends[index - 1] ?? 0));
    gatheredEnds[i] = total;
  }
  const target: Uint8Array = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (let i = 0; i < indices.length; i += 1) {
    const index = indices[i] ?? 0;
    const start = index === 0 ? 0 : (ends[index - 1] ?? 0);
    const end = ends[index] ?? 0;
    if (end - start < byLoopBytes) for (let from = start; from < end; from += 1, at += 1) target[at] = bytes[from] ?? 0;
    else {
      target.set(bytes.subarray(start, end), at);
      at += end - start;
    }
  }
  return { bytes: target, ends: gatheredEnds };
}

/** Shorter than this (most keys), a loop is done before a call into memmove has begun. */
const byLoopBytes = 64;

export function gatherBits(bits: Uint8Array, indices: Uint32Array): Uint8Array {
  const gathered = new Uint8Array((indices.length + 7) >> 3);
  for (let i = 0; i < indices.length; i += 1) if (bitAt(bits, indices[i] ?? 0)) setBit(gathered, i);
  return gathered;
}

/**
 * Which records are not valid UTF-8, as bits; undefined where all are. One native pass over the whole batch settles
 * the ordinary case; records are looked at one by one only when it fails.
 */
export function findInvalidUtf8(batch: ProducedBatch, isUtf8: (bytes: Uint8Array) => boolean): Uint8Array | undefined {
  if (isUtf8(batch.values) && (batch.lineFramed || startsAtCharacters(batch))) return undefined;
  const invalid = new Uint8Array((batch.count + 7) >> 3);
  let found = false;
  for (let i = 0; i < batch.count; i += 1) {
    if (isUtf8(batch.values.subarray(valueStart(batch, i), batch.valueEnds[i]))) continue;
    setBit(invalid, i);
    found = true;
  }
  return found ? invalid : undefined;
}

/** Without newlines between them, a character cut in two by a record boundary is whole again when records are joined. */
function startsAtCharacters(batch: ProducedBatch): boolean {
  for (let i = 0; i < batch.count; i += 1) {
    const start = valueStart(batch, i);
    if (start < (batch.valueEnds[i] ?? 0) && ((batch.values[start] ?? 0) & 0xc0) === 0x80) return false;
  }
  return true;
}
