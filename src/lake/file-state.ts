import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { openEnvelope } from '../base/envelope.ts';
import { readParts } from '../base/file-parts.ts';
import type { KeyRing } from '../base/key-ring.ts';
import { plainSize, readEnvelope, readSealed } from '../base/sealed-file.ts';
import type { Content, Fingerprint, ObjectIndex } from './object-index.ts';
import { checkKey, invalid } from './object-key.ts';
import type { ObjectInfo } from './object-store.ts';
import { systemCode } from './storage-error.ts';

/** What is kept when an object is replaced or deleted. Called under the store's lock, so nothing here waits. */
export interface VersionKeeper {
  /** The object as it is now becomes a version. */
  keep(key: string): void;
  /** The key's newest version says from now on that the object was deleted. */
  markDeleted(key: string): void;
  /** `keep` and `markDeleted` refuse what this refuses. */
  check(key: string): void;
}

/** A file store's directory and what it knows of the files in it. */
export interface StoreFolder {
  /** Absolute, without a slash at its end. */
  readonly root: string;
  readonly index: ObjectIndex;
  /** Seals what is put and opens what is sealed; without it, objects are plain, and a sealed one is PH_KEY_MISSING. */
  readonly ring?: KeyRing | undefined;
  /** Keeps what is replaced or deleted, where the store is versioned. */
  readonly versions?: VersionKeeper | undefined;
  readonly effects: Effects;
}

/** An object as it is on the disk now. */
export interface FileObject {
  readonly info: ObjectInfo;
  readonly fingerprint: Fingerprint;
}

/** The path of a key, once no folder on the way to it leads elsewhere. Throws PH_OBJECT_KEY_INVALID. */
export function pathInside(store: StoreFolder, key: string): string {
  checkKey(key);
  for (const folder of foldersOf(key)) {
    const stat = lstat(store, folder);
    if (stat === undefined) break;
    if (stat.isSymbolicLink()) throw invalid(key, `${folder} is a symbolic link`);
  }
  return join(store.root, key);
}

/** `a/b/c` → `a`, `a/b`. */
function* foldersOf(key: string): Generator<string> {
  for (let slash = key.indexOf('/'); slash !== -1; slash = key.indexOf('/', slash + 1)) yield key.slice(0, slash);
}

function lstat(store: StoreFolder, key: string) {
  try {
    return store.effects.fs.lstatSync(join(store.root, key), { throwIfNoEntry: false, bigint: true });
  } catch (cause) {
    if (systemCode(cause) === 'ENOTDIR') return undefined;
    throw cause;
  }
}

/** The content that the file has now, undefined where there is no file. Waits for nothing. */
export function fingerprintOf(store: StoreFolder, key: string): Fingerprint | undefined {
  const stat = lstat(store, key);
  if (stat === undefined || stat.isDirectory()) return undefined;
  if (!stat.isFile()) throw invalid(key, 'there is a symbolic link or a special file');
  return { inode: stat.ino, sizeBytes: stat.size, modifiedNs: stat.mtimeNs };
}

export function sameContent(a: Fingerprint | undefined, b: Fingerprint): boolean {
  return a !== undefined && a.inode === b.inode && a.sizeBytes === b.sizeBytes && a.modifiedNs === b.modifiedNs;
}

export function objectInfo(key: string, fingerprint: Fingerprint, { sha256, sizeBytes }: Content): ObjectInfo {
  return {
    key,
    sizeBytes,
    etag: sha256,
    sha256,
    modifiedMs: Number(fingerprint.modifiedNs / 1_000_000n),
  };
}

/** The object under a checked key; its file is read where the index doesn't know this content. */
export async function describe(store: StoreFolder, key: string): Promise<FileObject | undefined> {
  for (;;) {
    const fingerprint = fingerprintOf(store, key);
    if (fingerprint === undefined) return undefined;
    const known = store.index.lookup(key, fingerprint);
    if (known !== undefined) return { info: objectInfo(key, fingerprint, known), fingerprint };
    const content = await readContent(store, join(store.root, key), Number(fingerprint.sizeBytes), key);
    if (content === undefined || !sameContent(fingerprintOf(store, key), fingerprint)) continue;
    store.index.record(key, fingerprint, content);
    return { info: objectInfo(key, fingerprint, content), fingerprint };
  }
}

/** Undefined where the file has gone. */
export async function readContent(
  store: StoreFolder,
  path: string,
  storedBytes: number,
  key: string,
): Promise<Content | undefined> {
  const handle = await store.effects.fs.open(path, 'r').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause;
  });
  if (handle === undefined) return undefined;
  try {
    const hash = createHash('sha256');
    const head = await readEnvelope(handle);
    const sizeBytes =
      head === undefined ? storedBytes : plainSize(storedBytes, openEnvelope(head, store.ring, key).chunkBytes);
    for await (const part of readContentParts(
      store,
      handle,
      { key, storedBytes, sizeBytes },
      { start: 0, end: sizeBytes },
    ))
      hash.update(part);
    return { sha256: hash.digest('hex'), sizeBytes };
  } finally {
    await handle.close();
  }
}

/** Whether the object's file is not its bytes but their encryption. */
export function isSealedFile({ info, fingerprint }: FileObject): boolean {
  return info.sizeBytes !== Number(fingerprint.sizeBytes);
}

/** An open file of an object, whose content is smaller than the file where it is sealed. */
export interface ContentFile {
  readonly key: string;
  readonly storedBytes: number;
  readonly sizeBytes: number;
}

/** The object's bytes in a range, of a plain file or a sealed one. */
export function readContentParts(
  { ring }: StoreFolder,
  handle: FileHandle,
  { key, storedBytes, sizeBytes }: ContentFile,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  if (sizeBytes === storedBytes) return readParts(handle, start, end);
  return readSealed(handle, storedBytes, { start, end }, ring, key);
}
