import { join } from 'node:path';
import { byteShare, type HeldBytes } from '../base/byte-share.ts';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { writeParts } from '../base/write-parts.ts';

/** A file that lies between a batch and DuckDB. Disposing removes it and gives its room back. */
export interface SpoolFile extends AsyncDisposable {
  readonly path: string;
}

/**
 * Where batches are laid out for DuckDB to read (a FIFO would be three times slower) and where it writes before an
 * object is put. Bounded: writers wait while the files together would be larger than the limit.
 */
export interface Spool {
  readonly directory: string;
  /** How often a writer had to wait. */
  readonly waits: number;
  /**
   * Writes the parts one after the other. `extension` as in `.ndjson`. Throws PH_STORAGE_FULL, PH_STORAGE_FAILED;
   * PH_INTERRUPTED when the signal aborts while waiting.
   */
  write(parts: readonly Uint8Array[], extension: string, signal?: AbortSignal): Promise<SpoolFile>;
  /** A path for DuckDB to write to, with room for as many bytes as are expected. */
  reserve(expectedBytes: number, extension: string, signal?: AbortSignal): Promise<SpoolFile>;
}

/**
 * Opens a spool in a directory of its own: made with mode 0700, and wiped, because what lies there is somebody's data
 * that a process left when it was killed.
 */
export async function openSpool(
  directory: string,
  limitBytes: number,
  effects: Pick<Effects, 'fs' | 'random'>,
): Promise<Spool> {
  const { fs, random } = effects;
  await fs.rm(directory, { recursive: true, force: true });
  await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  const room = byteShare('room in the spool', limitBytes);
  const fileIn = (held: HeldBytes, extension: string): SpoolFile => {
    const path = join(directory, `${hex(random.uint32())}${hex(random.uint32())}${extension}`);
    return {
      path,
      [Symbol.asyncDispose]: async () => {
        await fs.rm(path, { force: true });
        held[Symbol.dispose]();
      },
    };
  };
  return {
    directory,
    get waits() {
      return room.waits;
    },
    write: async (parts, extension, signal) => {
      const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
      const file = fileIn(await room.take(sizeBytes, signal), extension);
      try {
        const handle = await fs.open(file.path, 'wx', 0o600);
        try {
          await writeParts(handle, parts, 0);
        } finally {
          await handle.close();
        }
        return file;
      } catch (cause) {
        await file[Symbol.asyncDispose]();
        throw spoolError(directory, cause);
      }
    },
    reserve: async (expectedBytes, extension, signal) => fileIn(await room.take(expectedBytes, signal), extension),
  };
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

/** PH_STORAGE_FULL where there is no room, else PH_STORAGE_FAILED. */
export function spoolError(directory: string, cause: unknown): PlayheadError {
  const full = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');
  const code = full ? 'PH_STORAGE_FULL' : 'PH_STORAGE_FAILED';
  return new PlayheadError(code, `cannot write to the spool ${directory}: ${String(cause)}`, {
    hint: full ? 'free space where the home lies' : 'see that the directory can be written to',
    cause,
  });
}
