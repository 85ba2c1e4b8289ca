import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { PlayheadError } from '../base/errors.ts';
import {
  describe,
  type FileObject,
  pathInside,
  readContentParts,
  type StoreFolder,
  sameContent,
} from './file-state.ts';
import { changed, missing } from './object-condition.ts';
import type { ObjectInfo, StoredObject } from './object-store.ts';
import { storageError, systemCode } from './storage-error.ts';

/** Objects up to here are read at once, so that no file stays open behind a body that nobody reads. */
const smallBytes = 256 * 1024;

export interface GetOptions {
  readonly range?: { readonly start: number; readonly end: number };
  readonly ifMatch?: string;
}

/** The bytes that the object had when it was opened, whatever is put there while they are read. */
export async function getObject(store: StoreFolder, key: string, options: GetOptions): Promise<StoredObject> {
  const path = pathInside(store, key);
  for (;;) {
    const object = await describe(store, key);
    if (object === undefined) throw missing(key);
    checkEtag(object.info, options.ifMatch);
    const handle = await openIfThere(store, path);
    if (handle === undefined) continue;
    const stat = await handle.stat({ bigint: true });
    const opened = { inode: stat.ino, sizeBytes: stat.size, modifiedNs: stat.mtimeNs };
    if (!sameContent(opened, object.fingerprint)) {
      await handle.close();
      continue;
    }
    const body = bodyOf(store, handle, object, options.range);
    if (object.info.sizeBytes > smallBytes) return { info: object.info, body };
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    return { info: object.info, body: asBody(parts) };
  }
}

async function openIfThere(store: StoreFolder, path: string): Promise<FileHandle | undefined> {
  try {
    return await store.effects.fs.open(path, 'r');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

async function* asBody(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

/** A body that is read whole is checked against its hash: a damaged disk is found here, not in someone's figures. */
export async function* bodyOf(
  store: StoreFolder,
  handle: FileHandle,
  { info, fingerprint }: FileObject,
  range: GetOptions['range'],
): AsyncGenerator<Uint8Array> {
  try {
    const { sizeBytes, key } = info;
    const file = { key, sizeBytes, storedBytes: Number(fingerprint.sizeBytes) };
    if (range !== undefined) {
      const [start, end] = [Math.max(0, range.start), Math.min(range.end, sizeBytes)];
      yield* readContentParts(store, handle, file, { start, end });
      return;
    }
    const hash = createHash('sha256');
    for await (const part of readContentParts(store, handle, file, { start: 0, end: sizeBytes })) {
      hash.update(part);
      yield part;
    }
    if (hash.digest('hex') === info.sha256) return;
    const stat = await handle.stat({ bigint: true });
    if (!sameContent({ inode: stat.ino, sizeBytes: stat.size, modifiedNs: stat.mtimeNs }, fingerprint))
      throw changed(info.key);
    throw new PlayheadError('PH_OBJECT_CORRUPT', `${info.key} no longer holds the bytes that were written`, {
      hint: 'The disk or another program damaged the file. Restore it from a backup, or make it again.',
      details: { key: info.key, sha256: info.sha256 },
    });
  } catch (cause) {
    throw storageError(cause, `reading ${info.key}`);
  } finally {
    await handle.close();
  }
}

export function checkEtag(info: ObjectInfo, expected: string | undefined): void {
  if (expected !== undefined && info.etag !== expected) throw changed(info.key);
}
