import { createHash } from 'node:crypto';
import { PlayheadError } from './errors.ts';
import { secretBytes } from './random.ts';

/** Bytes of a master key and of a data key: AES-256. */
export const keyBytes = 32;
/** Bytes of a key's id: enough to tell keys apart, and nothing that helps to find one. */
export const keyIdBytes = 8;

/** A key that wraps data keys. It never encrypts data itself. */
export interface MasterKey {
  /** 16 hex digits, derived from the key: the same key has the same id wherever it is kept. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The master keys at hand: the first wraps what is written now, the others read what was written before. */
export interface KeyRing {
  readonly current: MasterKey;
  readonly keys: readonly MasterKey[];
  /** Where the keys come from, for messages: `the file /etc/playhead.key`. */
  readonly from: string;
}

export function newMasterKey(): MasterKey {
  return masterKey(secretBytes(keyBytes));
}

function masterKey(bytes: Uint8Array): MasterKey {
  const id = createHash('sha256').update('playhead master key id\0').update(bytes).digest('hex');
  return { id: id.slice(0, keyIdBytes * 2), bytes };
}

/**
 * A ring from text: base64 keys of 32 bytes, parted by white space or commas, the current one first; `#` begins a comment.
 * Throws PH_KEY_INVALID, which never repeats the text.
 */
export function parseKeyRing(text: string, from: string): KeyRing {
  const words = text
    .split('\n')
    .flatMap((line) => line.replace(/#.*/, '').split(/[\s,]+/))
    .filter((word) => word !== '');
  const keys = words.map((word, at) => {
    const bytes = Buffer.from(word, 'base64');
    if (/^[A-Za-z0-9+/]{43}=$/.test(word) && bytes.length === keyBytes) return masterKey(bytes);
    throw invalidKeys(`${from}: key ${at + 1} of ${words.length} is not 32 bytes in base64`);
  });
  const [current] = keys;
  if (current === undefined) throw invalidKeys(`${from} holds no key`);
  return { current, keys, from };
}

/** A ring as `parseKeyRing` reads it. */
export function keyRingText(keys: readonly MasterKey[]): string {
  const lines = keys.map(({ id, bytes }) => `${Buffer.from(bytes).toString('base64')} # ${id}`);
  return `# Keys of Playhead, the current one first. Whoever has them can read the data; without them nobody can.\n${lines.join('\n')}\n`;
}

export function keyOf(ring: KeyRing, id: string): MasterKey | undefined {
  return ring.keys.find((key) => key.id === id);
}

function invalidKeys(message: string): PlayheadError {
  return new PlayheadError('PH_KEY_INVALID', message, {
    hint: '`playhead keys create FILE` makes a key; a ring is one a line, the current one first.',
  });
}
