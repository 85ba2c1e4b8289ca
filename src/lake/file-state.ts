import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { Fingerprint, ObjectIndex } from './object-index.ts';
import { checkKey, invalid } from './object-key.ts';
import type { ObjectInfo } from './object-store.ts';
import { systemCode } from './storage-error.ts';

const chunkBytes = 1024 * 1024;

/** A file store's directory and what it knows of the files in it. */
export interface StoreFolder {
  /** Absolute, without a slash at its end. */
  readonly root: string;
  readonly index: ObjectIndex;
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

export function objectInfo(key: string, fingerprint: Fingerprint, sha256: string): ObjectInfo {
  return {
    key,
    sizeBytes: Number(fingerprint.sizeBytes),
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
    const sha256 = await hashFile(store, join(store.root, key), Number(fingerprint.sizeBytes));
    if (sha256 === undefined || !sameContent(fingerprintOf(store, key), fingerprint)) continue;
    store.index.record(key, fingerprint, sha256);
    return { info: objectInfo(key, fingerprint, sha256), fingerprint };
  }
}

/** Undefined where the file has gone. */
async function hashFile(store: StoreFolder, path: string, sizeBytes: number): Promise<string | undefined> {
  const handle = await store.effects.fs.open(path, 'r').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause;
  });
  if (handle === undefined) return undefined;
  try {
    const hash = createHash('sha256');
    for await (const part of readParts(handle, 0, sizeBytes)) hash.update(part);
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** Bytes from `start` up to but without `end`, or to the end of a file that is shorter. */
export async function* readParts(handle: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = start;
  while (at < end) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, end - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
