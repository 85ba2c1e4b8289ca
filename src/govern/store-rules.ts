import type { StoreRule } from '../lake/object-store.ts';
import type { LifecycleRule } from './lifecycle.ts';

/** Where what the lake is made of lies: plans, commits, leases. A bucket's rule can't leave it out of a larger prefix. */
const ownPrefix = '_playhead/';

/**
 * What of a rule a bucket can execute by itself; undefined where that is nothing. Not what goes by our tags, which objects in
 * a bucket don't carry, and no age of objects under a prefix that has our own files under it: the engine does both.
 */
export function storeRule({ tags = {}, ...rule }: LifecycleRule): StoreRule | undefined {
  if (Object.keys(tags).length > 0) return undefined;
  const { expirationDays, transitions, ...ofVersions } = rule;
  const isSafe = !ownPrefix.startsWith(rule.prefix) && !rule.prefix.startsWith(ownPrefix);
  const moves = transitions.flatMap(({ days, storageClass }) =>
    isSafe && storageClass !== 'STANDARD' ? [{ days, storageClass }] : [],
  );
  const ofObjects = isSafe && expirationDays !== undefined ? { expirationDays } : {};
  const executed: StoreRule = { ...ofVersions, ...ofObjects, transitions: moves };
  const acts = [executed.expirationDays, executed.noncurrentExpiration, executed.abortIncompleteUploadDays];
  const does = acts.some((act) => act !== undefined) || moves.length > 0 || executed.expiredDeleteMarkers;
  return does ? executed : undefined;
}
