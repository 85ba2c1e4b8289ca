import { join, resolve } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { KeyRing } from '../base/key-ring.ts';
import { listObjects } from './file-list.ts';
import { type FilePins, openFilePins } from './file-pins.ts';
import { publish, remove } from './file-publish.ts';
import { checkEtag, getObject } from './file-read.ts';
import { spooledFile } from './file-spooled.ts';
import { describe, fingerprintOf, isSealedFile, pathInside, type StoreFolder } from './file-state.ts';
import { fileVersions, versionKeeper } from './file-versions.ts';
import { openIncoming } from './incoming.ts';
import { missing } from './object-condition.ts';
import { openObjectIndex } from './object-index.ts';
import { storeFolder } from './object-key.ts';
import type { ObjectStore, ObjectVersions } from './object-store.ts';
import { type PlainSpool, plainSpool, type SpoolSettings } from './plain-spool.ts';
import { storageError } from './storage-error.ts';

export interface FileStoreSettings {
  /** Seals every object, and reads sealed ones through decrypted copies. Plain objects that are there stay readable. */
  readonly sealing?: Sealing | undefined;
  /** Keeps what is replaced or deleted; default false. */
  readonly versioning?: boolean;
}

export interface Sealing {
  readonly ring: KeyRing;
  readonly spool: SpoolSettings;
}

/**
 * A bucket in a directory: each object is a plain file at its key's path, readable with any tool. Files that others
 * put there are objects too, noticed by size, modification time and inode. Many processes may use one root.
 *
 * A put writes a temporary file on the same file system, syncs it, then links it (if-none-match) or renames it under
 * SQLite's write lock (otherwise), and syncs the folders. A key and a folder can't share a path (`a` and `a/b`), as
 * they can in S3: that is refused with PH_OBJECT_KEY_INVALID. Bodies that are read whole are checked against their
 * hash at their end: PH_OBJECT_CORRUPT.
 */
export async function openFileStore(
  root: string,
  effects: Effects,
  settings: FileStoreSettings = {},
): Promise<ObjectStore> {
  const { sealing, versioning = false } = settings;
  const absolute = resolve(root);
  const own = join(absolute, storeFolder);
  return reporting(`opening the lake at ${absolute}`, async () => {
    await effects.fs.mkdir(own, { recursive: true });
    const incoming = await openIncoming(join(own, 'incoming'), sealing?.ring, effects);
    const pins = await openFilePins(join(own, 'pins'), effects);
    const plain: StoreFolder = { root: absolute, index: openObjectIndex(own), ring: sealing?.ring, effects };
    const held = join(own, 'versions');
    const store = versioning ? { ...plain, versions: versionKeeper(plain, held) } : plain;
    const spool = sealing === undefined ? undefined : plainSpool(sealing.spool, effects);
    return {
      capabilities: { localFiles: true, shared: false, versioning, lifecycles: false },
      ...(versioning ? { versions: reportingVersions(fileVersions(store, held)) } : {}),
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
          const etag = content === undefined ? undefined : store.index.lookup(key, content)?.sha256;
          await remove(store, key, condition.ifMatch);
          if (etag !== undefined) await Promise.all([pins.unpin(path, etag), spool?.drop(etag)]);
        }),
      localFile: (key, etag) => reporting(`reading ${key}`, () => localFile(store, pins, spool, key, etag)),
      close: async () => store.index.close(),
    };
  });
}

async function localFile(
  store: StoreFolder,
  pins: FilePins,
  spool: PlainSpool | undefined,
  key: string,
  etag?: string,
): Promise<string> {
  const path = pathInside(store, key);
  for (;;) {
    const object = await describe(store, key);
    if (object === undefined) throw missing(key);
    checkEtag(object.info, etag);
    if (isSealedFile(object)) return spooledFile(store, spool, object.info);
    if (etag === undefined) return path;
    const pinned = await pins.pin(path, etag, object.fingerprint.inode);
    if (pinned !== undefined) return pinned;
  }
}

function reportingVersions(versions: ObjectVersions): ObjectVersions {
  return {
    list: (prefix) => versions.list(prefix),
    get: (key, ...rest) => reporting(`reading a version of ${key}`, () => versions.get(key, ...rest)),
    delete: (key, versionId) => reporting(`deleting a version of ${key}`, () => versions.delete(key, versionId)),
  };
}

async function reporting<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError(cause, doing);
  }
}
