/**
 * JSON's tokens (RFC 8259) over bytes. Each scanner takes the place after what told it apart and returns the place
 * after the token, or one of the negative faults below: plain numbers, because this runs for every byte of a stream.
 *
 * `as number` below: the index was compared with `end` just before, which the compiler does not follow.
 */
export const NOT_JSON = -1;
export const LONE_SURROGATE = -2;

export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;

/** 1 where a byte ends the plain run of a string: a quote, a backslash, a control character. */
const endsRun = tableOf((byte) => byte < 0x20 || byte === QUOTE || byte === BACKSLASH);
const endsAsciiRun = tableOf((byte) => byte >= 0x80 || endsRun[byte] === 1);
const isSpace = tableOf((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
const isDigit = tableOf((byte) => byte >= 0x30 && byte <= 0x39);
const followsBackslash = tableOf((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)));

function tableOf(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));
}

export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isSpace[bytes[i] as number] === 1) i += 1;
  return i;
}

/** Where the plain run of a string ends: at a quote, a backslash, a control character, or the end of the bytes. */
export function plainRunEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && endsRun[bytes[i] as number] === 0) i += 1;
  return i;
}

/** `plainRunEnd`, where what is not ASCII ends the run, too. */
export function asciiRunEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && endsAsciiRun[bytes[i] as number] === 0) i += 1;
  return i;
}

/** From after the opening quote to after the closing one. */
export function scanString(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  for (;;) {
    i = plainRunEnd(bytes, i, end);
    if (i >= end) return NOT_JSON;
    const byte = bytes[i];
    if (byte === QUOTE) return i + 1;
    if (byte !== BACKSLASH) return NOT_JSON;
    i = scanEscape(bytes, i + 1, end);
    if (i < 0) return i;
  }
}

/** From after a backslash. A high surrogate takes its low one along. */
function scanEscape(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return NOT_JSON;
  const byte = bytes[at] as number;
  if (followsBackslash[byte] === 1) return at + 1;
  if (byte !== 0x75) return NOT_JSON;
  const unit = hexUnit(bytes, at + 1, end);
  if (unit < 0) return NOT_JSON;
  if (unit < 0xd800 || unit > 0xdfff) return at + 5;
  if (unit > 0xdbff || bytes[at + 5] !== BACKSLASH || bytes[at + 6] !== 0x75) return LONE_SURROGATE;
  const low = hexUnit(bytes, at + 7, end);
  return low >= 0xdc00 && low <= 0xdfff ? at + 11 : LONE_SURROGATE;
}

function hexUnit(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1;
  let unit = 0;
  for (let i = at; i < at + 4; i += 1) {
    const byte = bytes[i] as number;
    const lower = byte | 0x20;
    if (isDigit[byte] === 1) unit = unit * 16 + byte - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) unit = unit * 16 + lower - 0x57;
    else return -1;
  }
  return unit;
}

/** A number, `true`, `false` or `null`, from its first byte. */
export function scanScalar(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at] as number;
  if (byte === 0x2d || isDigit[byte] === 1) return scanNumber(bytes, at, end);
  if (byte === 0x74) return scanWord(bytes, at, end, 'true');
  if (byte === 0x66) return scanWord(bytes, at, end, 'false');
  return byte === 0x6e ? scanWord(bytes, at, end, 'null') : NOT_JSON;
}

function scanWord(bytes: Uint8Array, at: number, end: number, word: string): number {
  if (at + word.length > end) return NOT_JSON;
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word.charCodeAt(i)) return NOT_JSON;
  return at + word.length;
}

function scanNumber(bytes: Uint8Array, at: number, end: number): number {
  let i = bytes[at] === 0x2d ? at + 1 : at;
  const wholeFrom = i;
  i = skipDigits(bytes, i, end);
  if (i === wholeFrom || (bytes[wholeFrom] === 0x30 && i - wholeFrom > 1)) return NOT_JSON;
  if (i < end && bytes[i] === 0x2e) {
    const from = i + 1;
    i = skipDigits(bytes, from, end);
    if (i === from) return NOT_JSON;
  }
  if (i < end && ((bytes[i] as number) | 0x20) === 0x65) {
    const sign = bytes[i + 1];
    const from = sign === 0x2b || sign === 0x2d ? i + 2 : i + 1;
    i = skipDigits(bytes, from, end);
    if (i <= from) return NOT_JSON;
  }
  return i;
}

export function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isDigit[bytes[i] as number] === 1) i += 1;
  return i;
}
