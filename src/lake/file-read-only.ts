import { join, resolve } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { FileStoreSettings } from './file.ts';
import { listObjects } from './file-list.ts';
import { checkEtag, getObject } from './file-read.ts';
import { spooledFile } from './file-spooled.ts';
import { describe, isSealedFile, pathInside, type StoreFolder } from './file-state.ts';
import { fileVersions } from './file-versions.ts';
import { missing } from './object-condition.ts';
import { openIndexToRead } from './object-index.ts';
import { storeFolder } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';
import { plainSpool } from './plain-spool.ts';
import { type ReadingStore, readOnly } from './read-only.ts';
import { storageError } from './storage-error.ts';

/**
 * The file store's directory where nothing can be written: another's, or a mount for reading. Reads as the file store
 * does, writes nothing at all, not even to its own folder; `put` and `delete` throw PH_STORAGE_READ_ONLY.
 */
export async function openReadOnlyFileStore(
  root: string,
  effects: Effects,
  { sealing, versioning = false }: FileStoreSettings = {},
): Promise<ObjectStore> {
  const absolute = resolve(root);
  const own = join(absolute, storeFolder);
  const store: StoreFolder = { root: absolute, index: openIndexToRead(own), ring: sealing?.ring, effects };
  const spool = sealing === undefined ? undefined : plainSpool(sealing.spool, effects);
  const versions = fileVersions(store, join(own, 'versions'));
  const reader: ReadingStore = {
    capabilities: { localFiles: true, shared: false, versioning, lifecycles: false },
    ...(versioning ? { versions } : {}),
    get: (key, options = {}) => reading(key, () => getObject(store, key, options)),
    head: (key) =>
      reading(key, async () => {
        pathInside(store, key);
        return (await describe(store, key))?.info;
      }),
    list: (prefix, options = {}) => reading(prefix, () => listObjects(store, prefix, options)),
    // The file itself, `k=v` folders and all: a link that outlives a replacement would have to be written.
    localFile: (key, etag) =>
      reading(key, async () => {
        const path = pathInside(store, key);
        const object = await describe(store, key);
        if (object === undefined) throw missing(key);
        checkEtag(object.info, etag);
        if (isSealedFile(object)) return spooledFile(store, spool, object.info);
        return path;
      }),
    close: async () => store.index.close(),
  };
  return readOnly(reader, absolute);
}

async function reading<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError(cause, `reading ${what}`);
  }
}
