import { Readable } from 'node:stream';
import { createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { codecs, defaultLevel } from '../../delivery/compression.ts';

/** How the lines of an object are packed, told by its bytes: names lie. */
export type Packing = 'none' | 'gzip' | 'zstd' | 'snappy' | 'zip';

const newline = 0x0a;

/** Told by the first bytes; Hadoop's Snappy has none of its own, so there the key's ending is believed. */
export function packingOf(head: Uint8Array, key: string): Packing {
  const begins = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  if (begins(0x1f, 0x8b)) return 'gzip';
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (begins(0x50, 0x4b, 0x03, 0x04)) return 'zip';
  return key.endsWith('.snappy') ? 'snappy' : 'none';
}

/** The plain bytes, in parts; an archive is unpacked whole. Throws what the decoder says of damaged bytes. */
export async function* unpacked(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  packing: Packing,
): AsyncGenerator<Uint8Array> {
  if (packing === 'none') yield* body;
  else if (packing === 'gzip') yield* through(body, createGunzip());
  else if (packing === 'zstd') yield* through(body, createZstdDecompress());
  else yield await codecs[packing].unpack(await whole(body));
}

/** Lines packed again as they were. */
export async function* packedAs(lines: AsyncIterable<Uint8Array>, packing: Packing): AsyncGenerator<Uint8Array> {
  if (packing === 'none') yield* lines;
  else if (packing === 'gzip') yield* through(lines, createGzip({ level: defaultLevel }));
  else if (packing === 'zstd') yield* through(lines, createZstdCompress());
  else yield await codecs[packing].pack(await whole(lines), defaultLevel);
}

/** Lines, each with its newline, as far as it has one. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  for await (const part of body) {
    let from = 0;
    for (let end = part.indexOf(newline); end >= 0; end = part.indexOf(newline, from)) {
      const line = part.subarray(from, end + 1);
      yield held.length === 0 ? line : Buffer.concat([...held, line]);
      held = [];
      from = end + 1;
    }
    if (from < part.length) held.push(part.subarray(from));
  }
  if (held.length > 0) yield Buffer.concat(held);
}

async function* through(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  transform: NodeJS.ReadWriteStream,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(body);
  source.on('error', (error) => transform.emit('error', error));
  // Bytes are what every transform of node:zlib gives.
  for await (const part of source.pipe(transform)) yield part as unknown as Uint8Array;
}

async function whole(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}
