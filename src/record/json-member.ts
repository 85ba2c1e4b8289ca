import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  scanScalar,
  scanString,
  skipSpace,
} from './json-tokens.ts';

/**
 * A member's value as it stands in the bytes of a JSON object, digit by digit: parsed and written again, a long number would
 * be another one. Undefined where the object has no such member. The bytes are known to be one object (`objectScanner`).
 */
export function memberBytes(object: Uint8Array, name: string): Uint8Array | undefined {
  const { length } = object;
  const skip = (from: number): number => skipSpace(object, from, length);
  let at = skip(skip(0) + 1);
  while (object[at] === QUOTE) {
    const keyEnd = scanString(object, at + 1, length);
    const key: unknown = JSON.parse(Buffer.from(object.subarray(at, keyEnd)).toString());
    const start = skip(skip(keyEnd) + 1);
    const end = valueEnd(object, start);
    if (key === name) return object.subarray(start, end);
    at = skip(skip(end) + 1);
  }
  return undefined;
}

/** The place after the value that begins at `start`. */
function valueEnd(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let depth = 0;
  let at = start;
  do {
    const byte = bytes[at];
    if (byte === QUOTE) at = scanString(bytes, at + 1, length);
    else if (byte === COMMA || byte === COLON) at += 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth += 1;
      at += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      at += 1;
    } else at = scanScalar(bytes, at, length);
    if (depth > 0) at = skipSpace(bytes, at, length);
  } while (depth > 0);
  return at;
}
