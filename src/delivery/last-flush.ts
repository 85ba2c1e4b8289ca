import type { Effects } from '../base/effects.ts';
import { allEpochs } from '../commit/epoch.ts';
import type { SeriesHead } from '../commit/series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type DeliverySeries, epochLanes } from './lanes.ts';
import type { DeliveryCommit, DeliveryPlan } from './plan.ts';

/** The newest commit with objects, of any lane; both ms since 1970 UTC. */
export interface LastFlush {
  /** Wall clock. */
  readonly committedAtMs: number;
  /** On the clock of the records' arrivals. */
  readonly newestArrivalMs: number;
}

/**
 * Looks back from the heads of the present epoch's series, then through the epochs before it: an epoch that was only begun,
 * by an erasure or for other lanes, has delivered nothing yet.
 */
export async function lastFlush(
  lake: ObjectStore,
  delivery: string,
  heads: readonly { readonly series: DeliverySeries; readonly head: SeriesHead<DeliveryPlan, DeliveryCommit> }[],
  effects: Effects,
): Promise<LastFlush | undefined> {
  const present = newest(await Promise.all(heads.map(({ series, head }) => flushBefore(series, head.next))));
  if (present !== undefined) return present;
  for (const epoch of (await allEpochs(lake, delivery)).slice(0, -1).reverse()) {
    const lanes = epochLanes(lake, delivery, epoch, effects);
    const found = newest(
      await Promise.all(lanes.map(async ({ series }) => flushBefore(series, (await series.head()).next))),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

async function flushBefore(series: DeliverySeries, next: number): Promise<LastFlush | undefined> {
  for (let n = next - 1; n >= 0; n -= 1) {
    const commit = await series.read(n);
    if (commit?.kind !== 'flushes' || commit.objects.length === 0) continue;
    const newestArrivalMs = commit.objects.reduce((max, { arrivalMs }) => Math.max(max, arrivalMs[1]), 0);
    return { committedAtMs: commit.committedAtMs, newestArrivalMs };
  }
  return undefined;
}

function newest(flushes: readonly (LastFlush | undefined)[]): LastFlush | undefined {
  return flushes
    .filter((flush) => flush !== undefined)
    .sort((a, b) => b.committedAtMs - a.committedAtMs)
    .at(0);
}
