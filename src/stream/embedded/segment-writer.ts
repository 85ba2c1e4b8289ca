import type { Effects } from '../../base/effects.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import type { Sqlite } from '../../base/sqlite.ts';
import { writeParts } from '../../base/write-parts.ts';
import { storageError } from '../../lake/storage-error.ts';
import { beginEpoch } from './epochs.ts';
import { segmentPath } from './segment-file.ts';
import { segmentHeader } from './segment-header.ts';
import { newSegmentKey, type SegmentKey } from './segment-key.ts';

type FileHandle = Awaited<ReturnType<Effects['fs']['open']>>;

/** The one segment that this writer appends to. No other process ever writes to the file. */
export interface OpenSegment {
  readonly id: number;
  readonly path: string;
  /** Its frames are sealed with it; undefined where they are plain. */
  readonly key: SegmentKey | undefined;
  /** Where the next frame goes: everything before it is in the log. */
  readonly sizeBytes: number;
  /**
   * Writes the parts at the end and waits until the disk has them. Nothing is in the log until the index says so; when
   * it fails, the disk gets its room back as far as it still answers (a tail that stays is ignored by readers).
   */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /** What was written is in the log now. */
  keep(sizeBytes: number): void;
  /** Full: takes no more. */
  seal(): Promise<void>;
  /**
   * Closes the file and leaves the rest to whoever cleans up: after a failed fdatasync it is not to be built upon.
   * Never rejects, because the failure that led here is the one to tell.
   */
  abandon(): Promise<void>;
}

/** Registers a new segment in the index, then makes its file: a file without a row can't be, a row without a file can. */
export async function openSegment(
  directory: string,
  index: Sqlite,
  ring: KeyRing | undefined,
  effects: Effects,
): Promise<OpenSegment> {
  const sealed = ring === undefined ? undefined : newSegmentKey(ring);
  const head = sealed === undefined ? segmentHeader : Buffer.concat([segmentHeader, sealed.bytes]);
  const row = index.write('durable', () => {
    beginEpoch(index);
    return index.get(
      "INSERT INTO segments (writer_pid, state, size_bytes) VALUES (?, 'open', ?) RETURNING id",
      process.pid,
      head.length,
    );
  });
  const id = Number(row?.['id']);
  const path = segmentPath(directory, id);
  let file: FileHandle | undefined;
  try {
    file = await effects.fs.open(path, 'wx');
    await file.write(head, 0, head.length, 0);
    await syncDirectory(directory, effects);
    return segmentOver({ id, path, key: sealed?.key, headBytes: head.length }, file, index);
  } catch (cause) {
    await file?.close();
    throw storageError(cause, `making segment ${path}`);
  }
}

function segmentOver(
  { id, path, key, headBytes }: Pick<OpenSegment, 'id' | 'path' | 'key'> & { readonly headBytes: number },
  file: FileHandle,
  index: Sqlite,
): OpenSegment {
  let sizeBytes = headBytes;
  return {
    id,
    path,
    key,
    get sizeBytes() {
      return sizeBytes;
    },
    write: async (parts) => {
      try {
        await writeParts(file, parts, sizeBytes);
        await file.datasync();
      } catch (cause) {
        await file.truncate(sizeBytes).catch(() => undefined);
        throw storageError(cause, `appending to segment ${path}`);
      }
    },
    keep: (newSize) => {
      sizeBytes = newSize;
    },
    seal: async () => {
      try {
        index.write('durable', () =>
          index.run("UPDATE segments SET state = 'sealed' WHERE id = ? AND state = 'open'", id),
        );
      } finally {
        await file.close();
      }
    },
    abandon: () => file.close().catch(() => undefined),
  };
}

/** A new file's name is on the disk only once its directory is. */
async function syncDirectory(directory: string, effects: Effects): Promise<void> {
  const handle = await effects.fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
