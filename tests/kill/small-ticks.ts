import { BatchBuilder } from '../../src/record/batch-builder.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { type TrueRecord, ticks } from './small-stream.ts';

const source = 'clock';
const batchRecords = 25;

/** Appends ticks up to `total` from where the log says that the source stands: what a plain writer of the log does. */
export async function writeTicks(log: Stream, total: number, topic = ticks.topic): Promise<void> {
  const stands = await log.lastSequence(topic, source);
  for (let next = Number(stands ?? -1n) + 1; next < total; next += batchRecords) {
    const builder = new BatchBuilder({ lineFramed: true, checkedObjects: false, keyed: false });
    for (let n = next; n < Math.min(next + batchRecords, total); n += 1)
      builder.add(Buffer.from(`${tick(n).line}\n`, 'latin1'), timeOf(n));
    await log.append({ topic, source, firstSequence: BigInt(next), batch: builder.take() });
  }
}

/** The first `total` ticks. */
export function trueTicks(total: number): readonly TrueRecord[] {
  return Array.from({ length: total }, (_, n) => tick(n));
}

/** Every tenth is broken JSON. */
function tick(n: number): TrueRecord {
  const line = JSON.stringify({ id: `t-${n}`, at: new Date(timeOf(n)).toISOString(), seconds: n });
  const broken = n % 10 === 9;
  return { line: broken ? line.slice(0, -1) : line, broken };
}

/** Event and arrival time: some hundred ticks fall into three hours. */
function timeOf(n: number): number {
  return Date.UTC(2025, 7, 11, 20, 30) + n * 15_000;
}
