import type { FileHandle } from 'node:fs/promises';
import {
  decrypt,
  type Envelope,
  encrypt,
  envelopeBytes,
  isSealed,
  newEnvelope,
  nonceBytes,
  openEnvelope,
  tagBytes,
} from './envelope.ts';
import { PlayheadError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';

/** Plain bytes of a chunk: what a range read decrypts at the least, and 16 bytes of tag each. */
const plainChunkBytes = 64 * 1024;

/** Bytes of the content behind a file's envelope. */
export function plainSize(storedBytes: number, chunkBytes = plainChunkBytes): number {
  const sealed = storedBytes - envelopeBytes;
  return sealed - Math.ceil(sealed / (chunkBytes + tagBytes)) * tagBytes;
}

/**
 * Seals a body: an envelope, then chunks of 64 KiB, each with its tag. The nonce of a chunk is its number, with a mark on the
 * last: the data key is this body's alone, so no nonce comes twice, and chunks that are swapped, left out or cut off at
 * the end don't open. An empty body is one empty chunk.
 */
export async function* sealBody(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, ring: KeyRing) {
  const { envelope, bytes } = newEnvelope(ring, plainChunkBytes);
  yield bytes;
  const held = Buffer.allocUnsafe(plainChunkBytes);
  let filled = 0;
  let number = 0;
  for await (const part of body) {
    for (let at = 0; at < part.length; ) {
      // A full chunk is sealed once more comes: only then is it known not to be the last.
      if (filled === plainChunkBytes) {
        yield encrypt(envelope.dataKey, chunkNonce(number, false), held);
        number += 1;
        filled = 0;
      }
      const taken = part.subarray(at, at + plainChunkBytes - filled);
      held.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  }
  yield encrypt(envelope.dataKey, chunkNonce(number, true), held.subarray(0, filled));
}

/** The envelope of an open file; undefined where the file is not sealed. */
export async function readEnvelope(handle: FileHandle): Promise<Uint8Array | undefined> {
  const head = Buffer.alloc(envelopeBytes);
  const { bytesRead } = await handle.read(head, 0, envelopeBytes, 0);
  return bytesRead === envelopeBytes && isSealed(head) ? head : undefined;
}

/**
 * Plain bytes of a sealed file from `start` up to but without `end`; only the chunks that hold them are read. Throws
 * PH_KEY_MISSING, and PH_OBJECT_CORRUPT for a chunk that is not what was written.
 */
export async function* readSealed(
  handle: FileHandle,
  storedBytes: number,
  range: { readonly start: number; readonly end: number },
  ring: KeyRing | undefined,
  what: string,
): AsyncGenerator<Uint8Array> {
  const head = await readEnvelope(handle);
  if (head === undefined) throw damaged(what, 'it no longer begins with its envelope');
  const envelope = openEnvelope(head, ring, what);
  const size = plainSize(storedBytes, envelope.chunkBytes);
  const end = Math.min(range.end, size);
  const chunks = Math.max(1, Math.ceil(size / envelope.chunkBytes));
  for (let number = Math.floor(range.start / envelope.chunkBytes); number < chunks; number += 1) {
    const begin = number * envelope.chunkBytes;
    // The empty body's one chunk is read too: that it is there is what tells it from a file that was cut off.
    if (begin >= end && !(size === 0 && number === 0)) return;
    const chunk = await readChunk(handle, envelope, number, number === chunks - 1, storedBytes, what);
    const part = chunk.subarray(Math.max(0, range.start - begin), Math.max(0, end - begin));
    if (part.length > 0) yield part;
  }
}

async function readChunk(
  handle: FileHandle,
  { dataKey, chunkBytes }: Envelope,
  number: number,
  last: boolean,
  storedBytes: number,
  what: string,
): Promise<Buffer> {
  const offset = envelopeBytes + number * (chunkBytes + tagBytes);
  const sealed = Buffer.allocUnsafe(Math.min(chunkBytes + tagBytes, storedBytes - offset));
  const { bytesRead } = await handle.read(sealed, 0, sealed.length, offset);
  const plain = decrypt(dataKey, chunkNonce(number, last), sealed.subarray(0, bytesRead));
  if (plain === undefined) throw damaged(what, `chunk ${number}, at byte ${offset}, is not what was written`);
  return plain;
}

function chunkNonce(number: number, last: boolean): Uint8Array {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeBigUInt64LE(BigInt(number), 0);
  nonce[nonceBytes - 1] = last ? 1 : 0;
  return nonce;
}

function damaged(what: string, why: string): PlayheadError {
  return new PlayheadError('PH_OBJECT_CORRUPT', `${what} no longer holds the bytes that were written: ${why}`, {
    hint: 'The disk or another program damaged the file. Restore it from a backup, or make it again.',
    details: { what },
  });
}
