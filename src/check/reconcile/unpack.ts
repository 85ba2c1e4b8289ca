import { PlayheadError } from '../../base/errors.ts';
import { packingOf, unpacked as plainBytes } from '../../lake/packing.ts';

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
    yield* plainBytes(body, packingOf(head, key));
  } catch (cause) {
    if (cause instanceof PlayheadError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PlayheadError('PH_OBJECT_CORRUPT', `${key} cannot be unpacked: ${reason}`, { cause, details: { key } });
  }
}
