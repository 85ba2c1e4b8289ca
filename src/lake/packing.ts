import { type Duplex, pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { Unzip, UnzipInflate } from 'fflate';
import { hadoopUnsnappy } from './hadoop-snappy.ts';

/** How what an object holds is packed. */
export type Packing = 'none' | 'gzip' | 'zstd' | 'snappy' | 'zip';

/** Told by the first four bytes, since names lie; Hadoop's Snappy has no mark of its own, so there the key's ending is believed. */
export function packingOf(head: Uint8Array, key: string): Packing {
  const begins = (...bytes: readonly number[]): boolean => bytes.every((byte, i) => head[i] === byte);
  if (begins(0x1f, 0x8b)) return 'gzip';
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (begins(0x50, 0x4b, 0x03, 0x04)) return 'zip';
  return key.toLowerCase().endsWith('.snappy') ? 'snappy' : 'none';
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The plain bytes, in parts as they are read: gzip (also of several members), Zstandard, ZIP (all of its entries); Snappy as
 * Hadoop frames it, whole. Throws what the decoder says of damaged bytes.
 */
export async function* unpacked(body: Chunks, packing: Packing): AsyncGenerator<Uint8Array> {
  yield* unpackers[packing](body);
}

const unpackers: Readonly<Record<Packing, (body: Chunks) => Chunks>> = {
  none: (body) => body,
  gzip: (body) => through(body, createGunzip()),
  zstd: (body) => through(body, createZstdDecompress()),
  zip: unzipped,
  snappy: async function* (body) {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    yield await hadoopUnsnappy(Buffer.concat(parts));
  },
};

/** A failure of either is thrown to who reads, and reading no further ends both. */
function through(body: Chunks, unpacking: Duplex): Chunks {
  pipeline(Readable.from(body), unpacking, () => {});
  return unpacking;
}

/** Entries one after the other, each chunk as the inflater gives it. */
async function* unzipped(body: Chunks): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let failure: Error | undefined;
  const archive = new Unzip((file) => {
    file.ondata = (error, bytes) => {
      if (error !== null) failure ??= error;
      else ready.push(bytes);
    };
    file.start();
  });
  archive.register(UnzipInflate);
  for await (const part of body) {
    archive.push(part);
    if (failure !== undefined) throw failure;
    yield* ready;
    ready = [];
  }
  archive.push(new Uint8Array(0), true);
  if (failure !== undefined) throw failure;
  yield* ready;
}
