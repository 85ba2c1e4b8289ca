import type { Effects } from '../base/effects.ts';
import { laneSeries } from '../commit/epoch.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import type { DeliverySubject } from './bound-delivery.ts';
import { type DeliverySeries, openDeliverySeries } from './lanes.ts';
import { parseObjectName } from './object-name.ts';
import { literalStart, parsePrefix } from './prefix.ts';

/** Commits whose keys are kept while listing: keys come in the order of time, and so do commits. */
const keptCommits = 256;

/**
 * Removes objects that look like this delivery's and that no commit names: what a writer left behind whose plan was given
 * up. An object of a plan that has no commit yet is left for the one who redoes the plan; what does not bear the delivery's
 * name is not touched. Returns the keys that were removed.
 */
export async function scrubDelivery(
  { address, definition }: DeliverySubject,
  lake: ObjectStore,
  effects: Effects,
): Promise<readonly string[]> {
  const isOrphan = orphanTest(address, lake, effects);
  const removed: string[] = [];
  for (const start of topFolders([
    definition.prefix,
    definition.errorPrefix,
    definition.backupPrefix ?? definition.prefix,
  ])) {
    for await (const { key, etag } of listAll(lake, start)) {
      if (!(await isOrphan(key))) continue;
      await lake.delete(key, { ifMatch: etag });
      removed.push(key);
    }
  }
  return removed;
}

function orphanTest(address: string, lake: ObjectStore, effects: Effects): (key: string) => Promise<boolean> {
  const series = new Map<string, DeliverySeries>();
  const keys = new Map<string, ReadonlySet<string> | undefined>();
  return async (key) => {
    const made = parseObjectName(key.slice(key.lastIndexOf('/') + 1), address);
    if (made === undefined) return false;
    const name = laneSeries(address, made.epoch, made.lane);
    const commitName = `${name} ${made.plan}`;
    if (!keys.has(commitName)) {
      const opened = series.get(name) ?? openDeliverySeries(lake, name, effects);
      series.set(name, opened);
      if (keys.size >= keptCommits) keys.clear();
      keys.set(commitName, await keysOf(opened, made.plan));
    }
    const named = keys.get(commitName);
    return named !== undefined && !named.has(key);
  };
}

/** Keys that a commit names; undefined where there is no such commit yet. */
async function keysOf(series: DeliverySeries, n: number): Promise<ReadonlySet<string> | undefined> {
  const commit = await series.read(n);
  if (commit === undefined) return undefined;
  return new Set(commit.kind === 'flushes' ? commit.objects.map(({ key }) => key) : []);
}

/** The literal beginnings of prefixes, without those that lie under another. */
function topFolders(prefixes: readonly string[]): string[] {
  const starts = [...new Set(prefixes.map((prefix) => literalStart(parsePrefix(prefix))))];
  return starts.filter((start) => !starts.some((other) => other !== start && start.startsWith(other)));
}
