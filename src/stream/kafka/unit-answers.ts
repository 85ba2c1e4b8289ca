import type { UnitAnswer } from '../append-queue.ts';
import { unitCounts } from '../unit-counts.ts';
import type { DividedUnit } from './unit-batches.ts';

/** Records of one unit that lie behind each other in a partition, from an offset on. */
export interface PlacedRecords {
  readonly indices: Uint32Array;
  readonly offset: bigint;
}

/** What a unit's requests are answered once its records have their places. */
export function unitAnswer(divided: DividedUnit, placed: readonly PlacedRecords[]): UnitAnswer {
  const { unit, partitions } = divided;
  const positions = new BigInt64Array(unit.batch.count).fill(-1n);
  for (const { indices, offset } of placed) {
    let next = offset;
    for (const index of indices) {
      positions[index] = next;
      next += 1n;
    }
  }
  return { partitions, positions, ...unitCounts(divided) };
}
