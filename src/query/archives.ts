import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { sideBySide } from '../delivery/side-by-side.ts';
import type { ReadFile, TableRead } from './read-set.ts';
import { fullName } from './read-tables.ts';
import { checkZstdFrames } from './zstd-frames.ts';

/**
 * Objects that nobody vouches for, checked before they are read: DuckDB takes the first rows of a gzip or zstd that was
 * cut for all of them, and does not look at gzip's checksums.
 */
export interface Archives {
  /** Throws PH_SQL_FAILED, with the object's key, for one that is cut or damaged. */
  check(reads: readonly TableRead[], signal?: AbortSignal): Promise<void>;
}

/** As many as there are threads to spare: unpacking is all that a check does. */
const checksAtOnce = 2;

/**
 * A gzip says nothing of its length before its end, so it is unpacked once, and what was found whole is remembered by its
 * contents: a line each in a file of the directory, in memory alone where there is none. Lost lines cost a check.
 */
export function openArchives(directory: string | undefined, effects: Effects): Archives {
  const file = directory === undefined ? undefined : join(directory, 'whole-archives.txt');
  let known: Promise<Set<string>> | undefined;
  const remembered = (): Promise<Set<string>> => {
    known ??= file === undefined ? Promise.resolve(new Set()) : readKnown(file, effects);
    return known;
  };
  return {
    check: async (reads, signal) => {
      const wanted = reads.flatMap((read) =>
        read.files
          .filter(({ path, etag }) => etag !== undefined && /\.(?:gz|zst)$/i.test(path))
          .map((of) => ({ read, of })),
      );
      if (wanted.length === 0) return;
      const whole = await remembered();
      const unknown = wanted.filter(({ of }) => !whole.has(mark(of)));
      const found = await sideBySide(unknown, checksAtOnce, async ({ read, of }) => {
        if (whole.has(mark(of))) return [];
        await checkOne(read, of, effects, signal);
        whole.add(mark(of));
        return [mark(of)];
      });
      if (file !== undefined && found.flat().length > 0) await remember(file, found.flat(), effects);
    },
  };
}

const mark = ({ etag = '' }: ReadFile): string => createHash('sha256').update(etag).digest('hex').slice(0, 32);

async function checkOne(
  { table }: TableRead,
  { path, key = path, sizeBytes }: ReadFile,
  { fs }: Effects,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await fs.open(path, 'r');
  try {
    if (/\.zst$/i.test(path)) await checkZstdFrames(handle, sizeBytes);
    else
      await pipeline(
        handle.createReadStream({ autoClose: false }),
        createGunzip(),
        discard,
        signal === undefined ? {} : { signal },
      );
  } catch (cause) {
    if (signal?.aborted === true) throw new PlayheadError('PH_INTERRUPTED', 'the query was interrupted', { cause });
    if (isPlayheadError(cause) || !(cause instanceof Error)) throw cause;
    throw new PlayheadError('PH_SQL_FAILED', `${key} of ${fullName(table)} is cut off or damaged: ${cause.message}`, {
      cause,
      details: { key, table: fullName(table) },
      hint: 'Put the whole object in its place or remove it, or leave its partition out.',
    });
  } finally {
    await handle.close();
  }
}

async function discard(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces);
}

async function readKnown(file: string, { fs }: Effects): Promise<Set<string>> {
  try {
    return new Set((await fs.readFile(file, 'utf8')).split('\n'));
  } catch {
    return new Set();
  }
}

async function remember(file: string, marks: readonly string[], { fs, log }: Effects): Promise<void> {
  try {
    await fs.mkdir(dirname(file), { recursive: true });
    const handle = await fs.open(file, 'a');
    // One write: lines of two processes do not mix.
    await handle.appendFile(`${marks.join('\n')}\n`).finally(() => handle.close());
  } catch (error) {
    log.log('debug', 'what archives are whole could not be kept', { file, error: String(error) });
  }
}
