import { isPlayheadError } from '../base/errors.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';

/** Contents of an object by key and etag. */
export interface ObjectVersion {
  readonly key: string;
  readonly etag: string;
}

const folder = '_playhead/retained/';
const clockKey = `${folder}clock`;

/** How long a replaced object stays readable for queries that began before, at the least. */
const retainedMs = 3_600_000;

function retainedKey({ key, etag }: ObjectVersion): string {
  return `${folder}${etag}/${key}`;
}

/** Copies an object's content aside before it is replaced. Idempotent. PH_OBJECT_CHANGED where it was replaced already. */
export async function retain(store: ObjectStore, version: ObjectVersion): Promise<void> {
  if ((await store.head(retainedKey(version))) !== undefined) return;
  const { body } = await store.get(version.key, { ifMatch: version.etag });
  try {
    await store.put(retainedKey(version), body, { ifNoneMatch: '*' });
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_EXISTS')) throw error;
  }
}

/** Whether this content was copied aside and is still there. */
export async function isRetained(store: ObjectStore, version: ObjectVersion): Promise<boolean> {
  return (await store.head(retainedKey(version))) !== undefined;
}

/**
 * A path where DuckDB reads exactly this content, also when the object was replaced less than an hour ago. Throws
 * PH_OBJECT_CHANGED or PH_OBJECT_MISSING where it is gone for good.
 */
export function versionFile(store: ObjectStore, version: ObjectVersion): Promise<string> {
  return whereItIs(store, version, ({ key, etag }) => store.localFile(key, etag));
}

/**
 * The same path, once all of it was read and held against its hash: DuckDB does not check what it unpacks, and a bit that
 * the disk lost would go on into everything that is made from it. PH_OBJECT_CORRUPT besides. Of a store elsewhere, the copy on this
 * machine was held against its checksum as it came.
 */
export function soundVersionFile(store: ObjectStore, version: ObjectVersion): Promise<string> {
  return whereItIs(store, version, async ({ key, etag }) => {
    const path = await store.localFile(key, etag);
    if (!store.capabilities.localFiles) return path;
    const { body } = await store.get(key, { ifMatch: etag });
    for await (const _ of body);
    return path;
  });
}

/** Reads it in its place, else where it was retained: under an etag of its own there, where the store does not make it of the bytes. */
async function whereItIs<T>(
  store: ObjectStore,
  version: ObjectVersion,
  read: (place: ObjectVersion) => Promise<T>,
): Promise<T> {
  try {
    return await read(version);
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_CHANGED') && !isPlayheadError(error, 'PH_OBJECT_MISSING')) throw error;
    const retained = await store.head(retainedKey(version));
    if (retained === undefined) throw error;
    return await read(retained);
  }
}

/**
 * Deletes what was retained for longer than `keepMs`, except what `needed` still wants: plans that are not done yet are
 * made again from it. Asked only when there is something to delete. Age is by the store's own time, which a marker
 * object tells: a simulated clock says nothing about running queries. Returns how many were deleted.
 */
export async function sweepRetained(
  store: ObjectStore,
  needed: () => Promise<readonly ObjectVersion[]>,
  keepMs: number = retainedMs,
): Promise<number> {
  await store.put(clockKey, Buffer.from('now\n'));
  const nowMs = (await store.head(clockKey))?.modifiedMs ?? 0;
  let kept: ReadonlySet<string> | undefined;
  let deleted = 0;
  for await (const object of listAll(store, folder)) {
    if (object.key === clockKey || nowMs - object.modifiedMs < keepMs) continue;
    kept ??= new Set((await needed()).map(retainedKey));
    if (kept.has(object.key)) continue;
    await store.delete(object.key);
    deleted += 1;
  }
  return deleted;
}
