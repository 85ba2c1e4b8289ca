import { join } from 'node:path';
import { compareBucket } from './compare-bucket.ts';
import type { Comparing } from './key-state.ts';
import { firstBits, type HashBits, openSpill, type Spill } from './spill.ts';
import type { Staging } from './stage.ts';

/** Decoded, with what is known of each key, a bucket takes about four times its bytes. */
const defaultBucketBytes = 12 * 1024 ** 2;
const hashBits = 32;
/** Bucket by bucket; one that memory can't take is parted by more of its hash. */
export async function compareAll(
  stream: Spill,
  lake: Spill,
  parted: HashBits,
  comparing: Comparing,
  staging: Staging,
): Promise<void> {
  const { settings } = staging;
  const buckets = 2 ** parted.bits;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    settings.signal.throwIfAborted();
    const sizeBytes = stream.sizeBytes(bucket) + lake.sizeBytes(bucket);
    const finer = finerBits(parted, sizeBytes, settings.bucketBytes ?? defaultBucketBytes);
    if (finer === undefined) await compareBucket({ stream: stream.rows(bucket), lake: lake.rows(bucket) }, comparing);
    else await comparePart(stream, lake, bucket, finer, comparing, staging);
    if (parted === firstBits) settings.onProgress?.({ doing: 'comparing', done: (bucket + 1) / buckets });
  }
}

/** As many more bits as make parts of half the limit, on average; undefined where it fits, or the hash has no more. */
function finerBits({ shift, bits }: HashBits, sizeBytes: number, limitBytes: number): HashBits | undefined {
  const left = hashBits - shift - bits;
  if (sizeBytes <= limitBytes || left === 0) return undefined;
  const wanted = Math.ceil(Math.log2(sizeBytes / limitBytes)) + 1;
  return { shift: shift + bits, bits: Math.min(wanted, firstBits.bits, left) };
}

async function comparePart(
  stream: Spill,
  lake: Spill,
  bucket: number,
  finer: HashBits,
  comparing: Comparing,
  staging: Staging,
): Promise<void> {
  const parts: Spill[] = [];
  const part = async (name: string, whole: Spill): Promise<Spill> => {
    const spill = await openSpill(join(staging.ports.scratch, `${name}.${finer.shift}`), finer, staging.effects);
    parts.push(spill);
    for await (const rows of whole.rows(bucket)) for (const row of rows) await spill.add(row);
    await spill.finish();
    return spill;
  };
  try {
    const [left, right] = [await part('stream', stream), await part('lake', lake)];
    await compareAll(left, right, finer, comparing, staging);
  } finally {
    for (const spill of parts) await spill.close();
  }
}
