import type { Effects } from '../../base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../../base/errors.ts';
import type { ObjectInfo, ObjectStore } from '../../lake/object-store.ts';
import { packingOf } from '../../lake/packing.ts';
import type { ObjectSample, SamplePorts, Unreadable } from './object-sample.ts';
import { sampleCsv } from './sample-csv.ts';
import { sampleJson } from './sample-json.ts';
import { sampleParquet } from './sample-parquet.ts';
import { unpackHead } from './unpack-head.ts';

/** How much of an object is read: first little, and more where no whole record is in it. */
const headBytes = [256 * 1024, 16 * 1024 * 1024];
/** How much text of it is looked at. */
const textBytes = [256 * 1024, 32 * 1024 * 1024];

/**
 * What an object is and which columns it has, from its first bytes (or its footer). The format comes from the content;
 * the key's extension decides only where content can't. Never throws for what the object holds.
 */
export async function sampleObject(
  object: ObjectInfo,
  ports: SamplePorts,
  effects: Effects,
): Promise<ObjectSample | Unreadable> {
  try {
    for (const [attempt, limit] of headBytes.entries()) {
      const sample = await sampleHead(object, limit, textBytes[attempt] ?? limit, ports, effects);
      if (sample !== undefined) return sample;
      if (limit >= object.sizeBytes) break;
    }
    return { unreadable: 'no whole record at its beginning' };
  } catch (error) {
    // A broken object, or one that went meanwhile, is a finding; a broken store fails the crawl.
    if (isPlayheadError(error) && !aboutTheObject.has(error.code)) throw error;
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { unreadable: reason.replaceAll(ports.spoolFile, object.key).trim() };
  }
}

const aboutTheObject = new Set<ErrorCode>([
  'PH_OBJECT_MISSING',
  'PH_OBJECT_CHANGED',
  'PH_OBJECT_CORRUPT',
  'PH_SQL_FAILED',
  'PH_SQL_INVALID',
]);

async function sampleHead(
  object: ObjectInfo,
  limitBytes: number,
  limitTextBytes: number,
  ports: SamplePorts,
  effects: Effects,
): Promise<ObjectSample | Unreadable | undefined> {
  const head = await readHead(ports.lake, object, limitBytes);
  if (startsWith(head, 'PAR1')) return sampleParquet(object, ports);
  for (const [magic, name] of foreignFormats)
    if (startsWith(head, magic)) return { unreadable: `${name} can't be read here` };
  const compression = packingOf(head, object.key);
  const { bytes, packedBytes } = await unpackHead(compression, head, limitTextBytes);
  const whole = head.length >= object.sizeBytes && bytes.length < limitTextBytes;
  const text = withoutByteOrderMark(bytes);
  if (text.includes(0)) return { unreadable: 'neither JSON, CSV nor Parquet: it holds NUL bytes' };
  const first = text.find((byte) => byte > 0x20);
  const isJson = first === 0x7b || first === 0x5b;
  const sample = isJson
    ? await sampleJson(text, whole, ports, effects)
    : await sampleCsv(text, whole, object.key, ports, effects);
  if (sample === undefined || 'unreadable' in sample) return sample;
  const { usedBytes, ...found } = sample;
  const share = text.length === 0 ? 1 : usedBytes / text.length;
  return { ...found, compression, bytes: whole ? object.sizeBytes : packedBytes * share };
}

/** Formats that Glue knows and Playhead has no reader for, by their first bytes. */
const foreignFormats = [
  ['ORC', 'ORC'],
  ['Obj\u0001', 'Avro'],
  ['BZh', 'bzip2'],
  ['<?xml', 'XML'],
] as const;

function startsWith(head: Uint8Array, magic: string): boolean {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, magic.length)).toString('latin1') === magic;
}

async function readHead(lake: ObjectStore, object: ObjectInfo, limitBytes: number): Promise<Uint8Array> {
  const { body } = await lake.get(object.key, { range: { start: 0, end: Math.min(limitBytes, object.sizeBytes) } });
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

function withoutByteOrderMark(text: Uint8Array): Uint8Array {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? text.subarray(3) : text;
}
