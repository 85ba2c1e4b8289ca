import type { Effects } from '../base/effects.ts';
import { openSeries, seriesNames } from '../commit/series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { ObjectVersion } from '../table/retained.ts';
import type { DerivedPlan } from './derive/derived-plan.ts';
import type { JobPlan } from './job-plan.ts';

/**
 * Contents that plans without a commit replace, of all jobs: a run that died may have put the next content already, and
 * whoever finishes its plan makes it again from the one before.
 */
export async function versionsPlanned(store: ObjectStore, effects: Effects): Promise<readonly ObjectVersion[]> {
  const needed: ObjectVersion[] = [];
  for await (const name of seriesNames(store)) {
    // Series of deliveries are among them: their plans name no partitions.
    const { pendingPlan } = await openSeries<Partial<JobPlan & DerivedPlan>, unknown>(store, name, effects).head();
    for (const { objects } of [...(pendingPlan?.references ?? []), ...(pendingPlan?.lookUps ?? [])])
      needed.push(...objects);
    for (const { key, replaces } of pendingPlan?.replay?.rewrites ?? []) needed.push({ key, etag: replaces });
    for (const { key, replaces, inputs } of pendingPlan?.derived ?? []) {
      needed.push(...inputs);
      if (replaces !== undefined) needed.push({ key, etag: replaces });
    }
    for (const partition of pendingPlan?.partitions ?? [])
      for (const { key, replaces } of [partition, partition.sidecar])
        if (replaces !== undefined) needed.push({ key, etag: replaces });
  }
  return needed;
}

/** Keys under which these plans of a job put the partitions of its table. */
export async function keysPlanned(
  store: ObjectStore,
  job: string,
  plans: readonly number[],
  effects: Effects,
): Promise<readonly string[]> {
  const series = openSeries<Partial<JobPlan & DerivedPlan>, unknown>(store, job, effects);
  const keys: string[] = [];
  for (const n of plans) {
    const { partitions = [], derived = [] } = (await series.readPlan(n)) ?? {};
    for (const { key } of [...partitions, ...derived]) keys.push(key);
  }
  return keys;
}
