import { basename, join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { isPlayheadError } from '../../base/errors.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';

/** A content of a bucket, as a file of this machine for as long as it is looked at. */
export interface BucketContent {
  readonly key: string;
  /** There where it is no longer the object of its key. */
  readonly versionId?: string;
  readonly path: string;
}

/** What a lake holds that is no folder of this machine: its objects. Nothing of one that is: its files are searched as they lie. */
export async function* bucketObjects(
  store: ObjectStore,
  scratch: string,
  effects: Effects,
): AsyncGenerator<BucketContent> {
  if (store.capabilities.localFiles) return;
  for await (const { key } of listAll(store, '')) yield* fetched(store, scratch, key, undefined, effects);
}

/** And what objects were, before they were replaced or deleted, where the bucket keeps that. */
export async function* bucketVersions(
  store: ObjectStore,
  scratch: string,
  effects: Effects,
): AsyncGenerator<BucketContent> {
  if (store.capabilities.localFiles || store.versions === undefined) return;
  for await (const { key, kind, latest, versionId } of store.versions.list(''))
    if (kind === 'object' && !latest) yield* fetched(store, scratch, key, versionId, effects);
}

/** Nothing where it went meanwhile. */
async function* fetched(
  store: ObjectStore,
  scratch: string,
  key: string,
  versionId: string | undefined,
  { fs }: Effects,
): AsyncGenerator<BucketContent> {
  const path = join(scratch, `bucket-${basename(key)}`);
  try {
    const got = versionId === undefined ? store.get(key) : store.versions?.get(key, versionId);
    await fs.writeFile(path, (await got)?.body ?? '');
    yield { key, path, ...(versionId === undefined ? {} : { versionId }) };
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_MISSING')) throw error;
  } finally {
    await fs.rm(path, { force: true });
  }
}
