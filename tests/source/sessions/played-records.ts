import type { SessionSource } from '../../../src/source/sessions/session-source.ts';
import type { SourcedBatch } from '../../../src/source/source.ts';

/** Records of a range, parsed; broken ones are left out. */
export function playedRecords<T>(source: SessionSource, fromMs: number, toMs: number): T[] {
  const records: T[] = [];
  for (const { batch } of rangeOf(source, fromMs, toMs)) {
    const lines = Buffer.from(batch.values).toString().split('\n');
    for (const line of lines.slice(0, -1)) {
      try {
        records.push(JSON.parse(line));
      } catch {
        if (batch.checkedObjects) throw new Error(`vouched for, but broken: ${line}`);
      }
    }
  }
  return records;
}

export function rangeOf(source: SessionSource, fromMs: number, toMs: number): Iterable<SourcedBatch> {
  return source.read(new Date(fromMs).toISOString(), new Date(toMs).toISOString());
}
