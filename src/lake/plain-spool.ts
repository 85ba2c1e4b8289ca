import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import { copyName } from './copy-name.ts';
import { systemCode } from './storage-error.ts';

/** How long a path that was handed out keeps its bytes. */
const keptMs = 3_600_000;

/**
 * Decrypted copies of sealed objects, for who reads by path (DuckDB). In a folder of this process alone, mode 0700, which
 * its owner removes when it ends and wipes at the next start where it died. Bounded: what was asked for longest ago goes
 * first, an hour after it was last asked for; PH_STORAGE_FULL where that does not make enough room.
 */
export interface PlainSpool {
  /** The path of this content; made by `write` where it isn't there. */
  file(key: string, etag: string, sizeBytes: number, body: () => Promise<AsyncIterable<Uint8Array>>): Promise<string>;
  /** Drops a content, so that a deleted object's bytes are gone with it. */
  drop(etag: string): Promise<void>;
}

export interface SpoolSettings {
  /** Makes the folder, or names the one there is. Called before the first file. */
  readonly folder: () => Promise<string>;
  readonly limitBytes: number;
}

interface Spooled {
  readonly sizeBytes: number;
  readonly path: Promise<string>;
  askedMs: number;
}

export function plainSpool(settings: SpoolSettings, effects: Effects): PlainSpool {
  const files = new Map<string, Spooled>();
  const { fs, clock } = effects;
  const remove = async (name: string): Promise<void> => {
    const spooled = files.get(name);
    files.delete(name);
    if (spooled === undefined) return;
    await fs.unlink(await spooled.path).catch((cause: unknown) => {
      if (systemCode(cause) !== 'ENOENT') throw cause;
    });
  };
  const makeRoom = async (sizeBytes: number): Promise<void> => {
    const used = (): number => [...files.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
    for (const [name, { askedMs }] of [...files].sort(([, a], [, b]) => a.askedMs - b.askedMs)) {
      if (used() + sizeBytes <= settings.limitBytes) return;
      if (clock.monotonicMs() - askedMs >= keptMs) await remove(name);
    }
    if (used() + sizeBytes <= settings.limitBytes) return;
    throw new PlayheadError(
      'PH_STORAGE_FULL',
      `reading needs more than ${formatBytes(settings.limitBytes)} of decrypted files at once`,
      { hint: 'Read less at a time, or set `encryption.spoolBytes` in the profile higher.' },
    );
  };
  const write = async (name: string, body: AsyncIterable<Uint8Array>): Promise<string> => {
    const path = join(await settings.folder(), name);
    const handle = await fs.open(path, 'wx', 0o600);
    try {
      for await (const part of body) await handle.writeFile(part);
      return path;
    } catch (cause) {
      await fs.unlink(path);
      throw cause;
    } finally {
      await handle.close();
    }
  };
  return {
    file: async (key, etag, sizeBytes, body) => {
      const name = copyName(key, etag);
      const known = files.get(name);
      if (known !== undefined) {
        known.askedMs = clock.monotonicMs();
        return known.path;
      }
      await makeRoom(sizeBytes);
      const path = files.get(name)?.path ?? body().then((parts) => write(name, parts));
      files.set(name, { sizeBytes, path, askedMs: clock.monotonicMs() });
      return path.catch((cause: unknown) => {
        files.delete(name);
        throw cause;
      });
    },
    drop: async (etag) => {
      for (const name of [...files.keys()]) if (name.startsWith(`${etag}-`)) await remove(name);
    },
  };
}
