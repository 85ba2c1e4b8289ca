import type { FileHandle } from 'node:fs/promises';
import {
  decrypt,
  encrypt,
  envelopeBytes,
  isSealed,
  newEnvelope,
  nonceBytes,
  openEnvelope,
} from '../../base/envelope.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import { secretBytes } from '../../base/random.ts';
import { storageError } from '../../lake/storage-error.ts';
import { segmentHeaderBytes } from './segment-header.ts';

/** Seals the frames of one segment, or opens them. */
export interface SegmentKey {
  readonly dataKey: Uint8Array;
}

/** A new segment's key, with the bytes that go behind the segment's header. */
export function newSegmentKey(ring: KeyRing): { key: SegmentKey; bytes: Uint8Array } {
  const { envelope, bytes } = newEnvelope(ring, 0);
  return { key: envelope, bytes };
}

/** The key of a segment that is there; undefined where its frames are plain. PH_KEY_MISSING, PH_STORAGE_*. */
export async function segmentKey(
  file: FileHandle,
  ring: KeyRing | undefined,
  path: string,
): Promise<SegmentKey | undefined> {
  const head = Buffer.alloc(envelopeBytes);
  const { bytesRead } = await file.read(head, 0, envelopeBytes, segmentHeaderBytes).catch((cause: unknown) => {
    throw storageError(cause, `reading ${path}`);
  });
  if (bytesRead < envelopeBytes || !isSealed(head)) return undefined;
  return openEnvelope(head, ring, `segment ${path}`);
}

/** How much longer a frame is on the disk. */
export const sealedFrameBytes = nonceBytes + 16;

/**
 * A frame: nonce, ciphertext, tag. The nonce is random: a write that failed is written again at the same place with other
 * records, so that a nonce made of the place would come twice under one key. A segment holds some thousand frames, far from
 * the 2^32 that 96 random bits are good for.
 */
export function sealFrame(parts: readonly Uint8Array[], { dataKey }: SegmentKey): readonly Uint8Array[] {
  const nonce = secretBytes(nonceBytes);
  return [
    nonce,
    encrypt(dataKey, nonce, parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)),
  ];
}

/** Undefined where the bytes are not what was written. */
export function openFrame(bytes: Uint8Array, { dataKey }: SegmentKey): Uint8Array | undefined {
  return decrypt(dataKey, bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes));
}
