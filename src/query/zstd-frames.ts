import type { FileHandle } from 'node:fs/promises';

const frameMagic = 0xfd2fb528;
/** The low four bits are free. */
const skippableMagic = 0x184d2a50;

/** Bytes of the dictionary id and of the content size, by their codes in the frame header's descriptor. */
const dictionaryBytes = [0, 1, 2, 4] as const;
const contentSizeBytes = [0, 2, 4, 8] as const;

/**
 * Walks the frames of a zstd file from block to block (RFC 8878, 3.1), reading some bytes of each: one that ends within a
 * frame throws an Error. What stands in the blocks is the decoder's to judge.
 */
export async function checkZstdFrames(handle: FileHandle, sizeBytes: number): Promise<void> {
  let at = 0;
  const read = async (length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
    if (bytesRead < length) throw new Error('unexpected end of file');
    at += length;
    return buffer;
  };
  while (at < sizeBytes) {
    const magic = (await read(4)).readUInt32LE();
    if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
      at += (await read(4)).readUInt32LE();
    } else if (magic === frameMagic) {
      const descriptor = (await read(1)).readUInt8();
      const isSingle = (descriptor & 0x20) !== 0;
      const size = contentSizeBytes[descriptor >> 6] ?? 0;
      at += (isSingle ? 0 : 1) + (dictionaryBytes[descriptor & 3] ?? 0) + (size === 0 && isSingle ? 1 : size);
      for (let last = false; !last; ) {
        const header = (await read(3)).readUIntLE(0, 3);
        last = (header & 1) === 1;
        // Of a run there is one byte, however long it is.
        at += ((header >> 1) & 3) === 1 ? 1 : header >> 3;
      }
      at += (descriptor & 4) === 0 ? 0 : 4;
    } else {
      throw new Error('no zstd frame begins where one must');
    }
  }
  if (at > sizeBytes) throw new Error('unexpected end of file');
}
