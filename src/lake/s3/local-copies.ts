import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { formatBytes, hours } from '../../base/units.ts';
import type { ObjectInfo } from '../object-store.ts';
import { systemCode } from '../storage-error.ts';

/** How long a path that was handed out keeps its bytes. */
const keptMs = hours(1);

/**
 * Copies of objects on this machine, for who reads by path (DuckDB). Named by content, so that a copy is never stale and
 * several processes share one folder; a copy appears whole, by a rename. Past the limit, what was asked for longest ago
 * goes first, but nothing that was asked for within the hour: PH_STORAGE_FULL where that doesn't make enough room.
 */
export interface LocalCopies {
  path(object: ObjectInfo, body: () => Promise<AsyncIterable<Uint8Array>>): Promise<string>;
}

export function localCopies(folder: string, limitBytes: number, effects: Effects): LocalCopies {
  const { fs, random } = effects;
  const underWay = new Map<string, Promise<string>>();
  const fetch = async (
    path: string,
    object: ObjectInfo,
    body: () => Promise<AsyncIterable<Uint8Array>>,
  ): Promise<string> => {
    if (isKept(path, object.sizeBytes, effects)) return path;
    await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    const part = `${path}.${random.uint32().toString(16)}.part`;
    try {
      await fs.writeFile(part, '', { flag: 'wx', mode: 0o600 });
      await makeRoom(folder, part, limitBytes - object.sizeBytes, effects);
      await write(part, await body(), effects);
      await fs.rename(part, path);
      return path;
    } catch (cause) {
      await fs.rm(part, { force: true });
      throw cause;
    }
  };
  return {
    path: (object, body) => {
      const path = join(folder, nameOf(object));
      const known = underWay.get(path);
      if (known !== undefined) return known;
      const fetched = fetch(path, object, body).finally(() => underWay.delete(path));
      underWay.set(path, fetched);
      return fetched;
    },
  };
}

/** Etags of S3 name contents of one key at best; the key's ending stays: DuckDB tells gzip from plain text by it. */
function nameOf({ key, etag }: ObjectInfo): string {
  const hash = createHash('sha256').update(`${key}\0${etag}`).digest('hex');
  return `${hash.slice(0, 40)}-${basename(key).slice(-150)}`;
}

/**
 * Whether the copy is there; then it is kept for an hour from now. To set the rights that a file has moves its change time on,
 * by the file system's own clock: the engine's may be simulated, and says nothing about who is reading.
 */
function isKept(path: string, sizeBytes: number, { fs }: Effects): boolean {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat?.size !== sizeBytes) return false;
  try {
    fs.chmodSync(path, stat.mode & 0o7777);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw cause;
  }
}

/** Room for what is about to be written to `part`, which is there already and says what time it is. */
async function makeRoom(folder: string, part: string, limitBytes: number, { fs }: Effects): Promise<void> {
  const nowMs = fs.lstatSync(part).ctimeMs;
  const copies = (await fs.readdir(folder)).flatMap((name) => {
    const path = join(folder, name);
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    return stat === undefined ? [] : [{ path, sizeBytes: stat.size, usedMs: stat.ctimeMs }];
  });
  let used = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (const { path, sizeBytes, usedMs } of copies.toSorted((a, b) => a.usedMs - b.usedMs)) {
    if (used <= limitBytes || nowMs - usedMs < keptMs) break;
    await fs.rm(path, { force: true });
    used -= sizeBytes;
  }
  if (used <= limitBytes) return;
  throw new PlayheadError('PH_STORAGE_FULL', `reading needs more than the local cache may hold at once`, {
    hint: `Read less at a time, or set lake.cacheBytes in the profile higher. It holds ${formatBytes(used)} now.`,
  });
}

async function write(path: string, body: AsyncIterable<Uint8Array>, { fs }: Effects): Promise<void> {
  const handle = await fs.open(path, 'a');
  try {
    for await (const part of body) await handle.writeFile(part);
  } finally {
    await handle.close();
  }
}
