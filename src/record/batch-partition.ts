import { bitAt, type ProducedBatch, setBit, valueStart } from './batch.ts';

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
  const indicesOf = indicesByPartition(assignment, partitions);
  const shares: PartitionShare[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const indices = indicesOf[partition];
    if (indices === undefined || indices.length === 0) continue;
    const whole = indices.length === batch.count;
    shares.push({ partition, batch: whole ? batch : gather(batch, indices), indices });
  }
  return shares;
}

/** An assignment that leaves the record out of every share. */
export const skipRecord = 0xffff;

function indicesByPartition(assignment: Uint16Array, partitions: number): Uint32Array[] {
  const counts = new Uint32Array(partitions);
  for (let i = 0; i < assignment.length; i += 1) {
    const partition = assignment[i] ?? skipRecord;
    if (partition !== skipRecord) counts[partition] = (counts[partition] ?? 0) + 1;
  }
  const indices = Array.from(counts, (count) => new Uint32Array(count));
  counts.fill(0);
  for (let i = 0; i < assignment.length; i += 1) {
    const partition = assignment[i] ?? skipRecord;
    const own = indices[partition];
    if (own === undefined) continue;
    const at = counts[partition] ?? 0;
    own[at] = i;
    counts[partition] = at + 1;
  }
  return indices;
}

/** The records at `indices`, in that order, as a batch of their own. */
export function gather(batch: ProducedBatch, indices: Uint32Array): ProducedBatch {
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
  const target = Buffer.allocUnsafeSlow(total);
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; i < indices.length; i += 1) {
    const index = indices[i] ?? 0;
    // Buffer.copy is one call into memmove; `set` would make a view of the source first, which costs more than the copy.
    source.copy(target, at, index === 0 ? 0 : ends[index - 1], ends[index]);
    at = gatheredEnds[i] ?? 0;
  }
  return { bytes: target, ends: gatheredEnds };
}

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
