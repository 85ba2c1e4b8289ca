import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { packZstd, unpackZstd } from '../zstd.ts';
import type { KafkaSdk } from './sdk.ts';
import type { Compression } from './settings.ts';

/** Kafka's compressions of a record batch, by the bits that stand for them in its attributes. */
export const compressionBits: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

export interface Codec {
  /** Both: into bytes of their own, whatever becomes of these. */
  compress(bytes: Buffer): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Most batches' compressed bytes come out in one piece: each piece is a trip through the event loop. */
const chunkSize = 256 * 1024;

/**
 * What takes long, Node does beside the event loop. Unpacking zstd takes less than the way there and back. Snappy and LZ4 are
 * the client's, and done where they are called.
 */
export function codecs({ compressionsAlgorithms: own }: KafkaSdk): Readonly<Record<Compression, Codec>> {
  const zip = promisify(gzip);
  const unzip = promisify(gunzip);
  return {
    none: { compress: async (bytes) => Buffer.from(bytes), decompress: async (bytes) => Buffer.from(bytes) },
    gzip: { compress: (bytes) => zip(bytes, { chunkSize }), decompress: (bytes) => unzip(bytes, { chunkSize }) },
    zstd: { compress: packZstd, decompress: (bytes) => unpackZstd(bytes) },
    snappy: {
      compress: async (bytes) => own.snappy.compressSync(bytes),
      decompress: async (bytes) => own.snappy.decompressSync(bytes),
    },
    lz4: {
      compress: async (bytes) => own.lz4.compressSync(bytes),
      decompress: async (bytes) => own.lz4.decompressSync(bytes),
    },
  };
}

/** The codec of a batch with these attribute bits. */
export function codecOf(all: Readonly<Record<Compression, Codec>>, bits: number): Codec {
  const byBits: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
  const name = byBits[bits];
  if (name === undefined) throw new RangeError(`a record batch is compressed in an unknown way (${bits})`);
  return all[name];
}
