import { bitAt } from '../../record/batch.ts';
import type { UnitAnswer } from '../append-queue.ts';
import { countWithin } from '../sequence-runs.ts';
import type { DividedUnit } from './unit-batches.ts';

/** Records of one unit that lie behind each other in a partition, from an offset on. */
export interface PlacedRecords {
  readonly indices: Uint32Array;
  readonly offset: bigint;
}

/** What a unit's requests are answered once its records have their places. */
export function unitAnswer(
  { unit, resent, erased, partitions }: DividedUnit,
  placed: readonly PlacedRecords[],
): UnitAnswer {
  const positions = new BigInt64Array(unit.batch.count).fill(-1n);
  for (const { indices, offset } of placed) {
    let next = offset;
    for (const index of indices) {
      positions[index] = next;
      next += 1n;
    }
  }
  return {
    partitions,
    positions,
    resentWithin: (from, to) => countWithin(resent, unit.firstSequence, from, to),
    erasedWithin: (from, to) => {
      let count = 0;
      if (erased !== undefined)
        for (let record = from; record < to; record += 1)
          if (bitAt(erased, record) && positions[record] !== -1n) count += 1;
      return count;
    },
  };
}
