import type { Effects } from '../../base/effects.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import type { Sqlite } from '../../base/sqlite.ts';
import type { UnitAnswer } from '../append-queue.ts';
import { assignPartitions } from '../partitioner.ts';
import { unitCounts } from '../unit-counts.ts';
import type { PreparedUnit } from './append-unit.ts';
import { readFrames } from './segment-file.ts';
import { sourceId } from './source-runs.ts';
import { framesOfSource } from './topic-index.ts';

/** Where a topic's segments are, and the keys that open them. */
interface LogFolder {
  readonly directory: string;
  readonly ring?: KeyRing | undefined;
}

/** Where each record of a unit is: what was appended now by its frames' `bases`, what was there before by looking. */
export async function answerUnit(
  prepared: PreparedUnit,
  bases: readonly bigint[],
  topic: LogFolder & { readonly partitions: number },
  index: Sqlite,
  effects: Effects,
): Promise<UnitAnswer> {
  const { unit, frames, resent } = prepared;
  const { count } = unit.batch;
  const positions = new BigInt64Array(count);
  const partitions = new Uint16Array(count);
  if (resent.length > 0) {
    positions.fill(-1n);
    partitions.set(assignPartitions(unit.batch, unit.firstSequence, topic.partitions));
    await locateResent(prepared, partitions, positions, topic, index, effects);
  }
  for (const [at, frame] of frames.entries()) {
    let position = bases[at] ?? 0n;
    for (const record of frame.indices) {
      partitions[record] = frame.partition;
      positions[record] = position;
      position += 1n;
    }
  }
  return { partitions, positions, ...unitCounts(prepared) };
}

/** Fills in what was appended before from the frames that still hold it; what was trimmed stays -1. */
async function locateResent(
  { unit, resent }: PreparedUnit,
  partitions: Uint16Array,
  positions: BigInt64Array,
  { directory, ring }: LogFolder,
  index: Sqlite,
  effects: Effects,
): Promise<void> {
  const source = sourceId(index, unit.source);
  const first = resent[0]?.first;
  const last = resent.at(-1)?.last;
  if (source === undefined || first === undefined || last === undefined) return;
  const rows = framesOfSource(index, source, first, last);
  const contents = await readFrames(directory, rows, ring, effects);
  for (const [at, row] of rows.entries()) {
    const offsets = contents[at]?.sequenceOffsets ?? [];
    const shift = Number(row.firstSequence - unit.firstSequence);
    for (const [rank, offset] of offsets.entries()) {
      const record = shift + offset;
      if (record < 0 || record >= positions.length) continue;
      partitions[record] = row.partition;
      positions[record] = row.base + BigInt(rank);
    }
  }
}
