import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';
import type { ObjectInfo, StoredObject } from '../object-store.ts';
import { holdLinks } from './held-copies.ts';

/**
 * Copies of objects on this machine, for who reads by path (DuckDB). Named by content, so that a copy is never stale and
 * several processes share one folder; a copy appears whole, by a link. Past the limit, what was asked for longest ago
 * goes first, but nothing that any process holds: PH_STORAGE_FULL where that doesn't make enough room.
 */
export interface LocalCopies {
  /** Fetches the content where no copy is there. Its path stays until `held` is disposed of; without it, until `close`. */
  path(
    content: Pick<ObjectInfo, 'key' | 'etag'>,
    fetch: () => Promise<StoredObject>,
    held?: AsyncDisposableStack,
  ): Promise<string>;
  close(): Promise<void>;
}

export function localCopies(folder: string, limitBytes: number, effects: Effects): LocalCopies {
  const { fs } = effects;
  const links = holdLinks(folder, effects);
  const underWay = new Map<string, Promise<void>>();
  /** Of the objects that are being fetched. */
  let comingBytes = 0;
  const fetched = async (name: string, fetch: () => Promise<StoredObject>): Promise<void> => {
    const { info, body } = await fetch();
    const part = await links.partOf(name);
    comingBytes += info.sizeBytes;
    try {
      await makeRoom(folder, comingBytes, limitBytes, effects);
      await write(part, body, effects);
      links.publish(part, name);
    } catch (cause) {
      // Ends the answer of the store, where none of it was read.
      for await (const _ of body) break;
      throw cause;
    } finally {
      comingBytes -= info.sizeBytes;
      await fs.rm(part, { force: true });
    }
  };
  return {
    path: async (content, fetch, held) => {
      const name = nameOf(content);
      const { path, release } = await links.hold(name);
      try {
        while (!links.isThere(name)) {
          const known = underWay.get(name) ?? fetched(name, fetch).finally(() => underWay.delete(name));
          underWay.set(name, known);
          await known;
        }
        held?.defer(release);
        return path;
      } catch (cause) {
        release();
        throw cause;
      }
    },
    close: () => links.close(),
  };
}

/** Etags of S3 name contents of one key at best; the key's ending stays: DuckDB tells gzip from plain text by it. */
function nameOf({ key, etag }: Pick<ObjectInfo, 'key' | 'etag'>): string {
  const hash = createHash('sha256').update(`${key}\0${etag}`).digest('hex');
  return `${hash.slice(0, 40)}-${basename(key).slice(-150)}`;
}

/** Room for the bytes that are coming. A copy that someone holds has a second link: without its first, it would take its room all the same. */
async function makeRoom(folder: string, comingBytes: number, limitBytes: number, { fs }: Effects): Promise<void> {
  const copies = (await fs.readdir(folder)).flatMap((name) => {
    const path = join(folder, name);
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true
      ? [{ path, sizeBytes: stat.size, usedMs: stat.ctimeMs, isHeld: stat.nlink > 1 }]
      : [];
  });
  let used = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, comingBytes);
  for (const { path, sizeBytes, isHeld } of copies.toSorted((a, b) => a.usedMs - b.usedMs)) {
    if (used <= limitBytes) return;
    if (isHeld) continue;
    await fs.rm(path, { force: true });
    used -= sizeBytes;
  }
  if (used <= limitBytes) return;
  throw new PlayheadError('PH_STORAGE_FULL', `reading needs more than the local cache may hold at once`, {
    hint: `Read less at a time, or set lake.cacheBytes in the profile higher: it is ${formatBytes(limitBytes)}, ${formatBytes(used)} are needed.`,
  });
}

/** On the disk before it has a name: a copy that a power cut cut short would be read ever after. */
async function write(path: string, body: AsyncIterable<Uint8Array>, { fs }: Effects): Promise<void> {
  const handle = await fs.open(path, 'wx', 0o600);
  try {
    for await (const part of body) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
