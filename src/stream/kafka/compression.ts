import { promisify } from 'node:util';
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import type { KafkaSdk } from './sdk.ts';

/** Kafka's compressions of a record batch, by the bits that stand for them in its attributes. */
export const compressionBits = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

export type Compression = keyof typeof compressionBits;

export interface Codec {
  compress(bytes: Buffer): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Node's own work beside the event loop; the others are the client's, and done on it. */
export function codecs({ compressionsAlgorithms: own }: KafkaSdk): Readonly<Record<Compression, Codec>> {
  const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
  return {
    none: { compress: async (bytes) => bytes, decompress: async (bytes) => bytes },
    gzip: { compress: (bytes) => promisify(gzip)(bytes), decompress: (bytes) => promisify(gunzip)(bytes) },
    zstd: {
      compress: (bytes) => promisify(zstdCompress)(bytes, fast),
      decompress: (bytes) => promisify(zstdDecompress)(bytes),
    },
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
