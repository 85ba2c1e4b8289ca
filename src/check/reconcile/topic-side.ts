import { bitAt, positionAt, type RecordBatch, valueAt } from '../../record/batch.ts';
import { endsEarly } from '../../stream/ends-early.ts';
import type { Stream, TopicState } from '../../stream/stream.ts';
import type { SetAside } from './settings.ts';
import type { Container, SideBatch, SideRecord } from './side.ts';

const fetchBytes = 4 * 1024 ** 2;
const newline = 0x0a;

/** Every record of a topic, from what it still holds up to the ends that `state` names. */
export async function* topicSide(
  stream: Stream,
  { topic, state }: TopicState,
  setAside: SetAside | undefined,
  signal: AbortSignal,
): AsyncGenerator<SideBatch> {
  for (const { partition, start, end } of state) {
    const container: Container = { name: `${topic}/${partition}`, format: 'json', times: [] };
    let next = start;
    while (next < end) {
      signal.throwIfAborted();
      const fetched = await stream.fetch(topic, partition, next, { maxBytes: fetchBytes, until: end });
      for (const batch of fetched.batches) {
        const found = recordsBelow(batch, end, (position) => setAside?.has(partition, position) === true);
        if (batch.count > 0) yield { container, ...found };
      }
      if (fetched.next === next) throw endsEarly(topic, partition, next, end);
      next = fetched.next;
    }
  }
}

function recordsBelow(
  batch: RecordBatch,
  end: bigint,
  isAside: (position: bigint) => boolean,
): Required<Omit<SideBatch, 'container'>> {
  const records: SideRecord[] = [];
  let [erased, aside, tombstones] = [0, 0, 0];
  for (let i = 0; i < batch.count; i += 1) {
    const position = positionAt(batch, i);
    if (position >= end) break;
    if (bitAt(batch.erased, i)) {
      erased += 1;
      continue;
    }
    if (bitAt(batch.nulls, i)) {
      tombstones += 1;
      continue;
    }
    if (isAside(position)) {
      aside += 1;
      continue;
    }
    const value = valueAt(batch, i);
    const bytes = batch.lineFramed && value.at(-1) === newline ? value.subarray(0, -1) : value;
    records.push({ bytes, at: String(position), arrivalMs: batch.arrivalMs[i] ?? 0 });
  }
  return { records, erased, aside, tombstones };
}
