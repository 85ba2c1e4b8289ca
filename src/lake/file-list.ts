import { describe, pathInside, type StoreFolder } from './file-state.ts';
import { type WalkEntry, walkKeys } from './file-walk.ts';
import { checkPrefix } from './object-key.ts';
import type { ListPage, ObjectInfo } from './object-store.ts';

const defaultPageSize = 10_000;
/** Files that others put are read for their hash, so many at a time. */
const hashedAtOnce = 16;

export interface ListOptions {
  readonly startAfter?: string;
  readonly limit?: number;
  readonly delimiter?: '/';
}

/** A page in byte order of keys; an object that is deleted meanwhile may be missing from it. */
export async function listObjects(store: StoreFolder, prefix: string, options: ListOptions): Promise<ListPage> {
  checkPrefix(prefix);
  if (prefix.includes('/')) pathInside(store, `${prefix.slice(0, prefix.lastIndexOf('/'))}/x`);
  const limit = options.limit ?? defaultPageSize;
  if (!(limit >= 1)) throw new RangeError(`a page of ${limit} objects`);
  const entries: WalkEntry[] = [];
  let more = false;
  const delimited = options.delimiter === '/';
  for await (const entry of walkKeys(store.root, prefix, options.startAfter ?? '', delimited, store.effects.fs)) {
    more = entries.length === limit;
    if (more) break;
    entries.push(entry);
  }
  const keysOf = (kind: WalkEntry['kind']): string[] =>
    entries.filter((entry) => entry.kind === kind).map(({ key }) => key);
  const last = entries.at(-1)?.key;
  return {
    objects: await describeAll(store, keysOf('object')),
    prefixes: keysOf('prefix'),
    ...(more && last !== undefined ? { next: last } : {}),
  };
}

async function describeAll(store: StoreFolder, keys: readonly string[]): Promise<readonly ObjectInfo[]> {
  const found: (ObjectInfo | undefined)[] = new Array(keys.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const at = next;
      next += 1;
      const key = keys[at];
      if (key === undefined) return;
      found[at] = (await describe(store, key))?.info;
    }
  };
  await Promise.all(Array.from({ length: hashedAtOnce }, work));
  return found.filter((info) => info !== undefined);
}
