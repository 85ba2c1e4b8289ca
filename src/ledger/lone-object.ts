import { type CommittedObject, type RangeJson, rangeFromJson } from '../delivery/plan.ts';
import type { Position } from '../record/batch.ts';

/** A place in a topic. */
export interface PartitionPosition {
  readonly partition: number;
  readonly position: Position;
}

/**
 * Which records of the stream a flush's object of data holds, row by row, without the log: all of its ranges in their order but
 * those that went to the error prefix. Undefined where the figures don't allow it: with several objects of data (only the
 * records tell which went where), with rows that were erased, or with positions that hold no record (a log may have gaps).
 */
export function recordsOfLoneObject(
  ranges: readonly RangeJson[],
  objects: readonly CommittedObject[],
  errored: readonly PartitionPosition[],
): readonly PartitionPosition[] | undefined {
  const [data, ...others] = objects.filter(({ kind }) => kind === 'data');
  if (data === undefined || others.length > 0) return undefined;
  const planned = ranges.map(rangeFromJson);
  const positions = planned.reduce((sum, { from, until }) => sum + until - from, 0n);
  if (BigInt(data.rows + errored.length) !== positions) return undefined;
  const aside = new Set(errored.map(({ partition, position }) => `${partition} ${position}`));
  return planned.flatMap(({ partition, from, until }) =>
    Array.from({ length: Number(until - from) }, (_, i) => ({ partition, position: from + BigInt(i) })).filter(
      ({ position }) => !aside.has(`${partition} ${position}`),
    ),
  );
}
