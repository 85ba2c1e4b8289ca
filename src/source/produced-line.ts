import { isUtf8 } from 'node:buffer';
import { type EpochUnit, epochMs } from '../record/epoch.ts';
import { isIsoDate, isIsoTimestamp, utcInstantReader } from '../record/iso-time.ts';
import { OPEN_LIST, OPEN_OBJECT, plainRunEnd, QUOTE, scanScalar, scanString } from '../record/json-tokens.ts';
import { type SoughtKey, soughtKey } from '../record/key-lists.ts';
import { memberScanner, type ObjectFault } from '../record/object-scan.ts';

/** What is known of a line before it becomes a record. */
export interface LineFacts {
  /** Undefined where the line is one JSON object. */
  readonly fault: ObjectFault | 'invalid_utf8' | undefined;
  /** Undefined where the record has no such field, or not as text, number or boolean. */
  readonly key: Uint8Array | undefined;
  /** Undefined where no field was asked for, or the record has no time in it. */
  readonly arrivalMs: number | undefined;
}

export interface LineFields {
  readonly keyField?: string;
  readonly arrivalField?: string;
  /** What the arrival field counts where it holds a number; default milliseconds. */
  readonly arrivalUnit?: EpochUnit;
}

/** Looks into lines one after the other, in one pass over each: only a value that is sought and is no plain text is parsed. */
export function lineReader({ keyField, arrivalField, arrivalUnit }: LineFields): (line: Uint8Array) => LineFacts {
  const { scan, valueStart } = memberScanner();
  const plainInstantMs = utcInstantReader();
  const [key, arrival] = [keyField, arrivalField].map((name) => (name === undefined ? undefined : soughtKey(name)));
  const memberOf = (line: Uint8Array, member: SoughtKey): unknown => simpleValue(line, valueStart(line, member));
  const arrivalOf = (line: Uint8Array, member: SoughtKey): number | undefined => {
    const value = memberOf(line, member);
    if (!(value instanceof Uint8Array)) return instantMs(value, arrivalUnit);
    return plainInstantMs(value) ?? instantMs(textOf(value), arrivalUnit);
  };
  return (line) => {
    const fault = isUtf8(line) ? scan(line, 0, line.length) : 'invalid_utf8';
    if (fault !== undefined) return { fault, key: undefined, arrivalMs: undefined };
    return {
      fault,
      key: key && keyBytes(memberOf(line, key)),
      arrivalMs: arrival && arrivalOf(line, arrival),
    };
  };
}

/** A value in a JSON document: a text's bytes where it has no escapes, else what JSON says; undefined for what holds values. */
function simpleValue(json: Uint8Array, start: number): unknown {
  if (start < 0) return undefined;
  const first = json[start];
  if (first === OPEN_OBJECT || first === OPEN_LIST) return undefined;
  if (first !== QUOTE) return JSON.parse(textOf(json.subarray(start, scanScalar(json, start, json.length))));
  const end = plainRunEnd(json, start + 1, json.length);
  if (json[end] === QUOTE) return json.subarray(start + 1, end);
  return JSON.parse(textOf(json.subarray(start, scanString(json, start + 1, json.length))));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** The partition key that a field's value is; undefined where it can be none. */
export function keyBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Buffer.from(value);
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? Buffer.from(String(value))
    : undefined;
}

/** An instant in ms since 1970: a number of units, or ISO 8601 text; without a zone it is UTC, not this machine's. */
export function instantMs(value: unknown, unit: EpochUnit = 'milliseconds'): number | undefined {
  if (typeof value === 'number') return epochMs(value, unit);
  if (typeof value !== 'string') return undefined;
  if (isIsoDate(value)) return Date.parse(value);
  if (!isIsoTimestamp(value)) return undefined;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  return Date.parse(zoned.replace(' ', 'T'));
}
