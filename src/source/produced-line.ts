import { isUtf8 } from 'node:buffer';
import { type EpochUnit, epochMs } from '../record/epoch.ts';
import { isIsoDate, isIsoTimestamp } from '../record/iso-time.ts';
import { type ObjectFault, objectScanner } from '../record/object-scan.ts';
import { textMember } from './text-member.ts';

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

/** Looks into lines one after the other. It parses only where a field has to be read and can't be found in the bytes. */
export function lineReader({ keyField, arrivalField, arrivalUnit }: LineFields): (line: Uint8Array) => LineFacts {
  const scan = objectScanner();
  const find = new Map([keyField, arrivalField].map((name) => [name, textMember(name ?? '')]));
  return (bytes) => {
    const fault = isUtf8(bytes) ? scan(bytes, 0, bytes.length) : 'invalid_utf8';
    if (fault !== undefined) return { fault, key: undefined, arrivalMs: undefined };
    const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let parsed: Record<string, unknown> | undefined;
    const fieldOf = (name: string): unknown => {
      const text = find.get(name)?.(line);
      if (text !== undefined) return text;
      // The scan has just established that this is an object.
      parsed ??= JSON.parse(line.toString()) as Record<string, unknown>;
      return parsed[name];
    };
    return {
      fault,
      key: keyField === undefined ? undefined : keyBytes(fieldOf(keyField)),
      arrivalMs: arrivalField === undefined ? undefined : instantMs(fieldOf(arrivalField), arrivalUnit),
    };
  };
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
  if (Buffer.isBuffer(value)) return instantMs(value.toString());
  if (typeof value !== 'string') return undefined;
  if (isIsoDate(value)) return Date.parse(value);
  if (!isIsoTimestamp(value)) return undefined;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  return Date.parse(zoned.replace(' ', 'T'));
}
