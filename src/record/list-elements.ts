const [QUOTE, ESCAPE, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const spaces = [0x20, 0x09, 0x0a, 0x0d];

/** Bytes from `start` up to but without `end`. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the elements of a list lie in the bytes of a JSON object, one of whose own fields it is; undefined where it has no
 * such list. Of a field that stands there twice, the last counts, as with JSON.parse. Needs JSON that parses.
 */
export function listElements(json: Uint8Array, field: string): readonly ByteSpan[] | undefined {
  let found: readonly ByteSpan[] | undefined;
  let at = skipSpace(json, 0);
  if (json[at] !== OPEN_OBJECT) return undefined;
  for (at = skipSpace(json, at + 1); at < json.length && json[at] === QUOTE; ) {
    const end = endOfValue(json, at);
    const name: unknown = JSON.parse(Buffer.from(json.subarray(at, end)).toString());
    at = skipSpace(json, skipByte(json, skipSpace(json, end), COLON));
    if (name === field) found = json[at] === OPEN_LIST ? elementsFrom(json, at + 1) : undefined;
    at = skipSpace(json, skipByte(json, skipSpace(json, endOfValue(json, at)), COMMA));
  }
  return found;
}

/** The object without some elements of a list, by their ordinals; every other byte of an element as it was. */
export function withoutElements(
  json: Uint8Array,
  elements: readonly ByteSpan[],
  isGone: (ordinal: number) => boolean,
): Uint8Array {
  const [first, last] = [elements[0], elements.at(-1)];
  if (first === undefined || last === undefined) return json;
  const kept = elements.filter((_, ordinal) => !isGone(ordinal));
  const parts = kept.flatMap(({ start, end }, i) => [
    ...(i === 0 ? [] : [Buffer.from(',')]),
    json.subarray(start, end),
  ]);
  return Buffer.concat([json.subarray(0, first.start), ...parts, json.subarray(last.end)]);
}

function elementsFrom(json: Uint8Array, from: number): readonly ByteSpan[] {
  const elements: ByteSpan[] = [];
  for (let at = skipSpace(json, from); at < json.length && json[at] !== CLOSE_LIST; ) {
    const end = endOfValue(json, at);
    elements.push({ start: at, end });
    at = skipSpace(json, skipByte(json, skipSpace(json, end), COMMA));
  }
  return elements;
}

function endOfValue(json: Uint8Array, from: number): number {
  if (json[from] === QUOTE) return endOfText(json, from);
  if (json[from] !== OPEN_OBJECT && json[from] !== OPEN_LIST) return endOfWord(json, from);
  let at = from;
  for (let depth = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfText(json, at) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return at;
}

function endOfText(json: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === ESCAPE ? 2 : 1;
  return at + 1;
}

/** Of a number, or of `true`, `false` and `null`. */
function endOfWord(json: Uint8Array, from: number): number {
  const ends = [...spaces, COMMA, CLOSE_OBJECT, CLOSE_LIST];
  const length = json.subarray(from).findIndex((byte) => ends.includes(byte));
  return length < 0 ? json.length : from + length;
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from;
  while (spaces.includes(json[at] ?? 0)) at += 1;
  return at;
}

function skipByte(json: Uint8Array, at: number, byte: number): number {
  return json[at] === byte ? at + 1 : at;
}
