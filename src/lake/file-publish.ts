import { dirname } from 'node:path';

import { describe, fingerprintOf, objectInfo, pathInside, type StoreFolder } from './file-state.ts';
import type { IncomingFile } from './incoming.ts';
import { changed, exists } from './object-condition.ts';
import { invalid } from './object-key.ts';
import type { ObjectInfo, PutCondition } from './object-store.ts';
import { systemCode } from './storage-error.ts';

/** Makes a written file the object of a key: whole or not at all, and durable once this resolves. */
export async function publish(
  store: StoreFolder,
  key: string,
  file: IncomingFile,
  condition: PutCondition,
): Promise<ObjectInfo> {
  const path = pathInside(store, key);
  store.versions?.check(key);
  for (;;) {
    try {
      await makeFolder(store, dirname(path));
      if (condition.ifNoneMatch === '*') await link(store, key, file, path);
      else await replace(store, key, file, path, condition.ifMatch);
      break;
    } catch (cause) {
      // The folder's last object was deleted just now, and the folder with it; or the written file itself is gone.
      if (systemCode(cause) === 'ENOENT' && (await isThere(store, file))) continue;
      if (['EISDIR', 'ENOTEMPTY'].includes(systemCode(cause)))
        throw invalid(key, 'there are objects under it as a folder', cause);
      if (['ENOTDIR', 'EEXIST'].includes(systemCode(cause)))
        throw invalid(key, 'a folder on its way is an object', cause);
      throw cause;
    }
  }
  await syncFolder(store, dirname(path));
  store.index.record(key, file.fingerprint, file.content);
  return objectInfo(key, file.fingerprint, file.content);
}

async function isThere({ effects }: StoreFolder, { path }: IncomingFile): Promise<boolean> {
  return (await effects.fs.stat(path).catch(() => undefined)) !== undefined;
}

/** link(2) fails where there is a file already: the file system decides who was first. */
async function link(store: StoreFolder, key: string, file: IncomingFile, path: string): Promise<void> {
  try {
    await store.effects.fs.link(file.path, path);
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
    if (fingerprintOf(store, key) === undefined) throw invalid(key, 'there are objects under it as a folder', cause);
    throw exists(key, cause);
  }
}

async function replace(
  store: StoreFolder,
  key: string,
  file: IncomingFile,
  path: string,
  ifMatch: string | undefined,
): Promise<void> {
  await decided(store, key, ifMatch, () => {
    store.versions?.keep(key);
    store.effects.fs.renameSync(file.path, path);
  });
}

/**
 * Runs `act` under the store's lock, while the object has the etag that is asked for. Only what the index knows can be
 * compared there without waiting; another content is read first, outside the lock, and then it is looked at again.
 */
async function decided(store: StoreFolder, key: string, ifMatch: string | undefined, act: () => void): Promise<void> {
  for (;;) {
    const done = store.index.exclusively(() => {
      if (ifMatch !== undefined) {
        const fingerprint = fingerprintOf(store, key);
        if (fingerprint === undefined) throw changed(key);
        const etag = store.index.lookup(key, fingerprint)?.sha256;
        if (etag === undefined) return false;
        if (etag !== ifMatch) throw changed(key);
      }
      act();
      return true;
    });
    if (done) return;
    await describe(store, key);
  }
}

/** Deletes the object, and the folders that were there only for it. */
export async function remove(store: StoreFolder, key: string, ifMatch: string | undefined): Promise<void> {
  const path = pathInside(store, key);
  if (fingerprintOf(store, key) === undefined) return;
  try {
    await decided(store, key, ifMatch, () => {
      store.versions?.keep(key);
      store.effects.fs.unlinkSync(path);
      store.versions?.markDeleted(key);
    });
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw cause;
  }
  store.index.forget(key);
  let folder = dirname(path);
  while (folder !== store.root && (await removeIfEmpty(store, folder))) folder = dirname(folder);
  await syncFolder(store, folder);
}

async function removeIfEmpty(store: StoreFolder, folder: string): Promise<boolean> {
  try {
    await store.effects.fs.rmdir(folder);
    return true;
  } catch (cause) {
    if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(cause))) return false;
    if (systemCode(cause) === 'ENOENT') return true;
    throw cause;
  }
}

/** Makes a folder and those above it, each durable in the one that holds it. */
async function makeFolder(store: StoreFolder, folder: string): Promise<void> {
  const first = await store.effects.fs.mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made !== dirname(first); made = dirname(made)) await syncFolder(store, dirname(made));
}

async function syncFolder(store: StoreFolder, folder: string): Promise<void> {
  try {
    const handle = await store.effects.fs.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    // Another process removed the folder with the object that it held: there is nothing to keep.
    if (systemCode(cause) !== 'ENOENT') throw cause;
  }
}
