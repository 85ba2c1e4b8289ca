import { constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Effects } from '../../base/effects.ts';
import { storageError } from '../../lake/storage-error.ts';
import { murmur2 } from '../../stream/murmur2.ts';
import { decodeRows, encodeRow, rowBytes, type SpilledRow } from './spilled-row.ts';

/** Rows on disk, parted by the hash of their key, so that a part at a time can be compared in memory. */
export interface Spill {
  /** Where nothing has to be written yet, nothing is to be waited for. */
  add(row: SpilledRow): Promise<void> | undefined;
  /** Writes what is held, and lets go of the memory; nothing can be added after it. */
  finish(): Promise<void>;
  /** What the rows of a bucket take in memory. */
  sizeBytes(bucket: number): number;
  /** The rows of a bucket, some at a time. */
  rows(bucket: number): AsyncGenerator<readonly SpilledRow[]>;
  close(): Promise<void>;
}

/** Which bits of a key's hash part the rows: `bits` of them, above the `shift` lowest. */
export interface HashBits {
  readonly shift: number;
  readonly bits: number;
}

/** How the rows of a side are parted at first; no parting uses more bits. */
export const firstBits: HashBits = { shift: 0, bits: 8 };

/** Of each bucket, one block is held, in one piece of memory that is used again: 16 MiB for 256 buckets, however much goes through. */
const blockBytes = 64 * 1024;
/** Packed blocks are written so many bytes at a time. */
const writeBytes = 1024 ** 2;

interface Block {
  readonly offset: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
}

const fastest = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };

/** Opens a spill in one file. Throws PH_STORAGE_*. */
export async function openSpill(path: string, { shift, bits }: HashBits, effects: Effects): Promise<Spill> {
  const file = await effects.fs.open(path, 'w+', 0o600).catch((cause: unknown) => {
    throw storageError(cause, `writing ${path}`);
  });
  const buckets = 2 ** bits;
  const blocks: Block[][] = Array.from({ length: buckets }, () => []);
  const heldBytes = new Uint32Array(buckets);
  let held = Buffer.allocUnsafeSlow(buckets * blockBytes);
  let packed: Uint8Array[] = [];
  let [packedBytes, written] = [0, 0];
  const write = async (): Promise<void> => {
    const bytes = Buffer.concat(packed, packedBytes);
    packed = [];
    packedBytes = 0;
    await file.write(bytes, 0, bytes.length, written).catch((cause: unknown) => {
      throw storageError(cause, `writing ${path}`);
    });
    written += bytes.length;
  };
  const pack = (bucket: number, bytes: Uint8Array): Promise<void> | undefined => {
    // Here and now: a block takes a fifth of a millisecond, and its memory is free for the next rows.
    const block = zstdCompressSync(bytes, fastest);
    blocks[bucket]?.push({ offset: written + packedBytes, packedBytes: block.length, sizeBytes: bytes.length });
    packed.push(block);
    packedBytes += block.length;
    return packedBytes < writeBytes ? undefined : write();
  };
  const flush = (bucket: number): Promise<void> | undefined => {
    const start = bucket * blockBytes;
    const size = heldBytes[bucket] ?? 0;
    heldBytes[bucket] = 0;
    return size === 0 ? undefined : pack(bucket, held.subarray(start, start + size));
  };
  return {
    add: (row) => {
      const bucket = (murmur2(row.key) >>> shift) & (buckets - 1);
      const size = rowBytes(row);
      if (size > blockBytes) return pack(bucket, encoded(row, size));
      const isFull = (heldBytes[bucket] ?? 0) + size > blockBytes;
      const flushed = isFull ? flush(bucket) : undefined;
      encodeRow(row, held, bucket * blockBytes + (heldBytes[bucket] ?? 0));
      heldBytes[bucket] = (heldBytes[bucket] ?? 0) + size;
      return flushed;
    },
    finish: async () => {
      for (let bucket = 0; bucket < buckets; bucket += 1) await flush(bucket);
      await write();
      held = Buffer.alloc(0);
    },
    sizeBytes: (bucket) => (blocks[bucket] ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    rows: async function* (bucket) {
      for (const block of blocks[bucket] ?? []) {
        const packed = Buffer.allocUnsafe(block.packedBytes);
        await file.read(packed, 0, block.packedBytes, block.offset);
        yield decodeRows(zstdDecompressSync(packed));
      }
    },
    close: async () => {
      await file.close();
      await effects.fs.rm(path, { force: true });
    },
  };
}

function encoded(row: SpilledRow, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  encodeRow(row, bytes, 0);
  return bytes;
}
