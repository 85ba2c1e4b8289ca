import { BACKSLASH, CLOSE_LIST, CLOSE_OBJECT, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE, skipSpace } from './json-tokens.ts';

/** Why some bytes are not a list that can be taken apart. */
export type ListFault = 'not_json' | 'not_a_list' | 'too_deep' | 'too_many';

export interface ListLimits {
  /** Lists and objects within each other, the list itself included. */
  readonly depth: number;
  readonly items: number;
}

/**
 * Where the items of a JSON list stand: start and end of the first, start and end of the second, and so on, without the
 * white space around them. Follows strings and brackets alone, in one pass that costs no call stack; whether an item is JSON
 * is for whoever reads it. So a fault in one item is that item's, and nothing deep is ever parsed. `knownEnd` says where a
 * value that begins at a place ends, if that is known without following it; else that place again.
 */
export function listItems(
  bytes: Uint8Array,
  limits: ListLimits,
  knownEnd: (start: number) => number = (start) => start,
): readonly number[] | ListFault {
  const { length } = bytes;
  const open = skipSpace(bytes, 0, length);
  if (open === length) return 'not_json';
  if (bytes[open] !== OPEN_LIST) return 'not_a_list';
  const places: number[] = [];
  let start = skipSpace(bytes, open + 1, length);
  let depth = 1;
  let at = knownEnd(start);
  const end = (): number => {
    let last = at;
    while (last > start && isSpace(bytes[last - 1])) last -= 1;
    return last;
  };
  for (; at < length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = closingQuote(bytes, at + 1);
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth += 1;
      if (depth > limits.depth) return 'too_deep';
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      if (depth > 0) continue;
      if (byte !== CLOSE_LIST || skipSpace(bytes, at + 1, length) !== length) return 'not_json';
      const last = end();
      // `[]` is empty; `[1,]` has an item that is missing.
      if (last > start) places.push(start, last);
      else if (places.length > 0) return 'not_json';
      return places.length / 2 > limits.items ? 'too_many' : places;
    } else if (byte === COMMA && depth === 1) {
      const last = end();
      if (last === start) return 'not_json';
      places.push(start, last);
      if (places.length / 2 > limits.items) return 'too_many';
      start = skipSpace(bytes, at + 1, length);
      at = knownEnd(start) - 1;
    }
  }
  return 'not_json';
}

/** The quote that ends a string, or the end of the bytes. */
function closingQuote(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
