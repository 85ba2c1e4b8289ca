import { join, resolve } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { listObjects } from './file-list.ts';
import { type FilePins, openFilePins } from './file-pins.ts';
import { publish, remove } from './file-publish.ts';
import { checkEtag, getObject, missing } from './file-read.ts';
import { describe, fingerprintOf, pathInside, type StoreFolder } from './file-state.ts';
import { openIncoming } from './incoming.ts';
import { openObjectIndex } from './object-index.ts';
import { storeFolder } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';
import { storageError } from './storage-error.ts';

/**
 * A bucket in a directory: each object is a plain file at its key's path, readable with any tool. Files that others
 * put there are objects too, noticed by size, modification time and inode. Many processes may use one root.
 *
 * A put writes a temporary file on the same file system, syncs it, then links it (if-none-match) or renames it under
 * SQLite's write lock (otherwise), and syncs the folders. A key and a folder can't share a path (`a` and `a/b`), as
 * they can in S3: that is refused with PH_OBJECT_KEY_INVALID. Bodies that are read whole are checked against their
 * hash at their end: PH_OBJECT_CORRUPT.
 */
export async function openFileStore(root: string, effects: Effects): Promise<ObjectStore> {
  const absolute = resolve(root);
  const own = join(absolute, storeFolder);
  return reporting(`opening the lake at ${absolute}`, async () => {
    await effects.fs.mkdir(own, { recursive: true });
    const incoming = await openIncoming(join(own, 'incoming'), effects);
    const pins = await openFilePins(join(own, 'pins'), effects);
    const store: StoreFolder = { root: absolute, index: openObjectIndex(own), effects };
    return {
      capabilities: { localFiles: true, versioning: false },
      put: (key, body, condition = {}) =>
        reporting(`writing ${key}`, async () => {
          pathInside(store, key); // refused before anything is written
          const file = await incoming.write(body);
          try {
            return await publish(store, key, file, condition);
          } finally {
            await incoming.discard(file.path);
          }
        }),
      get: (key, options = {}) => reporting(`reading ${key}`, () => getObject(store, key, options)),
      head: (key) =>
        reporting(`reading ${key}`, async () => {
          pathInside(store, key);
          return (await describe(store, key))?.info;
        }),
      list: (prefix, options = {}) => reporting(`listing ${prefix}`, () => listObjects(store, prefix, options)),
      delete: (key, condition = {}) =>
        reporting(`deleting ${key}`, async () => {
          const path = pathInside(store, key);
          const content = fingerprintOf(store, key);
          const etag = content === undefined ? undefined : store.index.lookup(key, content);
          await remove(store, key, condition.ifMatch);
          if (etag !== undefined) await pins.unpin(path, etag);
        }),
      localFile: (key, etag) => reporting(`reading ${key}`, () => localFile(store, pins, key, etag)),
      close: async () => store.index.close(),
    };
  });
}

async function localFile(store: StoreFolder, pins: FilePins, key: string, etag?: string): Promise<string> {
  const path = pathInside(store, key);
  for (;;) {
    const object = await describe(store, key);
    if (object === undefined) throw missing(key);
    if (etag === undefined) return path;
    checkEtag(object.info, etag);
    const pinned = await pins.pin(path, etag, object.fingerprint.inode);
    if (pinned !== undefined) return pinned;
  }
}

async function reporting<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError(cause, doing);
  }
}
