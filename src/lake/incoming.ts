import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { readParts } from '../base/file-parts.ts';
import type { KeyRing } from '../base/key-ring.ts';
import { sealBody } from '../base/sealed-file.ts';
import { bodyParts, isLocalFile } from './body-parts.ts';
import type { Content, Fingerprint } from './object-index.ts';
import type { ObjectBody } from './object-store.ts';
import { systemCode } from './storage-error.ts';

/** Bytes that are whole and synced to the disk, but not yet an object. */
export interface IncomingFile {
  readonly path: string;
  readonly content: Content;
  readonly fingerprint: Fingerprint;
}

/** Where bodies are written before they become objects: on the store's file system, so that a rename is atomic. */
export interface Incoming {
  write(body: ObjectBody): Promise<IncomingFile>;
  /** Does nothing where the file was renamed away. */
  discard(path: string): Promise<void>;
}

/** Makes the folder and removes what processes that are gone left in it. With a ring, what is written is sealed. */
export async function openIncoming(folder: string, ring: KeyRing | undefined, effects: Effects): Promise<Incoming> {
  const { fs, random } = effects;
  await fs.mkdir(folder, { recursive: true });
  const discard = async (path: string): Promise<void> => {
    await fs.unlink(path).catch((cause: unknown) => {
      if (systemCode(cause) !== 'ENOENT') throw cause;
    });
  };
  for (const name of await fs.readdir(folder)) if (!isAlive(writerOf(name))) await discard(join(folder, name));
  return {
    discard,
    write: async (body) => {
      const name = `${process.pid}-${[0, 1, 2].map(() => random.uint32().toString(16).padStart(8, '0')).join('')}`;
      const path = join(folder, name);
      // Sealed bytes are others than the file's.
      const isLinked = isLocalFile(body) && ring === undefined && (await linked(body.path, path, effects));
      const handle = await fs.open(path, isLinked ? 'r+' : 'wx');
      try {
        const hash = createHash('sha256');
        const counter = { sizeBytes: 0 };
        const given = isLinked ? readParts(handle, 0, (await handle.stat()).size) : bodyParts(body, effects);
        const plain = hashed(given, hash, counter);
        for await (const part of ring === undefined ? plain : sealBody(plain, ring))
          if (!isLinked) await handle.writeFile(part);
        await handle.sync();
        const stat = await handle.stat({ bigint: true });
        const fingerprint = { inode: stat.ino, sizeBytes: stat.size, modifiedNs: stat.mtimeNs };
        return { path, content: { sha256: hash.digest('hex'), ...counter }, fingerprint };
      } catch (cause) {
        await discard(path);
        throw cause;
      } finally {
        await handle.close();
      }
    },
  };
}

/** Gives a file another name, which spares writing it again; false where the file system has none to give. */
async function linked(from: string, to: string, { fs }: Effects): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (cause) {
    if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(systemCode(cause))) return false;
    throw cause;
  }
}

async function* hashed(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  hash: Hash,
  counter: { sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const part of body) {
    hash.update(part);
    counter.sizeBytes += part.length;
    yield part;
  }
}

/** The process id that a temporary file's name starts with. */
function writerOf(name: string): number {
  return Number.parseInt(name, 10);
}

/** Whether a process of this id runs on this machine. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // A process of another user may not be signalled, but lives.
    return systemCode(cause) === 'EPERM';
  }
}
