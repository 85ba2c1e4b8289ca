import type { FileHandle } from 'node:fs/promises';
import type { Effects } from './effects.ts';

/** Read at once. */
const mostBytes = 1024 ** 2;

/** A file's bytes, a MiB at a time: all that it has when it is opened, or the first of them. */
export async function* fileParts(
  path: string,
  { fs }: Pick<Effects, 'fs'>,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const handle = await fs.open(path, 'r');
  try {
    yield* readParts(handle, 0, Math.min(end, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}

/**
 * Bytes of an open file from `start` up to but without `end`, or to the end of a file that is shorter. A buffer is no larger
 * than what is left: memory that hundreds of small files only ask for brings a collection of the whole heap each few dozen.
 */
export async function* readParts(handle: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = start;
  while (at < end) {
    const buffer = Buffer.allocUnsafe(Math.min(mostBytes, end - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
