import { crc32 } from 'node:zlib';
import { packZstd, unpackZstd } from '../zstd.ts';
import { decodeColumns, encodeColumns, flagsOf } from './frame-columns.ts';
import type { FrameContent } from './frame-content.ts';

/**
 * A frame: 32 bytes of header, the columns, the values; numbers little-endian.
 *
 *   0 magic `PHF1`         4 CRC-32 of all that follows    8 records            12 flags
 *  16 columns, plain size 20 columns, stored size         24 values, plain size 28 values, stored size
 *
 * A block whose stored size equals its plain size is as it was; else it is zstd.
 */
const frameHeaderBytes = 32;
const magic = 0x31464850;

/** Below this zstd's own frame eats what it saves. */
const incompressibleBytes = 256;

/** The frame in parts, to be written one after the other. */
export async function encodeFrame(content: FrameContent): Promise<readonly Uint8Array[]> {
  const flags = flagsOf(content);
  const columns = encodeColumns(content, flags);
  const values = content.batch.values.subarray(0, content.batch.valueEnds[content.batch.count - 1] ?? 0);
  const [storedColumns, storedValues] = await Promise.all([compress(columns), compress(values)]);
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(content.batch.count, 8);
  header.writeUInt32LE(flags, 12);
  header.writeUInt32LE(columns.length, 16);
  header.writeUInt32LE(storedColumns.length, 20);
  header.writeUInt32LE(values.length, 24);
  header.writeUInt32LE(storedValues.length, 28);
  const checksum = crc32(storedValues, crc32(storedColumns, crc32(header.subarray(8))));
  header.writeUInt32LE(checksum, 4);
  return [header, storedColumns, storedValues];
}

/** The content of a frame that was read whole. Throws RangeError saying what is wrong with the bytes. */
export async function decodeFrame(bytes: Uint8Array): Promise<FrameContent> {
  if (bytes.length < frameHeaderBytes) throw new RangeError('it ends within the frame header');
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.readUInt32LE(0) !== magic) throw new RangeError('no frame begins there');
  const columnsStored = view.readUInt32LE(20);
  const valuesStored = view.readUInt32LE(28);
  const end = frameHeaderBytes + columnsStored + valuesStored;
  if (end !== bytes.length) throw new RangeError(`the frame says ${end} bytes, the index ${bytes.length}`);
  if (crc32(view.subarray(8)) !== view.readUInt32LE(4)) throw new RangeError('the checksum does not match');
  const columnsEnd = frameHeaderBytes + columnsStored;
  const [columns, values] = await Promise.all([
    decompress(view.subarray(frameHeaderBytes, columnsEnd), view.readUInt32LE(16)),
    decompress(view.subarray(columnsEnd), view.readUInt32LE(24)),
  ]);
  return decodeColumns(columns, view.readUInt32LE(12), view.readUInt32LE(8), values);
}

async function compress(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length < incompressibleBytes) return bytes;
  const compressed = await packZstd(bytes);
  return compressed.length < bytes.length ? compressed : bytes;
}

async function decompress(stored: Uint8Array, plainBytes: number): Promise<Uint8Array> {
  if (stored.length === plainBytes) return stored;
  const plain = await unpackZstd(stored, plainBytes);
  if (plain.length !== plainBytes) throw new RangeError('a block is shorter than the frame says');
  return plain;
}
