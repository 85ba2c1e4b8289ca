import type { Effects } from '../base/effects.ts';
import { currentEpoch, laneSeries } from '../commit/epoch.ts';
import { openDeliverySeries } from '../delivery/lanes.ts';
import type { ObjectStore } from '../lake/object-store.ts';

/** Where the log goes on from what a snapshot holds, by partition of the topic. */
export type EndPositions = ReadonlyMap<number, bigint>;

/**
 * The series that a delivery's present epoch writes, and those of the epochs before it that exist: a partition's place
 * is in the newest of them that the snapshot has a commit of.
 */
export async function deliverySeries(
  lake: ObjectStore,
  delivery: string,
  effects: Effects,
): Promise<readonly string[]> {
  const newest = await currentEpoch(lake, delivery);
  const names: string[] = [];
  for (let epoch = newest?.number ?? -1; epoch >= 0; epoch -= 1) {
    const lanes = epoch === newest?.number ? newest.lanes : Number.POSITIVE_INFINITY;
    for (let lane = 0; lane < lanes; lane += 1) {
      const name = laneSeries(delivery, epoch, lane);
      // Only the present epoch says how many lanes it has; an older one's are there until one is missing.
      if (lanes === Number.POSITIVE_INFINITY && (await openDeliverySeries(lake, name, effects).read(0)) === undefined)
        break;
      names.push(name);
    }
  }
  return names;
}

/** Positions after the commits that a snapshot has: `commits` is its vector, `series` newest epoch first. */
export async function endPositions(
  lake: ObjectStore,
  series: readonly string[],
  commits: ReadonlyMap<string, number>,
  effects: Effects,
): Promise<EndPositions> {
  const positions = new Map<number, bigint>();
  for (const name of series) {
    const last = commits.get(name) ?? -1;
    if (last < 0) continue;
    const commit = await openDeliverySeries(lake, name, effects).read(last);
    for (const [partition, position] of Object.entries(commit?.positions ?? {}))
      if (!positions.has(Number(partition))) positions.set(Number(partition), BigInt(position));
  }
  return positions;
}
