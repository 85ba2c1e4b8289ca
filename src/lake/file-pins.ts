import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { copyName } from './copy-name.ts';
import { systemCode } from './storage-error.ts';

const keptMs = 3_600_000;

/**
 * Hard links to contents that someone reads by path. A path that was handed out would read the next content when the
 * object is replaced before it is opened; a link goes on to the one that was meant. Kept for an hour after the last use.
 */
export interface FilePins {
  /** A path that keeps this content, undefined when the file at `path` is another by now. */
  pin(path: string, etag: string, inode: bigint): Promise<string | undefined>;
  /** Drops the link, so that a deleted object's bytes are gone with it. */
  unpin(path: string, etag: string): Promise<void>;
}

export async function openFilePins(folder: string, effects: Effects): Promise<FilePins> {
  const { fs, random } = effects;
  await fs.mkdir(folder, { recursive: true });
  await sweep(folder, effects);
  const nameOf = (path: string, etag: string): string => join(folder, copyName(path, etag));
  return {
    pin: async (path, etag, inode) => {
      const pinned = nameOf(path, etag);
      if (keepOn(pinned, inode, effects)) return pinned;
      // Linking moves the file's change time on, which is what the sweep goes by.
      const fresh = `${pinned}.${random.uint32().toString(16)}`;
      if (!(await linkIfThere(path, fresh, effects))) return undefined;
      try {
        if (fs.lstatSync(fresh, { bigint: true }).ino !== inode) return undefined;
        await fs.rename(fresh, pinned);
        return pinned;
      } finally {
        await unlinkIfThere(fresh, effects);
      }
    },
    unpin: (path, etag) => unlinkIfThere(nameOf(path, etag), effects),
  };
}

/**
 * Whether the link is there already; then it is kept for an hour from now. To set the rights that a file has moves its change
 * time on, and nothing else: four calls less than a new link, and none that waits for a thread.
 */
function keepOn(pinned: string, inode: bigint, { fs }: Effects): boolean {
  const stat = fs.lstatSync(pinned, { throwIfNoEntry: false, bigint: true });
  if (stat?.ino !== inode) return false;
  try {
    fs.chmodSync(pinned, Number(stat.mode) & 0o7777);
    return true;
  } catch (cause) {
    if (['ENOENT', 'EPERM'].includes(systemCode(cause))) return false;
    throw cause;
  }
}

async function linkIfThere(from: string, to: string, { fs }: Effects): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw cause;
  }
}

async function unlinkIfThere(path: string, { fs }: Effects): Promise<void> {
  await fs.unlink(path).catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw cause;
  });
}

/** At most once an hour, by the file system's own time: a simulated clock says nothing about who is reading. */
async function sweep(folder: string, effects: Effects): Promise<void> {
  const { fs } = effects;
  const marker = join(folder, '.swept');
  const before = fs.lstatSync(marker, { throwIfNoEntry: false })?.mtimeMs;
  const probe = `${marker}.${effects.random.uint32().toString(16)}`;
  await fs.writeFile(probe, '');
  const now = fs.lstatSync(probe).mtimeMs;
  if (before !== undefined && now - before < keptMs) return unlinkIfThere(probe, effects);
  await fs.rename(probe, marker);
  for (const name of await fs.readdir(folder)) {
    if (name.startsWith('.')) continue;
    const changedMs = fs.lstatSync(join(folder, name), { throwIfNoEntry: false })?.ctimeMs;
    if (changedMs !== undefined && now - changedMs >= keptMs) await unlinkIfThere(join(folder, name), effects);
  }
}
