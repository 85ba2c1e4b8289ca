import { join } from 'node:path';
import { compareBucket } from './compare-bucket.ts';
import type { Comparing } from './key-state.ts';
import { buckets, openSpill, type Spill, type SpilledRow } from './spill.ts';
import type { Staging } from './stage.ts';

/** Decoded, with what is known of each key, a part takes about four times its bytes. */
const defaultBucketBytes = 32 * 1024 ** 2;
/** The hash has 32 bits, 8 a level. */
const mostLevels = 4;

/** Bucket by bucket; one that memory can't take is parted by more of its hash. */
export async function compareAll(
  stream: Spill,
  lake: Spill,
  level: number,
  comparing: Comparing,
  staging: Staging,
): Promise<void> {
  const { settings } = staging;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    settings.signal.throwIfAborted();
    const sizeBytes = stream.sizeBytes(bucket) + lake.sizeBytes(bucket);
    if (sizeBytes > (settings.bucketBytes ?? defaultBucketBytes) && level + 1 < mostLevels)
      await comparePart(stream, lake, bucket, level, comparing, staging);
    else await compareBucket({ stream: stream.rows(bucket), lake: lake.rows(bucket) }, comparing);
    if (level === 0) settings.onProgress?.({ doing: 'comparing', done: (bucket + 1) / buckets });
  }
}

async function comparePart(
  stream: Spill,
  lake: Spill,
  bucket: number,
  level: number,
  comparing: Comparing,
  staging: Staging,
): Promise<void> {
  const parts: Spill[] = [];
  const part = async (name: string, rows: AsyncIterable<SpilledRow>): Promise<Spill> => {
    const spill = await openSpill(join(staging.ports.scratch, `${name}.${level + 1}`), level + 1, staging.effects);
    parts.push(spill);
    for await (const row of rows) await spill.add(row);
    await spill.finish();
    return spill;
  };
  try {
    const [left, right] = [await part('stream', stream.rows(bucket)), await part('lake', lake.rows(bucket))];
    await compareAll(left, right, level + 1, comparing, staging);
  } finally {
    for (const spill of parts) await spill.close();
  }
}
