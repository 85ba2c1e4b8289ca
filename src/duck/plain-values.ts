import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  scanScalar,
  skipDigits,
  skipSpace,
} from '../record/json-tokens.ts';
import type { ScalarField } from './scalar-sql.ts';

/** Bytes with a view of them, by which four are read at once. */
export interface ViewedBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** From the first byte of a value to the place after it; negative where it is not of the kind. */
export type ValueScanner = (lines: ViewedBytes, at: number, end: number) => number;

export const notPlain = -1;

const minus = 0x2d;
const digitZero = 0x30;
const nullLetter = 0x6e;
const unicodeLetter = 0x75;
const punctuation = [COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT];

/** Of a value that is JSON, whether it is of the kind that a field's column is read from. */
export const plainValues: { readonly [K in ScalarField['type']]: ValueScanner } = {
  string: scanText,
  int: scanWhole,
  bigint: scanWhole,
  double: ({ bytes }, at, end) => (isLetter(bytes[at]) ? notPlain : scanScalar(bytes, at, end)),
  boolean: ({ bytes }, at, end) =>
    isLetter(bytes[at]) && bytes[at] !== nullLetter ? scanScalar(bytes, at, end) : notPlain,
  timestamp: scanText,
  date: scanText,
  // These two are read as JSON, which keeps their kind.
  decimal: scanAny,
  json: scanAny,
};

export function beginsNull(byte: number | undefined): boolean {
  return byte === nullLetter;
}

/** A scalar that begins so is `true`, `false` or `null`. */
function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x61;
}

/**
 * The value is JSON already, so a string is looked at no closer than for its end and for `\u0000`, the NUL character, which no
 * column of texts may hold.
 */
function scanText({ bytes, view }: ViewedBytes, start: number, end: number): number {
  if (bytes[start] !== QUOTE) return notPlain;
  let at = start + 1;
  while (at < end) {
    at = skipText(view, at, end);
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH && escapesNul(bytes, at)) return notPlain;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return notPlain;
}

/**
 * To the first quote or backslash, or to within four bytes of the end. Four bytes at once: a byte of `word ^ pattern` is zero
 * where the word holds the pattern's, and the lowest set bit of `(x - 0x01010101) & ~x & 0x80808080` is in the first such byte
 * (Mycroft's test for a zero byte).
 */
function skipText(view: DataView, start: number, end: number): number {
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at, true);
    const quote = word ^ 0x22222222;
    const backslash = word ^ 0x5c5c5c5c;
    const found = (((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash)) & 0x80808080;
    if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >> 3);
  }
  return at;
}

/** `\u0000`, from its backslash. */
function escapesNul(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 1] !== unicodeLetter) return false;
  for (let i = at + 2; i < at + 6; i += 1) if (bytes[i] !== digitZero) return false;
  return true;
}

/** Where a fraction or an exponent follows the digits, the line does not go on as it must. */
function scanWhole({ bytes }: ViewedBytes, at: number, end: number): number {
  const digits = bytes[at] === minus ? at + 1 : at;
  const after = skipDigits(bytes, digits, end);
  return after > digits ? after : notPlain;
}

/** Any value but null. Inside of it only the ends of strings and the brackets matter. */
function scanAny(lines: ViewedBytes, start: number, end: number): number {
  const { bytes } = lines;
  if (beginsNull(bytes[start])) return notPlain;
  let depth = 0;
  let at = start;
  do {
    at = skipSpace(bytes, at, end);
    const byte = bytes[at];
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
    if (byte === QUOTE) at = scanText(lines, at, end);
    else if (byte !== undefined && punctuation.includes(byte)) at += 1;
    else at = scanScalar(bytes, at, end);
  } while (depth > 0 && at >= 0);
  return at;
}
