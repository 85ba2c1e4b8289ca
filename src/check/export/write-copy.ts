import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { fileParts } from '../../base/file-parts.ts';
import { storageError } from '../../lake/storage-error.ts';

/** What a file held when it was read or written. */
export interface Content {
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface CopiedAttributes {
  readonly modifiedMs: number;
  /** Permission bits. */
  readonly mode: number;
}

/** How files begin that are not whole yet, at the root of the folder that they are for. */
const asideStart = 'part-';

/**
 * Writes a file under a folder, whole and on the disk or not at all, in place of the one that is there. `isRight` is asked
 * of what was written before it takes its name; where it says no, nothing changes, and the answer is undefined.
 */
export async function writeCopy(
  folder: string,
  path: string,
  body: AsyncIterable<Uint8Array>,
  { modifiedMs, mode }: CopiedAttributes,
  isRight: (content: Content) => Promise<boolean>,
  effects: Effects,
): Promise<Content | undefined> {
  const { fs, random } = effects;
  const aside = join(folder, `${asideStart}${random.uint32().toString(36)}${random.uint32().toString(36)}`);
  try {
    const content = await written(aside, body, mode, effects);
    if (!(await isRight(content))) return undefined;
    await fs.utimes(aside, modifiedMs / 1000, modifiedMs / 1000);
    const target = join(folder, path);
    await fs.mkdir(dirname(target), { recursive: true });
    await fs.rename(aside, target);
    return content;
  } finally {
    await fs.rm(aside, { force: true });
  }
}

async function written(path: string, body: AsyncIterable<Uint8Array>, mode: number, { fs }: Effects): Promise<Content> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await fs.open(path, 'wx', mode);
  try {
    for await (const part of body) {
      hash.update(part);
      await handle.writeFile(part);
      sizeBytes += part.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** What a process that was killed left half-written in a folder goes. */
export async function removeAside(folder: string, { fs }: Effects): Promise<void> {
  for (const name of await fs.readdir(folder)) if (name.startsWith(asideStart)) await fs.rm(join(folder, name));
}

/** Reads a file to its end. PH_STORAGE_* where it can't be read. */
export async function contentOf(path: string, effects: Effects): Promise<Content> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const part of fileParts(path, effects)) {
      hash.update(part);
      sizeBytes += part.length;
    }
  } catch (cause) {
    throw storageError(cause, `reading ${path}`);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
