import { setImmediate as nextTurn } from 'node:timers/promises';
import { compress, uncompress } from 'snappyjs';

/** Hadoop's default buffer: one block, one chunk. */
const blockBytes = 256 * 1024;

/**
 * Snappy as Hadoop's BlockCompressorStream frames it: for each block its length before compression, then the length of
 * its one chunk, both 32 bits big-endian, then the chunk in raw Snappy. Other callbacks run between blocks.
 */
export async function hadoopSnappy(bytes: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = bytes.subarray(at, at + blockBytes);
    const chunk = compress(block);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(block.length, 0);
    lengths.writeUInt32BE(chunk.length, 4);
    parts.push(lengths, chunk);
    await nextTurn();
  }
  return Buffer.concat(parts);
}

/** The bytes of a Hadoop-framed Snappy object, whatever the size of its blocks and chunks. Rejects where it is cut short. */
export async function hadoopUnsnappy(framed: Uint8Array): Promise<Uint8Array> {
  const view = new DataView(framed.buffer, framed.byteOffset, framed.byteLength);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < framed.length) {
    let left = view.getUint32(at);
    at += 4;
    while (left > 0) {
      const length = view.getUint32(at);
      at += 4;
      if (at + length > framed.length) throw new RangeError('a Snappy block is cut short');
      const chunk = uncompress(framed.subarray(at, at + length));
      parts.push(chunk);
      left -= chunk.length;
      at += length;
    }
    await nextTurn();
  }
  return Buffer.concat(parts);
}
