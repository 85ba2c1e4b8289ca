import { bitAt, type ProducedBatch, valueStart } from '../../record/batch.ts';
import { headerHeadBytes, headerName, headFlags } from './record-header.ts';
import { varintLength, writeVarint } from './varint.ts';

/** Records of one source, and what goes with each. */
export interface EncodedSource {
  readonly batch: ProducedBatch;
  readonly firstSequence: bigint;
  readonly source: Buffer;
  /** Bit i set: of record i only the place is appended. */
  readonly erased: Uint8Array | undefined;
}

/** Records as Kafka's record batch has them, without its head. */
export interface EncodedRecords {
  readonly records: Buffer;
  readonly count: number;
}

/**
 * Encodes the records at `indices`, from the `start`-th of them on, until they take `limitBytes`, and at least one; into `room`
 * where it is large enough. Timestamps are the batch's first: the broker's own clock counts.
 */
export function encodeRecords(
  from: EncodedSource,
  indices: Uint32Array,
  start: number,
  limitBytes: number,
  room?: Buffer,
): EncodedRecords {
  const { batch, firstSequence, source } = from;
  const framing = batch.lineFramed ? 1 : 0;
  const plain = headFlags({ ...batch, erased: false });
  const taken = headFlags({ ...batch, erased: true });
  const headLength = headerHeadBytes + source.length;
  const needed = roomFor(from, indices, start, limitBytes);
  const target = room !== undefined && needed <= room.length ? room.subarray(0, needed) : Buffer.allocUnsafe(needed);
  let at = 0;
  let count = 0;
  for (let rank = start; rank < indices.length; rank += 1) {
    const index = indices[rank] ?? 0;
    if (at + sizeBound(from, index) > target.length) break;
    const isErased = from.erased !== undefined && bitAt(from.erased, index);
    const isNull = isErased || bitAt(batch.nulls, index);
    const valueFrom = valueStart(batch, index);
    const valueBytes = Math.max(0, (batch.valueEnds[index] ?? 0) - valueFrom - framing);
    const keyFrom = index === 0 ? 0 : (batch.keyEnds?.[index - 1] ?? 0);
    const keyBytes = isErased ? 0 : (batch.keyEnds?.[index] ?? 0) - keyFrom;
    const own = isErased ? [] : (batch.headers?.[index] ?? []);
    const length =
      2 +
      varintLength(count) +
      bytesLength(keyBytes === 0 ? -1 : keyBytes) +
      bytesLength(isNull ? -1 : valueBytes) +
      varintLength(1 + own.length) +
      bytesLength(headerName.length) +
      bytesLength(headLength) +
      own.reduce((sum, { name, value }) => sum + bytesLength(Buffer.byteLength(name)) + bytesLength(value.length), 0);
    at = writeVarint(target, at, length);
    // Attributes, and the difference to the batch's timestamp.
    target[at] = 0;
    target[at + 1] = 0;
    at = writeVarint(target, at + 2, count);
    at =
      keyBytes === 0 || batch.keys === undefined
        ? writeVarint(target, at, -1)
        : put(target, at, batch.keys, keyFrom, keyBytes);
    at = isNull ? writeVarint(target, at, -1) : put(target, at, batch.values, valueFrom, valueBytes);
    at = writeVarint(target, at, 1 + own.length);
    at = put(target, at, headerName, 0, headerName.length);
    at = writeVarint(target, at, headLength);
    target[at] = isErased ? taken : plain;
    target.writeBigInt64BE(firstSequence + BigInt(index), at + 1);
    target.writeDoubleBE(batch.arrivalMs[index] ?? 0, at + 9);
    target.set(source, at + headerHeadBytes);
    at += headLength;
    for (const { name, value } of own) {
      const bytes = Buffer.from(name);
      at = put(target, at, bytes, 0, bytes.length);
      at = put(target, at, value, 0, value.length);
    }
    count += 1;
  }
  return { records: target.subarray(0, at), count };
}

/** Bytes that a value takes with its length before it; -1 stands for none. */
function bytesLength(length: number): number {
  return varintLength(length) + Math.max(0, length);
}

function put(target: Buffer, at: number, bytes: Uint8Array, from: number, length: number): number {
  const start = writeVarint(target, at, length);
  // Shorter than this (most keys), a loop is done before a call into memmove has begun.
  if (length < 64) for (let i = 0; i < length; i += 1) target[start + i] = bytes[from + i] ?? 0;
  else target.set(bytes.subarray(from, from + length), start);
  return start + length;
}

/** Bytes for the records from `start` on, within the limit: an append of few records is not to take a whole batch's room. */
function roomFor(from: EncodedSource, indices: Uint32Array, start: number, limitBytes: number): number {
  let room = sizeBound(from, indices[start] ?? 0);
  for (let rank = start + 1; rank < indices.length && room < limitBytes; rank += 1)
    room += sizeBound(from, indices[rank] ?? 0);
  return Math.max(Math.min(room, limitBytes), sizeBound(from, indices[start] ?? 0));
}

/** No record takes more than this: its bytes, and lengths of at most five bytes each. */
function sizeBound({ batch, source }: EncodedSource, index: number): number {
  const value = (batch.valueEnds[index] ?? 0) - valueStart(batch, index);
  const key = (batch.keyEnds?.[index] ?? 0) - (index === 0 ? 0 : (batch.keyEnds?.[index - 1] ?? 0));
  const own = batch.headers?.[index] ?? [];
  const headers = own.reduce((sum, { name, value: bytes }) => sum + Buffer.byteLength(name) + bytes.length + 10, 0);
  return 40 + value + key + headers + headerName.length + headerHeadBytes + source.length;
}
