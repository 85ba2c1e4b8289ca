import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';

/**
 * Level 1 with small tables: measured on telemetry, 128 KiB of window and 2^13 hash entries compress as well as the
 * level's own sizes and take half the time, because each call begins with fresh tables.
 */
const level = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_windowLog]: 17,
  [constants.ZSTD_c_hashLog]: 13,
};
/** Below this a trip to the thread pool costs more than compressing on the spot, which takes under 0.1 ms. */
const inlineCompressBytes = 32 * 1024;
/** Decompression runs at 2 to 3 GB/s, twice as fast on the spot as on the thread pool: at most 0.5 ms at a time. */
const inlineDecompressBytes = 1024 ** 2;
/** Room for what a frame without its size holds, as zstd's own readers take it; larger pieces cost more than they spare. */
const pieceBytes = 128 * 1024;
/** What a frame says that it holds is taken for true up to here: it may come from anybody. */
const mostPieceBytes = 16 * 1024 ** 2;

const compressOffThread: (bytes: Uint8Array, options: object) => Promise<Buffer> = promisify(zstdCompress);
const decompressOffThread: (bytes: Uint8Array, options: object) => Promise<Buffer> = promisify(zstdDecompress);

/** One frame, which says how much it holds. */
export async function packZstd(bytes: Uint8Array): Promise<Buffer> {
  // One piece of output holds the result in all likelihood: node:zlib makes a round trip for each.
  const options = { params: level, pledgedSrcSize: bytes.length, chunkSize: Math.max(1024, bytes.length >> 1) };
  return bytes.length < inlineCompressBytes ? zstdCompressSync(bytes, options) : compressOffThread(bytes, options);
}

/** What a frame holds; `plainBytes`: no more than this, which is known from elsewhere. Throws what node:zlib throws. */
export async function unpackZstd(stored: Uint8Array, plainBytes?: number): Promise<Buffer> {
  const expected = Math.min(plainBytes ?? contentBytes(stored) ?? pieceBytes, mostPieceBytes);
  const options = {
    // A piece a little larger than the result: with no room left, node:zlib asks once more whether there is more.
    chunkSize: expected + 64,
    ...(plainBytes === undefined ? {} : { maxOutputLength: plainBytes }),
  };
  return expected < inlineDecompressBytes ? zstdDecompressSync(stored, options) : decompressOffThread(stored, options);
}

const dictionaryBytes = [0, 1, 2, 4] as const;

/** What a frame's header says that it holds (RFC 8878, 3.1.1.1); undefined where it says nothing, or is cut off. */
function contentBytes(frame: Uint8Array): number | undefined {
  const descriptor = frame[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingle ? 0 : 1) + (dictionaryBytes[descriptor & 3] ?? 0);
  const view = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.length < at + 8) return undefined;
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? view.readUInt8(at) : undefined;
    case 1:
      return view.readUInt16LE(at) + 256;
    case 2:
      return view.readUInt32LE(at);
    default:
      return Number(view.readBigUInt64LE(at));
  }
}
