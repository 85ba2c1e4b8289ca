import { PlayheadError } from '../base/errors.ts';
import { type Position, positionAt } from '../record/batch.ts';
import type { Stream } from '../stream/stream.ts';
import type { PartitionRange, Slice } from './arrival-queue.ts';

const fetchBytes = 1024 ** 2;

/**
 * The records of a flush's ranges, read from the log. PH_DELIVERY_GAP where the log no longer holds all of them: a plan
 * is redone whole or not at all.
 */
export async function readRanges(stream: Stream, topic: string, ranges: readonly PartitionRange[]): Promise<Slice[]> {
  const slices: Slice[] = [];
  for (const range of ranges) slices.push(...(await readRange(stream, topic, range)));
  return slices;
}

async function readRange(stream: Stream, topic: string, { partition, from, until }: PartitionRange): Promise<Slice[]> {
  const slices: Slice[] = [];
  let next = from;
  while (next < until) {
    const fetched = await stream.fetch(topic, partition, next, { maxBytes: fetchBytes, until });
    for (const batch of fetched.batches) {
      let to = batch.count;
      while (to > 0 && positionAt(batch, to - 1) >= until) to -= 1;
      if (to > 0) slices.push({ batch, from: 0, to });
    }
    if (fetched.next === next) throw cutShort(topic, partition, next, until);
    next = fetched.next;
  }
  return slices;
}

function cutShort(topic: string, partition: number, next: Position, until: Position): PlayheadError {
  const message = `topic ${topic}, partition ${partition}: planned records ${next} to ${until} are gone from the log`;
  return new PlayheadError('PH_DELIVERY_GAP', message, {
    details: { topic, partition, from: String(next), until: String(until) },
  });
}
