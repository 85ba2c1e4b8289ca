import { createCipheriv, createDecipheriv } from 'node:crypto';
import { PlayheadError } from './errors.ts';
import { type KeyRing, keyBytes, keyIdBytes, keyOf, type MasterKey } from './key-ring.ts';
import { secretBytes } from './random.ts';

const algorithm = 'aes-256-gcm';
export const nonceBytes = 12;
export const tagBytes = 16;

const magic: Uint8Array = Buffer.from('PHSEAL\0\u0001', 'latin1');
const prefixBytes = 16;
const slotBytes = keyIdBytes + nonceBytes + keyBytes + tagBytes;
const slots = 2;

/**
 * What stands before everything that is sealed: which master key wraps its data key, and the wrapped data key.
 *
 *   0 magic `PHSEAL\0\1`   8 plain bytes of a chunk, little-endian   12 zero
 *  16 slot A, 68 bytes    84 slot B, 68 bytes
 *
 * A slot: key id (8), nonce (12), wrapped data key (32), tag (16); all zero where it is empty. The first 16 bytes are
 * authenticated with the key. Two slots, so that a rotation writes the new one before it wipes the old one: at no moment, a
 * power cut's included, is there none that opens.
 */
export const envelopeBytes = prefixBytes + slots * slotBytes;

/** A data key: one file's, and encrypts that file alone. */
export interface Envelope {
  readonly dataKey: Uint8Array;
  readonly chunkBytes: number;
  /** Ids of the master keys that open it: one, two in the midst of a rotation. */
  readonly keyIds: readonly string[];
}

/** A fresh data key with the bytes that go before what it seals. Random numbers are the system's: a seeded key is none. */
export function newEnvelope({ current }: KeyRing, chunkBytes: number): { envelope: Envelope; bytes: Uint8Array } {
  const dataKey = secretBytes(keyBytes);
  const bytes = Buffer.alloc(envelopeBytes);
  bytes.set(magic, 0);
  bytes.writeUInt32LE(chunkBytes, magic.length);
  bytes.set(wrapped(dataKey, current, bytes.subarray(0, prefixBytes)), prefixBytes);
  return { envelope: { dataKey, chunkBytes, keyIds: [current.id] }, bytes };
}

/** Whether sealed data begins with these bytes. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes.length >= magic.length && Buffer.compare(bytes.subarray(0, magic.length), magic) === 0;
}

/** Ids of the master keys that open an envelope. */
export function sealedBy(bytes: Uint8Array): readonly string[] {
  return slotsOf(bytes).map(({ id }) => id);
}

/**
 * The data key of an envelope. PH_KEY_MISSING names the keys that would open it and where was looked; PH_OBJECT_CORRUPT
 * where a key of that id is there and does not open it: somebody changed the envelope.
 */
export function openEnvelope(bytes: Uint8Array, ring: KeyRing | undefined, what: string): Envelope {
  const found = slotsOf(bytes);
  const keyIds = found.map(({ id }) => id);
  for (const { id, slot } of found) {
    const key = ring === undefined ? undefined : keyOf(ring, id);
    const dataKey = key === undefined ? undefined : unwrapped(slot, key, bytes.subarray(0, prefixBytes));
    if (dataKey !== undefined) return { dataKey, chunkBytes: chunkBytesOf(bytes), keyIds };
  }
  if (ring !== undefined && keyIds.some((id) => keyOf(ring, id) !== undefined)) throw damagedEnvelope(what);
  throw missingKey(what, keyIds, ring === undefined ? [] : [ring.from]);
}

/** The envelope with its data key wrapped by the ring's current key in the free slot besides, and then in that slot alone. */
export function rewrapped(
  bytes: Uint8Array,
  ring: KeyRing,
  what: string,
): { readonly both: Uint8Array; readonly alone: Uint8Array } | undefined {
  const { dataKey, keyIds } = openEnvelope(bytes, ring, what);
  if (keyIds.length === 1 && keyIds[0] === ring.current.id) return undefined;
  const present = slotsOf(bytes).find(({ id }) => id === ring.current.id);
  const free = present?.at ?? [0, 1].find((at) => slotsOf(bytes).every((slot) => slot.at !== at)) ?? 1;
  const start = prefixBytes + free * slotBytes;
  const both = Buffer.from(bytes);
  if (present === undefined) both.set(wrapped(dataKey, ring.current, bytes.subarray(0, prefixBytes)), start);
  const alone = Buffer.alloc(envelopeBytes);
  alone.set(both.subarray(0, prefixBytes));
  alone.set(both.subarray(start, start + slotBytes), start);
  return { both, alone };
}

/** Encrypts under a data key; the result is ciphertext and tag. A nonce is never used twice with one key. */
export function encrypt(dataKey: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm, dataKey, nonce);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined where the bytes are not what was encrypted. */
export function decrypt(dataKey: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv(algorithm, dataKey, nonce).setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** A key is not there: which, for what, and where was looked for it. */
export function missingKey(what: string, ids: readonly string[], looked: readonly string[]): PlayheadError {
  const places = looked.length === 0 ? 'no key was given' : `looked in ${looked.join(', ')}`;
  return new PlayheadError('PH_KEY_MISSING', `${what} is encrypted with the key ${ids.join(' or ')}: ${places}`, {
    hint: 'Set PLAYHEAD_KEY_FILE to the file that holds this key, PLAYHEAD_KEY to the key, or `encryption` in the profile. Nothing was changed; without the key nobody can read the data.',
    details: { keyIds: ids, looked },
  });
}

interface Slot {
  readonly at: number;
  readonly id: string;
  readonly slot: Uint8Array;
}

function slotsOf(bytes: Uint8Array): readonly Slot[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: slots }, (_, at) => {
    const start = prefixBytes + at * slotBytes;
    return { at, id: view.toString('hex', start, start + keyIdBytes), slot: bytes.subarray(start, start + slotBytes) };
  }).filter(({ id }) => id !== '' && !/^0+$/.test(id));
}

function chunkBytesOf(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE(magic.length);
}

function wrapped(dataKey: Uint8Array, key: MasterKey, context: Uint8Array): Buffer {
  const nonce = secretBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.bytes, nonce).setAAD(context);
  const body = Buffer.concat([cipher.update(dataKey), cipher.final()]);
  return Buffer.concat([Buffer.from(key.id, 'hex'), nonce, body, cipher.getAuthTag()]);
}

function unwrapped(slot: Uint8Array, key: MasterKey, context: Uint8Array): Uint8Array | undefined {
  const nonce = slot.subarray(keyIdBytes, keyIdBytes + nonceBytes);
  const end = slotBytes - tagBytes;
  const decipher = createDecipheriv(algorithm, key.bytes, nonce).setAAD(context).setAuthTag(slot.subarray(end));
  const dataKey = decipher.update(slot.subarray(keyIdBytes + nonceBytes, end));
  try {
    decipher.final();
    return dataKey;
  } catch {
    return undefined;
  }
}

function damagedEnvelope(what: string): PlayheadError {
  return new PlayheadError('PH_OBJECT_CORRUPT', `${what} is encrypted, and its key no longer opens it`, {
    hint: 'The disk or another program damaged the file. Restore it from a backup, or make it again.',
    details: { what },
  });
}
