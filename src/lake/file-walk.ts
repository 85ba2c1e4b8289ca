import type { FileSystem } from '../base/effects.ts';
import { compareKeys, storeFolder } from './object-key.ts';
import { systemCode } from './storage-error.ts';

/** A file, or (under a delimiter) a folder that holds at least one. */
export type WalkEntry = { readonly kind: 'object' | 'prefix'; readonly key: string };

interface FolderEntry {
  /** With a `/` at a folder's end, so that byte order of names is byte order of keys. */
  readonly name: string;
  readonly folder: boolean;
}

/**
 * Keys of the plain files under `root` that start with `prefix` and come after `startAfter`, in byte order. Folders
 * that can hold none of them are not read. Symbolic links and special files are no objects: they are passed over.
 */
export async function* walkKeys(
  root: string,
  prefix: string,
  startAfter: string,
  delimited: boolean,
  fs: FileSystem,
): AsyncGenerator<WalkEntry> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  for (const entry of await readFolder(root, folder, fs)) {
    const key = folder + entry.name;
    if (!key.startsWith(prefix)) continue;
    if (!entry.folder) {
      if (compareKeys(key, startAfter) > 0) yield { kind: 'object', key };
    } else if (delimited) {
      if (compareKeys(key, startAfter) > 0 && (await holdsFile(root, key, fs))) yield { kind: 'prefix', key };
    } else if (compareKeys(key, startAfter) > 0 || startAfter.startsWith(key)) {
      yield* walkKeys(root, key, startAfter, false, fs);
    }
  }
}

async function holdsFile(root: string, folder: string, fs: FileSystem): Promise<boolean> {
  const first = await walkKeys(root, folder, '', false, fs).next();
  return first.done !== true;
}

async function readFolder(root: string, folder: string, fs: FileSystem): Promise<readonly FolderEntry[]> {
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(`${root}/${folder}`, fs);
  } catch (cause) {
    // The folder of the last object goes with it, perhaps just now; a file is no folder and has nothing under it.
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) return [];
    throw cause;
  }
  const kept: FolderEntry[] = [];
  for (const entry of entries) {
    if (entry.isFile()) kept.push({ name: entry.name, folder: false });
    else if (entry.isDirectory() && !(folder === '' && entry.name === storeFolder))
      kept.push({ name: `${entry.name}/`, folder: true });
  }
  return kept.sort((a, b) => compareKeys(a.name, b.name));
}

async function readEntries(path: string, fs: FileSystem) {
  return await fs.readdir(path, { withFileTypes: true });
}
