import type { Position } from '../../record/batch.ts';
import type { RecordOrigin } from '../stream.ts';
import { attribute, type StoredBatch } from './batch-head.ts';
import { arrivalOf, flagsOf, headerName, sequenceOf, sourceOf } from './record-header.ts';
import { VarintReader } from './varint.ts';

export type Header = { readonly name: string; readonly value: Uint8Array };

/** What is known of a record before its value is copied. */
export interface ParsedRecord {
  /** From the batch's first. */
  offsetDelta: number;
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

export function emptyRecord(): ParsedRecord {
  return {
    offsetDelta: 0,
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
export function parseRecord(reader: VarintReader, stored: StoredBatch, record: ParsedRecord): void {
  const end = reader.int() + reader.at;
  reader.at += 1;
  const timestampMs = stored.baseTimestampMs + reader.long();
  record.timestampMs = (stored.attributes & attribute.logAppendTime) === 0 ? timestampMs : stored.maxTimestampMs;
  record.offsetDelta = reader.int();
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
  if (end > reader.bytes.length) throw new RangeError(`record ${offsetOf(stored, record)} is cut off`);
  if (reader.at !== end)
    throw new RangeError(`record ${offsetOf(stored, record)} says that it ends at ${end}, and ends at ${reader.at}`);
}

function offsetOf({ baseOffset }: StoredBatch, { offsetDelta }: ParsedRecord): Position {
  return baseOffset + BigInt(offsetDelta);
}

function parseHeaders(reader: VarintReader, record: ParsedRecord): void {
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

/** Who sent the record at `position`; undefined where it is not in the batch, or another program sent it. */
export function originIn(stored: StoredBatch, records: Buffer, position: Position): RecordOrigin | undefined {
  const reader = new VarintReader(records);
  const record = emptyRecord();
  for (let i = 0; i < stored.count; i += 1) {
    parseRecord(reader, stored, record);
    if (offsetOf(stored, record) !== position) continue;
    if (record.flags === undefined) return undefined;
    const { headerFrom, headerEnd, timestampMs: appendedMs } = record;
    return { source: sourceOf(records, headerFrom, headerEnd), sequence: sequenceOf(records, headerFrom), appendedMs };
  }
  return undefined;
}
