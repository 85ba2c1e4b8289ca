import { PlayheadError } from '../base/errors.ts';

/** Where the file store keeps its own files, at the root beside the objects. */
export const storeFolder = '.store';

const maxKeyBytes = 1024;
const maxSegmentBytes = 255;

/**
 * Checks that a key can be an object: `/`-separated, no empty, `.` or `..` segment, no NUL, at most 1024 bytes of
 * well-formed UTF-8 and 255 a segment, and not in the store's own folder. Throws PH_OBJECT_KEY_INVALID.
 */
export function checkKey(key: string): void {
  if (key === '') throw invalid(key, 'it is empty');
  if (key.endsWith('/')) throw invalid(key, 'it ends in a slash: an object needs a name');
  checkSegments(key, key.split('/'));
}

/** A prefix is the beginning of a key, so its last segment may be anything, also nothing. */
export function checkPrefix(prefix: string): void {
  const folders = prefix.split('/');
  const last = folders.pop();
  checkSegments(prefix, last === '' || last === undefined || isDots(last) ? folders : [...folders, last]);
}

function checkSegments(key: string, segments: readonly string[]): void {
  if (key.includes('\0')) throw invalid(key, 'it holds a NUL character');
  if (!key.isWellFormed()) throw invalid(key, 'it holds half of a surrogate pair');
  if (Buffer.byteLength(key) > maxKeyBytes) throw invalid(key, `it is longer than ${maxKeyBytes} bytes`);
  for (const segment of segments) {
    if (segment === '') throw invalid(key, 'it has an empty segment (a leading or a double slash)');
    if (isDots(segment)) throw invalid(key, `it has a segment ${JSON.stringify(segment)}`);
    if (Buffer.byteLength(segment) > maxSegmentBytes)
      throw invalid(key, `it has a segment longer than ${maxSegmentBytes} bytes`);
  }
  // Case-folding file systems would let `.STORE` reach the store's own files.
  if (segments[0]?.toLowerCase() === storeFolder) throw invalid(key, `${storeFolder} is the store's own folder`);
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..';
}

export function invalid(key: string, why: string, cause?: unknown): PlayheadError {
  const shown = key.length > 200 ? `${key.slice(0, 200)}…` : key;
  return new PlayheadError('PH_OBJECT_KEY_INVALID', `${JSON.stringify(shown)} cannot be an object key: ${why}`, {
    details: { key: shown },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Byte order of the keys' UTF-8, which JavaScript's order of UTF-16 units is not above U+D7FF. */
export function compareKeys(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return utf8Rank(x) - utf8Rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above every other unit. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
