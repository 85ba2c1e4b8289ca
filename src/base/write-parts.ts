import type { Effects } from './effects.ts';

type FileHandle = Awaited<ReturnType<Effects['fs']['open']>>;

/** One call of the system takes at most this many parts (IOV_MAX on Linux). */
const partsPerCall = 1024;

/**
 * Writes the parts one after the other from byte `offset` on, without a copy of them. A write that was cut short, as on a disk
 * that is nearly full, is gone on with: the next one says what is wrong.
 */
export async function writeParts(file: FileHandle, parts: readonly Uint8Array[], offset: number): Promise<void> {
  let at = offset;
  for (let first = 0; first < parts.length; first += partsPerCall) {
    let pending = parts.slice(first, first + partsPerCall);
    while (pending.length > 0) {
      const { bytesWritten } = await file.writev(pending, at);
      at += bytesWritten;
      pending = remaining(pending, bytesWritten);
    }
  }
}

/** What is left of `parts` after the first `written` bytes. */
function remaining(parts: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  const left: Uint8Array[] = [];
  for (const part of parts) {
    if (skip < part.length) left.push(part.subarray(skip));
    skip = Math.max(0, skip - part.length);
  }
  return left;
}
