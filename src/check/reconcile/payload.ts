import { type EpochUnit, epochUnits } from '../../record/epoch.ts';
import { isIsoDate, isIsoTimestamp } from '../../record/iso-time.ts';
import { parseJson } from '../../record/parse-json.ts';

/** What a record says, by top-level field; undefined for bytes that are no JSON object. */
export type Payload = Readonly<Record<string, unknown>>;

/** How payloads are compared. */
export interface CompareRules {
  /** Fields that are instants: text in ISO 8601, or numbers of this unit since 1970. Nested ones by their path, `a.b`. */
  readonly times: ReadonlyMap<string, EpochUnit>;
  /** Fields that are not looked at, by name or path. */
  readonly ignored: ReadonlySet<string>;
}

/** A field of which the two sides say different things; undefined where a side has none. */
export interface FieldDifference {
  readonly field: string;
  readonly stream: unknown;
  readonly lake: unknown;
}

const decoder = new TextDecoder();

export function parsePayload(bytes: Uint8Array): Payload | undefined {
  try {
    const value = parseJson(decoder.decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    // Bytes that are no JSON are compared as bytes.
    return undefined;
  }
}

/** The value at `a.b`: a field of that very name, else a field of a field. */
export function valueAt(payload: Payload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  const dot = path.indexOf('.');
  const inner = dot < 0 ? undefined : payload[path.slice(0, dot)];
  return isObject(inner) ? valueAt(inner, path.slice(dot + 1)) : undefined;
}

/**
 * The fields in which two payloads differ, by canonical JSON: order of keys and spelling of numbers say nothing, and a
 * field that is null is the same as none. `asText`: the lake has no types (CSV), so that its text is taken for the value
 * that it spells.
 */
export function differences(
  stream: Payload,
  lake: Payload,
  rules: CompareRules,
  asText: boolean,
): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  compareObjects(stream, lake, '', { rules, asText, found });
  return found;
}

interface Comparison {
  readonly rules: CompareRules;
  readonly asText: boolean;
  readonly found: FieldDifference[];
}

function compareObjects(stream: Payload, lake: Payload, above: string, comparison: Comparison): void {
  for (const name of Object.keys(stream)) compareField(stream[name], lake[name], above + name, comparison);
  for (const name of Object.keys(lake))
    if (!Object.hasOwn(stream, name)) compareField(undefined, lake[name], above + name, comparison);
}

function compareField(stream: unknown, lake: unknown, field: string, comparison: Comparison): void {
  if (stream === lake || comparison.rules.ignored.has(field)) return;
  const unit = comparison.rules.times.get(field);
  if (unit !== undefined && sameInstant(stream, lake, unit)) return;
  const value = comparison.asText ? spelled(stream, lake) : lake;
  if (isObject(stream) && isObject(value)) compareObjects(stream, value, `${field}.`, comparison);
  else if (Array.isArray(stream) && Array.isArray(value) && stream.length === value.length)
    for (const [i, item] of stream.entries()) compareField(item, value[i], `${field}[${i}]`, comparison);
  else if (!sameScalar(stream, value)) comparison.found.push({ field, stream, lake });
}

function sameScalar(stream: unknown, lake: unknown): boolean {
  if (stream === lake || (stream ?? null) === (lake ?? null)) return true;
  // A whole number beyond 2^53 is exact on one side, and written as 1e20 on the other.
  return isNumber(stream) && isNumber(lake) && typeof stream !== typeof lake && Number(stream) === Number(lake);
}

/** What a text spells, where the other side's value says which kind it is. No text at all is none of any value. */
function spelled(like: unknown, text: unknown): unknown {
  if (typeof text !== 'string') return text ?? (like === '' ? '' : undefined);
  if (isNumber(like) && /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text))
    return typeof like === 'bigint' && /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
  if (typeof like === 'boolean') return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (typeof like !== 'object' || like === null) return text === '' && like !== '' ? undefined : text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function sameInstant(stream: unknown, lake: unknown, unit: EpochUnit): boolean {
  const left = instantMicroseconds(stream, unit);
  return left !== undefined && left === instantMicroseconds(lake, unit);
}

/** Microseconds since 1970 UTC of ISO text, or of a number of the unit; undefined for what is no instant. */
export function instantMicroseconds(value: unknown, unit: EpochUnit): number | undefined {
  if (isNumber(value)) return Math.round((Number(value) / epochUnits[unit]) * 1_000_000);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (isIsoDate(text)) return Date.parse(`${text}T00:00:00Z`) * 1000;
  if (isIsoTimestamp(text)) return isoMicroseconds(text);
  return /^-?\d+(\.\d+)?$/.test(text) ? instantMicroseconds(Number(text), unit) : undefined;
}

/** `2025-08-11 06:00:00.123456+02:00`; without a zone it is UTC. Decimals below the microsecond are cut. */
function isoMicroseconds(text: string): number {
  const [, decimals = '', zone = 'Z'] = /^.{19}(?:\.(\d+))?(.*)$/.exec(text) ?? [];
  const whole = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}${zoned(zone)}`);
  return whole * 1000 + Number(decimals.slice(0, 6).padEnd(6, '0'));
}

function zoned(zone: string): string {
  if (zone === '' || zone === 'Z') return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
