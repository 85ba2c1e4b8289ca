import { isUtf8 } from 'node:buffer';
import { type Position, type RecordBatch, setBit } from '../../record/batch.ts';
import { findInvalidUtf8 } from '../../record/batch-partition.ts';
import type { StoredBatch } from './batch-head.ts';
import { emptyRecord, type Header, type ParsedRecord, parseRecord } from './parse-record.ts';
import { flags } from './record-header.ts';
import { VarintReader } from './varint.ts';

/**
 * The records of a stored batch, `records` being its bytes decompressed: one batch, or several where flags change within
 * it. A record without Playhead's header arrived at its timestamp.
 */
export function decodeRecords(stored: StoredBatch, records: Buffer, partition: number): readonly RecordBatch[] {
  const reader = new VarintReader(records);
  const batches: RecordBatch[] = [];
  let building: Building | undefined;
  const record = emptyRecord();
  for (let i = 0; i < stored.count; i += 1) {
    parseRecord(reader, stored, record);
    const framing = (record.flags ?? 0) & batchFlags;
    if (building?.framing !== framing) {
      if (building !== undefined) batches.push(finished(building, partition));
      building = begin(framing, stored.count - i, records.length);
    }
    add(building, records, record);
  }
  if (building !== undefined) batches.push(finished(building, partition));
  return batches;
}

/** The flags that hold for a whole batch. */
const batchFlags = flags.lineFramed | flags.checkedObjects;

/** A batch while records are added to it. */
interface Building {
  readonly framing: number;
  readonly values: Buffer;
  readonly valueEnds: Uint32Array;
  keys: Buffer;
  readonly keyEnds: Uint32Array;
  readonly arrivalMs: Float64Array;
  readonly appendedMs: Float64Array;
  readonly offsets: Position[];
  nulls: Uint8Array | undefined;
  erased: Uint8Array | undefined;
  headers: (readonly Header[])[] | undefined;
  count: number;
  valueLength: number;
  keyLength: number;
  keyed: boolean;
}

function begin(framing: number, capacity: number, bytes: number): Building {
  return {
    framing,
    // A newline more for each record is less than what its own lengths and header took.
    values: Buffer.allocUnsafeSlow(bytes),
    valueEnds: new Uint32Array(capacity),
    keys: Buffer.allocUnsafe(Math.min(bytes, capacity * 24)),
    keyEnds: new Uint32Array(capacity),
    arrivalMs: new Float64Array(capacity),
    appendedMs: new Float64Array(capacity),
    offsets: [],
    nulls: undefined,
    erased: undefined,
    headers: undefined,
    count: 0,
    valueLength: 0,
    keyLength: 0,
    keyed: false,
  };
}

function add(building: Building, records: Buffer, record: ParsedRecord): void {
  const { count } = building;
  const { valueBytes, keyBytes } = record;
  const isErased = ((record.flags ?? 0) & flags.erased) !== 0;
  if (valueBytes > 0)
    building.valueLength += copy(records, record.valueFrom, valueBytes, building.values, building.valueLength);
  if (valueBytes < 0) {
    building.nulls ??= bitsFor(building);
    setBit(building.nulls, count);
  } else if ((building.framing & flags.lineFramed) !== 0) {
    building.values[building.valueLength] = newline;
    building.valueLength += 1;
  }
  if (isErased) {
    building.erased ??= bitsFor(building);
    setBit(building.erased, count);
  }
  if (keyBytes > 0) {
    building.keyed = true;
    makeRoom(building, keyBytes);
    building.keyLength += copy(records, record.keyFrom, keyBytes, building.keys, building.keyLength);
  }
  if (record.headers !== undefined) {
    building.headers ??= Array.from({ length: count }, () => []);
    building.headers.push(record.headers);
  } else building.headers?.push([]);
  building.valueEnds[count] = building.valueLength;
  building.keyEnds[count] = building.keyLength;
  building.arrivalMs[count] = record.arrivalMs;
  building.appendedMs[count] = record.timestampMs;
  building.offsets.push(record.offset);
  building.count += 1;
}

const newline = 0x0a;

/** Keys are mostly short; room for long ones is made when they come. */
function makeRoom(building: Building, keyBytes: number): void {
  const needed = building.keyLength + keyBytes;
  if (needed <= building.keys.length) return;
  const larger = Buffer.allocUnsafe(Math.max(needed, building.keys.length * 2));
  building.keys.copy(larger, 0, 0, building.keyLength);
  building.keys = larger;
}

function bitsFor({ valueEnds }: Building): Uint8Array {
  return new Uint8Array((valueEnds.length + 7) >> 3);
}

function copy(from: Buffer, start: number, length: number, to: Buffer, at: number): number {
  // Shorter than this (most keys), a loop is done before a call into memmove has begun.
  if (length >= 64) return from.copy(to, at, start, start + length);
  for (let i = 0; i < length; i += 1) to[at + i] = from[start + i] ?? 0;
  return length;
}

function finished(building: Building, partition: number): RecordBatch {
  const { count, framing, nulls, erased, headers, offsets } = building;
  const batch: RecordBatch = {
    count,
    values: building.values.subarray(0, building.valueLength),
    valueEnds: building.valueEnds.subarray(0, count),
    ...(nulls === undefined ? {} : { nulls }),
    ...(building.keyed
      ? {
          keys: building.keys.subarray(0, building.keyLength),
          keyEnds: building.keyEnds.subarray(0, count),
        }
      : {}),
    ...(headers === undefined ? {} : { headers }),
    arrivalMs: building.arrivalMs.subarray(0, count),
    lineFramed: (framing & flags.lineFramed) !== 0,
    checkedObjects: (framing & flags.checkedObjects) !== 0,
    partition,
    positions: positionsOf(offsets),
    appendedMs: building.appendedMs.subarray(0, count),
    ...(erased === undefined ? {} : { erased }),
  };
  const invalidUtf8 = findInvalidUtf8(batch, isUtf8);
  return invalidUtf8 === undefined ? batch : { ...batch, invalidUtf8 };
}

function positionsOf(offsets: readonly Position[]): RecordBatch['positions'] {
  const base = offsets[0] ?? 0n;
  const last = offsets.at(-1) ?? base;
  return last - base === BigInt(offsets.length - 1) ? { kind: 'dense', base } : { kind: 'list', at: offsets };
}
