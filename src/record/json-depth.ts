import { CLOSE_LIST, CLOSE_OBJECT, OPEN_LIST, OPEN_OBJECT, QUOTE, scanString } from './json-tokens.ts';

/**
 * How deep lists and objects lie in each other in JSON text, 0 for a bare value; no further than one past `most`. Whoever
 * walks the values by recursion asks first: a few kilobytes of `[` are deeper than the call stack. Of what is no JSON it
 * says what it can.
 */
export function jsonDepth(bytes: Uint8Array, most: number): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < bytes.length && deepest <= most; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      const after = scanString(bytes, i + 1, bytes.length);
      if (after < 0) return deepest;
      i = after - 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
    }
  }
  return deepest;
}
