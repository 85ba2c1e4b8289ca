import { bitAt } from '../record/batch.ts';
import type { AppendUnit, UnitAnswer } from './append-queue.ts';
import { countWithin, type SequenceRun } from './sequence-runs.ts';

/** A unit, and what of it the log had before or is about somebody who was erased. */
export interface SiftedUnit {
  readonly unit: AppendUnit;
  readonly resent: readonly SequenceRun[];
  /** Bit i set: record i is about somebody who was erased. Undefined where none is. */
  readonly erased?: Uint8Array | undefined;
}

/** How many of a unit's records were there before, and how many of the others are about somebody who was erased, part by part. */
export function unitCounts({
  unit: { firstSequence },
  resent,
  erased,
}: SiftedUnit): Pick<UnitAnswer, 'resentWithin' | 'erasedWithin'> {
  const resentWithin = (from: number, to: number): number => countWithin(resent, firstSequence, from, to);
  return {
    resentWithin,
    erasedWithin: (from, to) => {
      let count = 0;
      if (erased !== undefined)
        for (let record = from; record < to; record += 1)
          if (bitAt(erased, record) && resentWithin(record, record + 1) === 0) count += 1;
      return count;
    },
  };
}
