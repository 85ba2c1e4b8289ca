import { bitAt, type ProducedBatch, positionAt, valueStart } from '../record/batch.ts';
import { contentLength } from '../record/batch-slice.ts';
import type { AppendResult, Stream } from '../stream/stream.ts';

/** A read of the log takes about this much. */
const readBytes = 2 * 1024 ** 2;

/**
 * Records of a batch that the log did not take because it has another one by the same source and sequence: their
 * indices, in no order. What was trimmed is no longer known and passes for the same.
 */
export async function keyConflicts(
  stream: Stream,
  topic: string,
  batch: ProducedBatch,
  { resent, partitions, positions }: AppendResult,
): Promise<readonly number[]> {
  if (resent === 0) return [];
  const starts = new Map((await stream.describe(topic))?.state.map(({ partition, start }) => [partition, start]));
  const known = Array.from(positions, (position, index) => ({ position, index, partition: partitions[index] ?? 0 }))
    .filter(({ position, partition }) => position >= (starts.get(partition) ?? 0n) && position >= 0n)
    .sort((a, b) => (a.position < b.position ? -1 : 1));
  const conflicts: number[] = [];
  for (const [partition, places] of Map.groupBy(known, (place) => place.partition)) {
    const until = (places.at(-1)?.position ?? 0n) + 1n;
    for (let next = places[0], at = 0; next !== undefined; next = places[at]) {
      const before = at;
      const { batches } = await stream.fetch(topic, partition, next.position, { maxBytes: readBytes, until });
      for (const logged of batches) {
        for (let record = 0; record < logged.count && at < places.length; record += 1) {
          const place = places[at];
          if (place === undefined || positionAt(logged, record) !== place.position) continue;
          // Of what was erased nobody can say any more whether it was the same.
          const isErased = bitAt(logged.erased, record);
          if (!isErased && !content(logged, record).equals(content(batch, place.index))) conflicts.push(place.index);
          at += 1;
        }
      }
      // A position that the log gave out and does not give back would be asked for without end.
      if (at === before)
        throw new RangeError(`topic ${topic} has no record ${next.position} in partition ${partition}`);
    }
  }
  return conflicts;
}

function content(batch: ProducedBatch, index: number): Buffer {
  const start = valueStart(batch, index);
  return Buffer.from(batch.values.buffer, batch.values.byteOffset + start, contentLength(batch, index));
}
