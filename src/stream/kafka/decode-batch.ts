import { isUtf8 } from 'node:buffer';
import { type Position, type RecordBatch, setBit } from '../../record/batch.ts';
import { findInvalidUtf8 } from '../../record/batch-partition.ts';
import type { RecordOrigin } from '../stream.ts';
import { attribute, type StoredBatch } from './batch-head.ts';
import { arrivalOf, flags, flagsOf, headerName, sequenceOf, sourceOf } from './record-header.ts';
import { VarintReader } from './varint.ts';

type Header = { readonly name: string; readonly value: Uint8Array };

/** What is known of a record before its value is copied. */
interface Parsed {
  offset: Position;
  timestampMs: number;
  keyFrom: number;
  keyBytes: number;
  valueFrom: number;
  valueBytes: number;
  /** Of Playhead's header; undefined where another program wrote the record. */
  flags: number | undefined;
  arrivalMs: number;
  /** Where Playhead's header lies. */
  headerFrom: number;
  headerEnd: number;
  headers: Header[] | undefined;
}

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

/** Who sent the record at `position`; undefined where it is not in the batch, or another program sent it. */
export function originIn(stored: StoredBatch, records: Buffer, position: Position): RecordOrigin | undefined {
  const reader = new VarintReader(records);
  const record = emptyRecord();
  for (let i = 0; i < stored.count; i += 1) {
    parseRecord(reader, stored, record);
    if (record.offset !== position) continue;
    if (record.flags === undefined) return undefined;
    const { headerFrom, headerEnd, timestampMs: appendedMs } = record;
    return { source: sourceOf(records, headerFrom, headerEnd), sequence: sequenceOf(records, headerFrom), appendedMs };
  }
  return undefined;
}

/** The flags that hold for a whole batch. */
const batchFlags = flags.lineFramed | flags.checkedObjects;

function emptyRecord(): Parsed {
  return {
    offset: 0n,
    timestampMs: 0,
    keyFrom: 0,
    keyBytes: 0,
    valueFrom: 0,
    valueBytes: 0,
    flags: undefined,
    arrivalMs: 0,
    headerFrom: 0,
    headerEnd: 0,
    headers: undefined,
  };
}

/** Reads the next record into `record`, which is used again for each: a batch has thousands. */
function parseRecord(reader: VarintReader, stored: StoredBatch, record: Parsed): void {
  const end = reader.int() + reader.at;
  reader.at += 1;
  const timestampMs = stored.baseTimestampMs + reader.long();
  record.timestampMs = (stored.attributes & attribute.logAppendTime) === 0 ? timestampMs : stored.maxTimestampMs;
  record.offset = stored.baseOffset + BigInt(reader.int());
  record.keyBytes = reader.int();
  record.keyFrom = reader.at;
  reader.at += Math.max(0, record.keyBytes);
  record.valueBytes = reader.int();
  record.valueFrom = reader.at;
  reader.at += Math.max(0, record.valueBytes);
  record.flags = undefined;
  record.headers = undefined;
  record.arrivalMs = record.timestampMs;
  parseHeaders(reader, record);
  if (reader.at !== end)
    throw new RangeError(`record ${record.offset} says that it ends at ${end}, and ends at ${reader.at}`);
}

function parseHeaders(reader: VarintReader, record: Parsed): void {
  const { bytes } = reader;
  for (let left = reader.int(); left > 0; left -= 1) {
    const nameBytes = reader.int();
    const nameFrom = reader.at;
    reader.at += nameBytes;
    const valueBytes = reader.int();
    const valueFrom = reader.at;
    reader.at += Math.max(0, valueBytes);
    if (record.flags === undefined && isOurs(bytes, nameFrom, nameBytes)) {
      record.flags = flagsOf(bytes, valueFrom, reader.at);
      record.headerFrom = valueFrom;
      record.headerEnd = reader.at;
      if (record.flags !== undefined) {
        record.arrivalMs = arrivalOf(bytes, valueFrom);
        continue;
      }
    }
    record.headers ??= [];
    // Copied: a view would hold on to the whole batch.
    const value = Buffer.from(bytes.subarray(valueFrom, reader.at));
    record.headers.push({ name: bytes.toString('utf8', nameFrom, nameFrom + nameBytes), value });
  }
}

function isOurs(bytes: Buffer, from: number, length: number): boolean {
  return length === headerName.length && headerName.compare(bytes, from, from + length) === 0;
}

/** A batch while records are added to it. */
interface Building {
  readonly framing: number;
  readonly values: Buffer;
  readonly valueEnds: Uint32Array;
  readonly keys: Buffer;
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
    keys: Buffer.allocUnsafeSlow(bytes),
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

function add(building: Building, records: Buffer, record: Parsed): void {
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
          keys: Buffer.from(building.keys.subarray(0, building.keyLength)),
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
