import type { Effects } from '../base/effects.ts';
import type { ObjectStore, VersionInfo } from '../lake/object-store.ts';
import { dueMs, type LifecycleRule, ruleTakes } from './lifecycle.ts';

/** Removes noncurrent versions that are due, and delete markers with nothing behind them. Returns how many went. */
export async function expireVersions(
  rules: readonly LifecycleRule[],
  { versions }: ObjectStore,
  { dryRun }: { readonly dryRun: boolean },
  effects: Effects,
): Promise<number> {
  const acting = rules.filter(
    ({ enabled, noncurrentExpiration, expiredDeleteMarkers }) =>
      enabled && (noncurrentExpiration !== undefined || expiredDeleteMarkers),
  );
  if (versions === undefined || acting.length === 0) return 0;
  let removed = 0;
  let ofKey: VersionInfo[] = [];
  const settle = async (): Promise<void> => {
    for (const { key, versionId } of dueVersions(acting, ofKey, effects.clock.now())) {
      if (!dryRun) await versions.delete(key, versionId);
      removed += 1;
    }
    ofKey = [];
  };
  for await (const version of versions.list(commonStart(acting.map(({ prefix }) => prefix)))) {
    if (ofKey[0] !== undefined && ofKey[0].key !== version.key) await settle();
    ofKey.push(version);
  }
  await settle();
  return removed;
}

/** Of one key's versions, newest first, those that are due. */
function dueVersions(
  rules: readonly LifecycleRule[],
  ofKey: readonly VersionInfo[],
  nowMs: number,
): readonly VersionInfo[] {
  const noncurrent = ofKey.filter(({ latest }) => !latest);
  const isDue = (version: VersionInfo, rank: number): boolean =>
    rules.some((rule) => {
      const expiration = rule.noncurrentExpiration;
      if (expiration === undefined || rank < expiration.keep || version.noncurrentSinceMs === undefined) return false;
      return ruleTakes(rule, { ...version, tags: {} }) && dueMs(version.noncurrentSinceMs, expiration.days) <= nowMs;
    });
  const due = noncurrent.filter(isDue);
  const [latest] = ofKey;
  const alone = due.length === noncurrent.length && latest?.kind === 'delete-marker' && latest.latest;
  const marked =
    alone && rules.some((rule) => rule.expiredDeleteMarkers && ruleTakes(rule, { ...latest, tags: {} }))
      ? [latest]
      : [];
  return [...due, ...marked];
}

function commonStart(prefixes: readonly string[]): string {
  const [first = ''] = prefixes;
  let length = first.length;
  for (const prefix of prefixes) while (!prefix.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}
