import { type Duplex, pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { Unzip, UnzipInflate } from 'fflate';
import { PlayheadError } from '../../base/errors.ts';
import { type Compression, compressionOf } from '../../catalog/crawler/unpack-head.ts';
import { hadoopUnsnappy } from '../../lake/hadoop-snappy.ts';

type Chunks = AsyncIterable<Uint8Array>;

/** Bytes whose first ones were looked at. */
interface Peeked {
  readonly head: Uint8Array;
  readonly body: Chunks;
}

/** Longest mark of a format: Parquet's `PAR1`. */
const markBytes = 4;

/** Reads as many bytes as a format's mark takes, and gives the whole again. */
export async function peek(body: Chunks): Promise<Peeked> {
  const iterator = body[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let size = 0;
  while (size < markBytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(first);
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return { head, body: whole() };
}

/**
 * What an object holds, unpacked as it is read: gzip (also of several members), Zstandard, ZIP (all of its entries),
 * Snappy as Hadoop frames it. Throws PH_OBJECT_CORRUPT, naming the object, where the packing is broken.
 */
export async function* unpacked({ head, body }: Peeked, key: string): AsyncGenerator<Uint8Array> {
  try {
    yield* unpackers[compressionOf(head, key)](body);
  } catch (cause) {
    if (cause instanceof PlayheadError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PlayheadError('PH_OBJECT_CORRUPT', `${key} cannot be unpacked: ${reason}`, { cause, details: { key } });
  }
}

const unpackers: Readonly<Record<Compression, (body: Chunks) => Chunks>> = {
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
