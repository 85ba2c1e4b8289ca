import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import { decodeFrame } from './frame.ts';
import type { FrameContent } from './frame-content.ts';
import { openFrame, type SegmentKey, segmentKey } from './segment-key.ts';
import type { FrameRow } from './topic-index.ts';

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(12, '0')}.segment`);
}

/**
 * The contents of frames, in the order asked for. Reads each segment's frames through one handle; decompression runs on
 * the thread pool. PH_LOG_CORRUPT names the segment and the offset of what can't be read.
 */
export async function readFrames(
  directory: string,
  frames: readonly FrameRow[],
  ring: KeyRing | undefined,
  effects: Effects,
): Promise<readonly FrameContent[]> {
  const bySegment = Map.groupBy(frames.keys(), (at) => frames[at]?.segment ?? 0);
  const contents = new Array<FrameContent>(frames.length);
  for (const [segment, indices] of bySegment) {
    const path = segmentPath(directory, segment);
    const file = await effects.fs.open(path, 'r').catch((cause: unknown) => {
      throw systemCode(cause) === 'ENOENT' ? missing(path) : storageError(cause, `opening ${path}`);
    });
    try {
      const key = await segmentKey(file, ring, path);
      const decode = async (at: number): Promise<void> => {
        const frame = frames[at];
        if (frame !== undefined) contents[at] = await readFrame(file, path, frame, key);
      };
      await Promise.all(indices.map(decode));
    } finally {
      await file.close();
    }
  }
  return contents;
}

type FileHandle = Awaited<ReturnType<Effects['fs']['open']>>;

async function readFrame(
  file: FileHandle,
  path: string,
  frame: FrameRow,
  key: SegmentKey | undefined,
): Promise<FrameContent> {
  const bytes = Buffer.allocUnsafeSlow(frame.storedBytes);
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, frame.offset + read).catch((cause) => {
      throw storageError(cause, `reading ${path}`);
    });
    if (bytesRead === 0) throw corrupt(path, frame, `the file ends ${bytes.length - read} bytes early`);
    read += bytesRead;
  }
  const plain = key === undefined ? bytes : openFrame(bytes, key);
  if (plain === undefined) throw corrupt(path, frame, 'it does not open with the key of its segment');
  const content = await decodeFrame(plain).catch((cause: unknown) => {
    throw corrupt(path, frame, cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (content.batch.count !== frame.count)
    throw corrupt(path, frame, `it holds ${content.batch.count} records, the index says ${frame.count}`);
  return content;
}

function corrupt(path: string, frame: FrameRow, reason: string, cause?: unknown): PlayheadError {
  const last = frame.base + BigInt(frame.count) - 1n;
  return new PlayheadError('PH_LOG_CORRUPT', `segment ${path} is damaged at offset ${frame.offset}: ${reason}`, {
    cause,
    hint:
      `put this file back from a backup; records ${frame.base} to ${last} of partition ${frame.partition} are in ` +
      'the damaged part, everything before and after it can still be read',
    details: {
      segment: path,
      offset: frame.offset,
      partition: frame.partition,
      firstPosition: String(frame.base),
      lastPosition: String(last),
    },
  });
}

function missing(path: string): PlayheadError {
  return new PlayheadError('PH_LOG_CORRUPT', `segment ${path} is gone, but the index names records in it`, {
    hint: 'put this file back from a backup; nothing but a trim may remove a segment',
    details: { segment: path, offset: 0 },
  });
}
