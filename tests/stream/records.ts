import type { ProducedBatch, RecordBatch } from '../../src/record/batch.ts';
import { keyAt, positionAt, valueAt } from '../../src/record/batch.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';

/** A line-framed batch of `{"n":…}` records; `key` undefined makes it keyless. */
export function numbered(from: number, to: number, key?: (n: number) => string, arrivalMs = 0): ProducedBatch {
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed: key !== undefined });
  for (let n = from; n < to; n += 1) {
    const bytes = key === undefined ? undefined : Buffer.from(key(n));
    builder.add(Buffer.from(`{"n":${n}}\n`), arrivalMs + n, bytes);
  }
  return builder.take();
}

export interface PlainRecord {
  readonly partition: number;
  readonly position: bigint;
  readonly value: string;
  readonly key: string | undefined;
  readonly arrivalMs: number | undefined;
}

/** Batches as plain records that `deepEqual` can compare. */
export function plain(batches: readonly RecordBatch[]): PlainRecord[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.count }, (_, i) => {
      const key = keyAt(batch, i);
      return {
        partition: batch.partition,
        position: positionAt(batch, i),
        value: Buffer.from(valueAt(batch, i)).toString(),
        key: key === undefined ? undefined : Buffer.from(key).toString(),
        arrivalMs: batch.arrivalMs[i],
      };
    }),
  );
}
