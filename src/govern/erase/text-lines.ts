import { Readable } from 'node:stream';
import { createZstdCompress } from 'node:zlib';
import { codecs, defaultLevel } from '../../delivery/compression.ts';
import { gzipOf } from '../../delivery/gzip.ts';
import type { Packing } from '../../lake/packing.ts';

const newline = 0x0a;

/** Lines packed again as they were. */
export async function* packedAs(lines: AsyncIterable<Uint8Array>, packing: Packing): AsyncGenerator<Uint8Array> {
  if (packing === 'none') yield* lines;
  else if (packing === 'gzip') yield* gzipOf(lines, defaultLevel);
  else if (packing === 'zstd') yield* through(lines, createZstdCompress());
  else yield await codecs[packing].pack(await all(lines), defaultLevel);
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

const quote = 0x22;
/** Of a row: a quote that nobody closes would make one of all that follows. */
const mostRowBytes = 1024 * 1024;

/** Records of a text that is named so: its lines, and of CSV its rows, whose cells may hold line breaks. */
export function recordsOf(body: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  return /\.[ct]sv(\.\w+)?$/i.test(name) ? rowsOf(linesOf(body)) : linesOf(body);
}

async function* rowsOf(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let [bytes, isOpen] = [0, false];
  for await (const line of lines) {
    for (let at = line.indexOf(quote); at >= 0; at = line.indexOf(quote, at + 1)) isOpen = !isOpen;
    held.push(line);
    bytes += line.length;
    if (isOpen && bytes <= mostRowBytes) continue;
    yield Buffer.concat(held);
    held = [];
    [bytes, isOpen] = [0, false];
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

async function all(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return parts;
}
