import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Effects } from '../../base/effects.ts';
import { storageError } from '../../lake/storage-error.ts';
import { murmur2 } from '../../stream/murmur2.ts';

/** A record on its way to be compared with those of its key. */
export interface SpilledRow {
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  /** Number of its container. */
  readonly container: number;
  readonly at: string;
  /** ms since 1970 UTC; NaN where nothing says when it was. */
  readonly timeMs: number;
}

/** Rows on disk, parted by the hash of their key, so that a part at a time can be compared in memory. */
export interface Spill {
  add(row: SpilledRow): Promise<void>;
  /** Writes what is held; nothing can be added after it. */
  finish(): Promise<void>;
  /** What the rows of a bucket take in memory. */
  sizeBytes(bucket: number): number;
  rows(bucket: number): AsyncGenerator<SpilledRow>;
  close(): Promise<void>;
}

export const buckets = 256;

/** Together 64 MiB for all buckets: what a spill holds, however much goes through it. */
const blockBytes = 256 * 1024;
/** Key, bytes and position by length; container; time. */
const headerBytes = 24;

interface Block {
  readonly offset: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
}

const pack = promisify<Uint8Array, { params: Record<number, number> }, Buffer>(zstdCompress);
const unpack = promisify<Uint8Array, Buffer>(zstdDecompress);
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * Opens a spill in one file. `level` says which 8 bits of the hash part the rows: those of a bucket that is too large
 * for memory are parted again by the next.
 */
export async function openSpill(path: string, level: number, effects: Effects): Promise<Spill> {
  const file = await effects.fs.open(path, 'w+', 0o600).catch((cause: unknown) => {
    throw storageError(cause, `writing ${path}`);
  });
  const blocks: Block[][] = Array.from({ length: buckets }, () => []);
  const open: (OpenBlock | undefined)[] = new Array(buckets).fill(undefined);
  let end = 0;
  /** One write at a time, and one behind it: rows come faster than they can be packed. */
  let writing: Promise<void> = Promise.resolve();
  const write = async (bucket: number, bytes: Uint8Array): Promise<void> => {
    const packed = await pack(bytes, fastest);
    const offset = end;
    end += packed.length;
    await file.write(packed, 0, packed.length, offset).catch((cause: unknown) => {
      throw storageError(cause, `writing ${path}`);
    });
    blocks[bucket]?.push({ offset, packedBytes: packed.length, sizeBytes: bytes.length });
  };
  const flush = async (bucket: number): Promise<void> => {
    const block = open[bucket];
    open[bucket] = undefined;
    if (block === undefined) return;
    await writing;
    writing = write(bucket, block.bytes.subarray(0, block.end));
    // Its failure is thrown by whoever waits next.
    writing.catch(() => {});
  };
  return {
    add: async (row) => {
      const bucket = (murmur2(row.key) >>> (8 * level)) & (buckets - 1);
      const size = rowBytes(row);
      const held = open[bucket];
      if (held !== undefined && held.end + size > held.bytes.length) await flush(bucket);
      const block = open[bucket] ?? { bytes: Buffer.allocUnsafe(Math.max(size, blockBytes)), end: 0 };
      open[bucket] = block;
      block.end = encode(row, block.bytes, block.end);
    },
    finish: async () => {
      for (let bucket = 0; bucket < buckets; bucket += 1) await flush(bucket);
      await writing;
    },
    sizeBytes: (bucket) => (blocks[bucket] ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    rows: async function* (bucket) {
      for (const { offset, packedBytes } of blocks[bucket] ?? []) {
        const packed = Buffer.allocUnsafe(packedBytes);
        await file.read(packed, 0, packedBytes, offset);
        yield* decode(await unpack(packed));
      }
    },
    close: async () => {
      await writing.catch(() => {});
      await file.close();
      await effects.fs.rm(path, { force: true });
    },
  };
}

interface OpenBlock {
  readonly bytes: Buffer;
  end: number;
}

function rowBytes({ key, bytes, at }: SpilledRow): number {
  return headerBytes + key.length + at.length + bytes.length;
}

function encode({ key, bytes, at, container, timeMs }: SpilledRow, into: Buffer, start: number): number {
  into.writeUInt32LE(key.length, start);
  into.writeUInt32LE(at.length, start + 4);
  into.writeUInt32LE(bytes.length, start + 8);
  into.writeUInt32LE(container, start + 12);
  into.writeDoubleLE(timeMs, start + 16);
  let end = start + headerBytes;
  into.set(key, end);
  end += key.length;
  // Positions and lines are digits: a byte each.
  end += into.write(at, end, 'latin1');
  into.set(bytes, end);
  return end + bytes.length;
}

/** Keys and bytes are views of the block. */
function* decode(block: Buffer): Generator<SpilledRow> {
  for (let at = 0; at < block.length; ) {
    const keyEnd = at + headerBytes + block.readUInt32LE(at);
    const placeEnd = keyEnd + block.readUInt32LE(at + 4);
    const end = placeEnd + block.readUInt32LE(at + 8);
    yield {
      key: block.subarray(at + headerBytes, keyEnd),
      at: block.toString('latin1', keyEnd, placeEnd),
      bytes: block.subarray(placeEnd, end),
      container: block.readUInt32LE(at + 12),
      timeMs: block.readDoubleLE(at + 16),
    };
    at = end;
  }
}
