import type { Dirent } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { envelopeBytes, isSealed, rewrapped, sealedBy } from '../base/envelope.ts';
import type { KeyRing } from '../base/key-ring.ts';
import { storageError, systemCode } from '../lake/storage-error.ts';
import { segmentHeaderBytes } from '../stream/embedded/segment-header.ts';

/** A file of a home that holds records. */
export interface DataFile {
  readonly path: string;
  /** Where its envelope stands, if it has one. */
  readonly offset: number;
}

/** Where a home keeps what keys open. */
export interface KeyedPlaces {
  readonly root: string;
  readonly lake: string;
  readonly log: string;
  /** The wrapped key of what is encrypted in SQLite files. */
  readonly fieldKeyFile: string;
}

/** Files of the lake (versions and kept copies among them) and segments of the log. */
export async function* dataFiles(home: KeyedPlaces, effects: Effects): AsyncGenerator<DataFile> {
  for await (const path of filesUnder(home.lake, effects))
    if (!isOwn(path.slice(home.lake.length))) yield { path, offset: 0 };
  for await (const path of filesUnder(home.log, effects))
    if (path.endsWith('.segment')) yield { path, offset: segmentHeaderBytes };
  const made = effects.fs.lstatSync(home.fieldKeyFile, { throwIfNoEntry: false }) !== undefined;
  if (made) yield { path: home.fieldKeyFile, offset: 0 };
}

/** What the file store keeps for itself: hashes, a lock, what is being written, links to objects. */
function isOwn(path: string): boolean {
  return path.startsWith('/.store/') && !path.startsWith('/.store/versions/');
}

async function* filesUnder(folder: string, effects: Effects): AsyncGenerator<string> {
  let entries: Dirent[];
  try {
    entries = await effects.fs.readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return;
    throw storageError(cause, `looking into ${folder}`);
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path, effects);
    else if (entry.isFile()) yield path;
  }
}

/** Ids of the keys that open the file; none where it is plain, undefined where it has gone. */
export async function keysOfFile(file: DataFile, effects: Effects): Promise<readonly string[] | undefined> {
  return withFile(file, 'r', effects, async (handle) => {
    const head = await readHead(handle, file);
    return head === undefined ? [] : sealedBy(head);
  });
}

/**
 * Wraps the file's data key with the ring's current key. The data stay as they are. At each moment at least one key opens the
 * file: the new slot is on the disk before the old one is wiped. Returns false where nothing was to be done.
 */
export async function rewrapFile(file: DataFile, ring: KeyRing, effects: Effects): Promise<boolean> {
  const done = await withFile(file, 'r+', effects, async (handle) => {
    const head = await readHead(handle, file);
    const steps = head === undefined ? undefined : rewrapped(head, ring, file.path);
    if (steps === undefined) return false;
    const { atimeMs, mtimeMs } = await handle.stat();
    for (const bytes of [steps.both, steps.alone]) {
      await handle.write(bytes, 0, envelopeBytes, file.offset);
      await handle.datasync();
      await effects.reached('keys.rewrapped');
    }
    // The content is the same: its time, which names versions to the millisecond, stays.
    await handle.utimes(atimeMs / 1000, (Math.floor(mtimeMs) + 0.5) / 1000);
    return true;
  });
  return done === true;
}

async function readHead(handle: FileHandle, { offset }: DataFile): Promise<Uint8Array | undefined> {
  const head = Buffer.alloc(envelopeBytes);
  const { bytesRead } = await handle.read(head, 0, envelopeBytes, offset);
  return bytesRead === envelopeBytes && isSealed(head) ? head : undefined;
}

async function withFile<T>(
  { path }: DataFile,
  flags: 'r' | 'r+',
  effects: Effects,
  work: (handle: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  let handle: FileHandle;
  try {
    handle = await effects.fs.open(path, flags);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw storageError(cause, `opening ${path}`);
  }
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
