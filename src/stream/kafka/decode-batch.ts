import { isUtf8 } from 'node:buffer';
import { ownMemory } from '../../base/own-memory.ts';
import { type Position, type RecordBatch, setBit } from '../../record/batch.ts';
import { findInvalidUtf8 } from '../../record/batch-partition.ts';
import type { StoredBatch } from './batch-head.ts';
import { emptyRecord, type Header, type ParsedRecord, parseRecord } from './parse-record.ts';
import { flags } from './record-header.ts';
import { VarintReader } from './varint.ts';

/**
 * The records of a stored batch, `records` being its bytes decompressed: one batch, or several where flags or writers change within
 * it. A record without Playhead's header arrived at its timestamp.
 *
 * The values are gathered in `records` itself, which is spent afterwards: each moves towards the start, over what was read.
 */
export function decodeRecords(stored: StoredBatch, records: Buffer, partition: number): readonly RecordBatch[] {
  const reader = new VarintReader(records);
  const batches: RecordBatch[] = [];
  let building: Building | undefined;
  const record = emptyRecord();
  for (let i = 0; i < stored.count; i += 1) {
    parseRecord(reader, stored, record);
    const framing = record.flags === undefined ? foreign : record.flags & batchFlags;
    if (building?.framing !== framing) {
      if (building !== undefined) batches.push(finished(building, stored, partition));
      building = begin(framing, stored.count - i, records, building?.valuesEnd ?? 0);
    }
    add(building, record);
  }
  if (building !== undefined) batches.push(finished(building, stored, partition));
  const [only] = batches;
  const memory = ownMemory(records);
  return only === undefined || batches.length > 1 || memory === undefined ? batches : [{ ...only, memory }];
}

/** The flags that hold for a whole batch. */
const batchFlags = flags.lineFramed | flags.checkedObjects;
/** In place of them, for records without Playhead's header. */
const foreign = 0x100;

/** A batch while records are added to it. */
interface Building {
  readonly framing: number;
  /** The values lie there, from `valuesFrom` to `valuesEnd`. */
  readonly records: Buffer;
  readonly valuesFrom: number;
  valuesEnd: number;
  readonly valueEnds: Uint32Array;
  keys: Buffer;
  readonly keyEnds: Uint32Array;
  readonly arrivalMs: Float64Array;
  readonly appendedMs: Float64Array;
  /** From the stored batch's first. */
  readonly offsets: Int32Array;
  nulls: Uint8Array | undefined;
  erased: Uint8Array | undefined;
  headers: (readonly Header[])[] | undefined;
  count: number;
  keyLength: number;
  keyed: boolean;
}

function begin(framing: number, capacity: number, records: Buffer, valuesFrom: number): Building {
  // One allocation for all: batches of other programs may have few records, and each array has a buffer to be collected.
  const columns = new ArrayBuffer(capacity * 28);
  return {
    framing,
    records,
    valuesFrom,
    valuesEnd: valuesFrom,
    arrivalMs: new Float64Array(columns, 0, capacity),
    appendedMs: new Float64Array(columns, capacity * 8, capacity),
    valueEnds: new Uint32Array(columns, capacity * 16, capacity),
    keyEnds: new Uint32Array(columns, capacity * 20, capacity),
    offsets: new Int32Array(columns, capacity * 24, capacity),
    keys: Buffer.allocUnsafe(Math.min(records.length, capacity * 24)),
    nulls: undefined,
    erased: undefined,
    headers: undefined,
    count: 0,
    keyLength: 0,
    keyed: false,
  };
}

function add(building: Building, record: ParsedRecord): void {
  const { count, records } = building;
  const { valueBytes, keyBytes } = record;
  const isErased = ((record.flags ?? 0) & flags.erased) !== 0;
  // Before the value, which may come to lie where the key was.
  if (keyBytes > 0) {
    building.keyed = true;
    makeRoom(building, keyBytes);
    building.keyLength += copy(records, record.keyFrom, keyBytes, building.keys, building.keyLength);
  }
  if (valueBytes > 0) building.valuesEnd += copy(records, record.valueFrom, valueBytes, records, building.valuesEnd);
  if (valueBytes < 0) {
    building.nulls ??= bitsFor(building);
    setBit(building.nulls, count);
  } else if ((building.framing & flags.lineFramed) !== 0) {
    // Less than what the record's own lengths and header took.
    records[building.valuesEnd] = newline;
    building.valuesEnd += 1;
  }
  if (isErased) {
    building.erased ??= bitsFor(building);
    setBit(building.erased, count);
  }
  if (record.headers !== undefined) {
    building.headers ??= Array.from({ length: count }, () => []);
    building.headers.push(record.headers);
  } else building.headers?.push([]);
  building.valueEnds[count] = building.valuesEnd - building.valuesFrom;
  building.keyEnds[count] = building.keyLength;
  building.arrivalMs[count] = record.arrivalMs;
  building.appendedMs[count] = record.timestampMs;
  building.offsets[count] = record.offsetDelta;
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

function finished(building: Building, { baseOffset }: StoredBatch, partition: number): RecordBatch {
  const { count, framing, nulls, erased, headers, offsets } = building;
  const batch: RecordBatch = {
    count,
    values: building.records.subarray(building.valuesFrom, building.valuesEnd),
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
    positions: positionsOf(baseOffset, offsets.subarray(0, count)),
    appendedMs: building.appendedMs.subarray(0, count),
    ...(erased === undefined ? {} : { erased }),
    ...(framing === foreign ? { foreign: true } : {}),
  };
  const invalidUtf8 = findInvalidUtf8(batch, isUtf8);
  return invalidUtf8 === undefined ? batch : { ...batch, invalidUtf8 };
}

function positionsOf(base: Position, offsets: Int32Array): RecordBatch['positions'] {
  const [first = 0] = offsets;
  const isDense = (offsets.at(-1) ?? first) - first === offsets.length - 1;
  if (isDense) return { kind: 'dense', base: base + BigInt(first) };
  return { kind: 'list', at: Array.from(offsets, (offset) => base + BigInt(offset)) };
}
