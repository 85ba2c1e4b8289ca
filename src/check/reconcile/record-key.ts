import type { EpochUnit } from '../../record/epoch.ts';
import { instantMicroseconds, type Payload, parsePayload, valueAt } from './payload.ts';

/** What a record is found by. */
export interface Keyed {
  /** The values of its key fields as JSON text; for a record that has none of them, its own bytes. */
  readonly key: Uint8Array;
  /** False where it is no JSON object, or lacks a field of the key: then it is compared by its bytes alone. */
  readonly isKeyed: boolean;
  readonly timeMs: number | undefined;
  readonly payload: Payload | undefined;
}

/** Marks keys that are a record's bytes: no JSON list begins so. */
const rawMark = Buffer.from('raw:');

/** Reads keys of one or more fields, and the time of the record where a field holds it. */
export function keyReader(
  fields: readonly string[],
  time: { readonly field: string; readonly unit: EpochUnit } | undefined,
): (bytes: Uint8Array) => Keyed {
  return (bytes) => {
    const payload = parsePayload(bytes);
    const values = payload === undefined ? [] : fields.map((field) => valueAt(payload, field));
    const isKeyed = payload !== undefined && values.every((value) => value !== undefined && value !== null);
    const micros = payload === undefined || time === undefined ? undefined : timeOf(payload, time);
    return {
      key: isKeyed ? Buffer.from(JSON.stringify(values.map(keyText))) : Buffer.concat([rawMark, bytes]),
      isKeyed,
      timeMs: micros === undefined ? undefined : Math.floor(micros / 1000),
      payload,
    };
  };
}

function timeOf(payload: Payload, { field, unit }: { field: string; unit: EpochUnit }): number | undefined {
  return instantMicroseconds(valueAt(payload, field), unit);
}

/** `7` and `"7"` are one key: what wrote a number as text altered a field, and lost no record. */
function keyText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** As a person reads it. */
export function shownKey(key: Uint8Array): string {
  const text = Buffer.from(key).toString();
  if (!text.startsWith('[')) return text.slice(rawMark.length, rawMark.length + 80);
  // What keyReader wrote: a list of texts.
  return (JSON.parse(text) as readonly string[]).join(', ');
}
