import { Readable, type Transform } from 'node:stream';
import { constants, createGunzip, createInflateRaw, createZstdDecompress, type Zlib } from 'node:zlib';
import { uncompress } from 'snappyjs';
import type { Packing } from '../../lake/packing.ts';

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** How many bytes of the packed head these came from, nearly: decoders read ahead. */
  readonly packedBytes: number;
}

type Unpacker = (head: Uint8Array, limitBytes: number) => Promise<Unpacked>;

/**
 * The first bytes of what a packed object holds, at most `limitBytes`. `head` may be cut anywhere: what can be unpacked
 * of it is returned, which may be nothing. Rejects where the packing is broken.
 */
export async function unpackHead(packing: Packing, head: Uint8Array, limitBytes: number): Promise<Unpacked> {
  return unpackers[packing](head, limitBytes);
}

const unpackers: Readonly<Record<Packing, Unpacker>> = {
  none: async (head, limitBytes) => stored(head.subarray(0, limitBytes)),
  gzip: (head, limitBytes) => upTo(limitBytes, head, createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })),
  zstd: (head, limitBytes) => upTo(limitBytes, head, createZstdDecompress()),
  zip: unzipFirst,
  snappy: async (head, limitBytes) => unsnappy(head, limitBytes),
};

function stored(bytes: Uint8Array): Unpacked {
  return { bytes, packedBytes: bytes.length };
}

/** Small, so that the decoder stands near the bytes that it has given out: rows are estimated from there. */
const sliceBytes = 4096;

function* slices(head: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < head.length; at += sliceBytes) yield head.subarray(at, at + sliceBytes);
}

async function upTo(limitBytes: number, head: Uint8Array, unpacking: Transform & Zlib): Promise<Unpacked> {
  const parts: Buffer[] = [];
  let size = 0;
  const unpacked = Readable.from(slices(head)).pipe(unpacking);
  try {
    for await (const part of unpacked) {
      const bytes = Buffer.from(part);
      parts.push(bytes);
      size += bytes.length;
      if (size >= limitBytes) break;
    }
  } catch (error) {
    // A head that is cut ends in an error after its last whole block: what came before it is good.
    if (size === 0) throw error;
  }
  const share = size > limitBytes ? limitBytes / size : 1;
  return { bytes: Buffer.concat(parts).subarray(0, limitBytes), packedBytes: unpacking.bytesWritten * share };
}

/** The first entry of an archive (APPNOTE.TXT 4.3.7): its data follow its header, stored (0) or deflated (8). */
async function unzipFirst(head: Uint8Array, limitBytes: number): Promise<Unpacked> {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const method = view.getUint16(8, true);
  const start = 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (method === 8)
    return upTo(limitBytes, head.subarray(start), createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH }));
  if (method !== 0) throw new RangeError(`the archive's first entry is packed by method ${method}`);
  return stored(head.subarray(start, Math.min(start + view.getUint32(18, true), start + limitBytes)));
}

/** Hadoop's blocks (length before compression, length of the chunk, chunk in raw Snappy) as far as they are whole. */
function unsnappy(head: Uint8Array, limitBytes: number): Unpacked {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const parts: Uint8Array[] = [];
  let size = 0;
  let at = 0;
  let left = 0;
  while (at + 8 <= head.length && size < limitBytes) {
    if (left <= 0) {
      left = view.getUint32(at);
      at += 4;
    }
    const length = view.getUint32(at);
    at += 4;
    if (at + length > head.length) break;
    const chunk = uncompress(head.subarray(at, at + length));
    parts.push(chunk);
    size += chunk.length;
    left -= chunk.length;
    at += length;
  }
  return { bytes: Buffer.concat(parts).subarray(0, limitBytes), packedBytes: at };
}
