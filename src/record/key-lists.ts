import { BACKSLASH } from './json-tokens.ts';

/**
 * The keys of the objects that are open while a document is scanned, and whether any object held one twice.
 *
 * Keys are kept as 32-bit hashes. Lines of a stream mostly have the same keys in the same order, so a closing object's
 * hashes are first compared with those of the last object whose hashes were all distinct: distinct hashes mean
 * distinct keys. Only a new list is checked on its own, and only equal hashes make the keys themselves be read.
 *
 * `as number` below: every index is under a count that this class keeps, and this runs for every key of a stream.
 */
export class KeyLists {
  duplicate = false;
  depth = 0;
  inObject = false;
  #hashes = new Int32Array(64);
  /** Start and end of each key in the bytes, side by side. */
  #spans = new Int32Array(128);
  #count = 0;
  /** For each open container: where its keys begin, or -1 for a list. */
  #opened = new Int32Array(16);
  #distinct: Int32Array = new Int32Array(0);
  /** How many keys the outermost object had, which lie first in the lists until the next document is scanned. */
  #outermost = 0;

  clear(): void {
    this.duplicate = false;
    this.depth = 0;
    this.inObject = false;
    this.#count = 0;
    this.#outermost = 0;
  }

  open(isObject: boolean): void {
    if (this.depth === this.#opened.length) this.#opened = grown(this.#opened);
    this.#opened[this.depth] = isObject ? this.#count : -1;
    this.depth += 1;
    this.inObject = isObject;
  }

  /** Takes the key that stands between its quotes. */
  add(bytes: Uint8Array, start: number, end: number): void {
    let hash = end - start;
    let escaped = false;
    for (let i = start; i < end; i += 1) {
      const byte = bytes[i] as number;
      if (byte === BACKSLASH) escaped = true;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (this.#count === this.#hashes.length) {
      this.#hashes = grown(this.#hashes);
      this.#spans = grown(this.#spans);
    }
    // A key may be spelled with escapes: equal keys must have equal hashes.
    this.#hashes[this.#count] = escaped ? hashOf(keyText(bytes, start, end)) : hash;
    this.#spans[this.#count * 2] = start;
    this.#spans[this.#count * 2 + 1] = end;
    this.#count += 1;
  }

  close(bytes: Uint8Array): void {
    const from = this.#opened[this.depth - 1] as number;
    if (from >= 0) {
      if (!this.#isKnown(from)) this.#check(bytes, from);
      if (this.depth === 1) this.#outermost = this.#count;
      this.#count = from;
    }
    this.depth -= 1;
    this.inObject = this.depth > 0 && (this.#opened[this.depth - 1] as number) >= 0;
  }

  /** The place of the closing quote of a key of the outermost object, once that is closed; -1 where it has no such key. */
  endOf(bytes: Uint8Array, { name, hash }: SoughtKey): number {
    for (let i = 0; i < this.#outermost; i += 1) {
      if (this.#hashes[i] !== hash) continue;
      const end = this.#spans[i * 2 + 1] as number;
      if (isText(bytes, this.#spans[i * 2] as number, end, name)) return end;
    }
    return -1;
  }

  #isKnown(from: number): boolean {
    const distinct = this.#distinct;
    if (distinct.length !== this.#count - from) return false;
    for (let i = 0; i < distinct.length; i += 1) if (distinct[i] !== this.#hashes[from + i]) return false;
    return true;
  }

  #check(bytes: Uint8Array, from: number): void {
    const hashes = this.#hashes.slice(from, this.#count);
    if (new Set(hashes).size === hashes.length) {
      this.#distinct = hashes;
      return;
    }
    const texts = new Set<string>();
    for (let i = from; i < this.#count; i += 1) {
      texts.add(keyText(bytes, this.#spans[i * 2] as number, this.#spans[i * 2 + 1] as number));
    }
    if (texts.size < hashes.length) this.duplicate = true;
  }
}

/** A key that is looked for. */
export interface SoughtKey {
  readonly name: string;
  readonly hash: number;
}

export function soughtKey(name: string): SoughtKey {
  return { name, hash: hashOf(name) };
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  let same = end - start === text.length;
  for (let i = 0; same && i < text.length; i += 1) {
    const byte = bytes[start + i] as number;
    same = byte < 0x80 && byte === text.charCodeAt(i);
  }
  // What is not ASCII, or spelled with escapes, is told apart by its text.
  return same || keyText(bytes, start, end) === text;
}

function keyText(bytes: Uint8Array, start: number, end: number): string {
  // A key between its quotes, already scanned as a JSON string.
  return JSON.parse(`"${Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')}"`) as string;
}

/** The same hash over the UTF-8 of a text. */
function hashOf(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  let hash = bytes.length;
  for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
  return hash;
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
