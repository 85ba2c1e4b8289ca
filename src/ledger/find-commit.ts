import type { Effects } from '../base/effects.ts';
import { deliverySeriesNames } from '../delivery/contributors.ts';
import { openDeliverySeries } from '../delivery/lanes.ts';
import type { DeliveryCommit } from '../delivery/plan.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Position } from '../record/batch.ts';

export interface FoundCommit {
  readonly series: string;
  readonly n: number;
  readonly commit: DeliveryCommit;
}

/**
 * The commit of a delivery that moved a partition over a position; undefined where none has yet. Positions only rise along
 * a series: it takes about log2(commits) reads.
 */
export async function commitPassing(
  lake: ObjectStore,
  delivery: string,
  partition: number,
  position: Position,
  effects: Effects,
): Promise<FoundCommit | undefined> {
  for (const name of await deliverySeriesNames(lake, delivery)) {
    const series = openDeliverySeries(lake, name, effects);
    const { next, last } = await series.head();
    if (last === undefined || BigInt(last.positions[partition] ?? -1) <= position) continue;
    let [before, passed] = [-1, next - 1];
    while (passed - before > 1) {
      const middle = Math.floor((before + passed) / 2);
      const commit = await series.read(middle);
      if (commit !== undefined && BigInt(commit.positions[partition] ?? -1) > position) passed = middle;
      else before = middle;
    }
    const commit = await series.read(passed);
    // The first commit says where the lane starts: what lies before it belongs to an epoch before.
    if (commit !== undefined && commit.kind !== 'open') return { series: name, n: passed, commit };
  }
  return undefined;
}
