import { readJson } from '../../commit/json-object.ts';
import { leaseRoot } from '../../commit/lease-record.ts';
import { namedContents } from '../../commit/named-contents.ts';
import { seriesNames } from '../../commit/series.ts';
import { seriesRoot } from '../../commit/series-keys.ts';
import { sideBySide } from '../../delivery/side-by-side.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import type { Ownership } from './ownership.ts';

export interface RemovedObjects {
  readonly removed: number;
  /** What is not ours, and stays. */
  readonly left: number;
  /** Nobody else has commits in the lake. */
  readonly alone: boolean;
}

const removedAtOnce = 8;

/** What everybody's commits leave behind, some without a name on it: it goes with the last of them. */
const shared = '_playhead/';

/**
 * Takes what the pipelines put out of a lake, and nothing else: what their commits name, what bears their names, and last the
 * commits themselves, so that a removal that was cut off still knows what is ours when it is begun again.
 */
export async function removeObjects(
  lake: ObjectStore,
  { isSeries, isObject }: Ownership,
  onProgress: (text: string) => void,
): Promise<RemovedObjects> {
  let removed = 0;
  const remove = async (keys: readonly string[]): Promise<void> => {
    await sideBySide(keys, removedAtOnce, (key) => lake.delete(key));
    removed += keys.length;
    onProgress(`removed ${removed} objects`);
  };
  const own: string[] = [];
  let others = 0;
  for await (const name of seriesNames(lake)) {
    if (isSeries(name)) own.push(name);
    else others += 1;
  }
  for (const name of own)
    for await (const { key } of listAll(lake, `${seriesRoot}${name}/commit/`)) {
      const named = [...namedContents((await readJson(lake, key))?.value)].map((content) => content.key);
      const there = await sideBySide(named, removedAtOnce, async (each) => (await lake.head(each)) !== undefined);
      await remove(named.filter((_, at) => there[at]));
    }
  const isMeant = (key: string): boolean => isObject(key) || (others === 0 && key.startsWith(shared));
  await removeWhere(lake, (key) => isMeant(key) && !key.startsWith(seriesRoot) && !key.startsWith(leaseRoot), remove);
  await removeWhere(lake, (key) => isMeant(key) && !key.startsWith(leaseRoot), remove);
  let left = 0;
  for await (const { key } of listAll(lake, '')) if (!key.startsWith(leaseRoot)) left += 1;
  return { removed, left, alone: others === 0 };
}

/** Once they are given back: those that no other home could want. */
export async function removeLeases(lake: ObjectStore, { isObject }: Ownership, alone: boolean): Promise<void> {
  const isMeant = (key: string): boolean => alone || !lake.capabilities.shared || isObject(key);
  for await (const { key } of listAll(lake, leaseRoot)) if (isMeant(key)) await lake.delete(key);
}

async function removeWhere(
  lake: ObjectStore,
  isMeant: (key: string) => boolean,
  remove: (keys: readonly string[]) => Promise<void>,
): Promise<void> {
  // The next page begins behind the last one's keys, whether they are still there or not.
  let page = await lake.list('');
  for (;;) {
    await remove(page.objects.map(({ key }) => key).filter(isMeant));
    if (page.next === undefined) return;
    page = await lake.list('', { startAfter: page.next });
  }
}
