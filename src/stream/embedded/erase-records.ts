import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import type { Sqlite, SqliteRow } from '../../base/sqlite.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import { bitAt, keyAt, valueAt } from '../../record/batch.ts';
import type { LogErasure, RecordTest } from '../stream.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import type { FrameContent } from './frame-content.ts';
import { withoutRecords } from './frame-without.ts';
import { segmentPath } from './segment-file.ts';
import { openFrame, type SegmentKey, sealFrame, segmentKey } from './segment-key.ts';
import { type OpenSegment, openSegment } from './segment-writer.ts';
import { cleanUpAfterDeadWriters } from './topic-trim.ts';

/** Frames are written so many bytes at once: each write waits for the disk. */
const writtenBytes = 4 * 1024 ** 2;

interface Log {
  readonly directory: string;
  readonly index: Sqlite;
  readonly ring: KeyRing | undefined;
}

/** A frame as it will lie in the segment that takes the old one's place. */
interface MovedFrame {
  readonly partition: number;
  readonly base: number;
  readonly offset: number;
  readonly storedBytes: number;
  readonly valueBytes: number;
}

/**
 * Erases records segment by segment: a segment that holds one is written anew, its other frames byte for byte, and takes the
 * old one's place in one transaction of the index; then the old file goes. Killed at any step, it is done again: until that
 * transaction nothing refers to the new file, after it nothing to the old one, which stands in the index as dropped.
 */
export async function eraseRecords(log: Log, isMeant: RecordTest, effects: Effects): Promise<LogErasure> {
  const { directory, index } = log;
  // From here on, nothing that was looked at before is appended: what was appended before, is found below.
  index.write('durable', () => countErasure(index));
  await cleanUpAfterDeadWriters(directory, index, effects);
  await removeDropped(log, effects);
  let [records, segments] = [0, 0];
  for (const row of index.all('SELECT DISTINCT segment FROM frames ORDER BY segment')) {
    const segment = Number(row['segment']);
    if ((await countIn(log, segment, isMeant, effects)) === 0) continue;
    records += await replaceSegment(log, segment, isMeant, effects);
    segments += 1;
  }
  return { records, segments };
}

/** Once an erasure when it begins, for who appends, and with each segment that goes, for who has read it. */
function countErasure(index: Sqlite): void {
  index.run('UPDATE topic SET erasures = erasures + 1');
}

/** Files of segments that were trimmed or replaced: their readers have had their time, or begin again. */
async function removeDropped({ directory, index }: Log, effects: Effects): Promise<void> {
  for (const row of index.all("SELECT id FROM segments WHERE state = 'dropped'")) {
    const path = segmentPath(directory, Number(row['id']));
    await effects.fs.unlink(path).catch((cause: unknown) => {
      if (systemCode(cause) !== 'ENOENT') throw storageError(cause, `removing ${path}`);
    });
    index.write('durable', () => index.run('DELETE FROM segments WHERE id = ?', row['id'] as number));
  }
}

/** What `eraseRecords` would take out. */
export async function countRecords(log: Log, isMeant: RecordTest, effects: Effects): Promise<LogErasure> {
  let [records, segments] = [0, 0];
  for (const row of log.index.all('SELECT DISTINCT segment FROM frames ORDER BY segment')) {
    const found = await countIn(log, Number(row['segment']), isMeant, effects);
    records += found;
    segments += found > 0 ? 1 : 0;
  }
  return { records, segments };
}

async function countIn(log: Log, segment: number, isMeant: RecordTest, effects: Effects): Promise<number> {
  let count = 0;
  for await (const { plain } of framesIn(log, segment, effects))
    count += meantIn(await decodeFrame(plain), isMeant).length;
  return count;
}

async function replaceSegment(log: Log, old: number, isMeant: RecordTest, effects: Effects): Promise<number> {
  const { directory, index, ring } = log;
  // Whoever writes to it notices at its next commit, and goes on in another.
  index.write('durable', () => index.run("UPDATE segments SET state = 'sealed' WHERE id = ?", old));
  const fresh = await openSegment(directory, index, ring, effects);
  const moved: MovedFrame[] = [];
  const waiting: Uint8Array[] = [];
  let records = 0;
  try {
    for await (const { row, plain } of framesIn(log, old, effects)) {
      const content = await decodeFrame(plain);
      const meant = meantIn(content, isMeant);
      records += meant.length;
      const without = meant.length === 0 ? undefined : withoutRecords(content, meant);
      const parts = without === undefined ? [plain] : await encodeFrame(without);
      const stored = fresh.key === undefined ? parts : sealFrame(parts, fresh.key);
      const storedBytes = sizeOf(stored);
      moved.push({
        partition: Number(row['partition']),
        base: Number(row['base']),
        offset: fresh.sizeBytes + sizeOf(waiting),
        storedBytes,
        valueBytes: without?.batch.values.length ?? Number(row['value_bytes']),
      });
      waiting.push(...stored);
      if (sizeOf(waiting) >= writtenBytes) await flush(fresh, waiting);
    }
    await flush(fresh, waiting);
    await effects.reached('erase.segment-written');
    index.write('durable', () => switchSegments(index, old, fresh, moved));
    await effects.reached('erase.segment-indexed');
  } finally {
    await fresh.abandon();
  }
  await removeDropped(log, effects);
  return records;
}

async function flush(fresh: OpenSegment, waiting: Uint8Array[]): Promise<void> {
  const parts = waiting.splice(0);
  await fresh.write(parts);
  fresh.keep(fresh.sizeBytes + sizeOf(parts));
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function switchSegments(
  index: Sqlite,
  old: number,
  fresh: { readonly id: number; readonly sizeBytes: number },
  moved: readonly MovedFrame[],
): void {
  for (const { partition, base, offset, storedBytes, valueBytes } of moved)
    index.run(
      `UPDATE frames SET segment = ?, offset = ?, stored_bytes = ?, value_bytes = ?
         WHERE partition = ? AND base = ? AND segment = ?`,
      fresh.id,
      offset,
      storedBytes,
      valueBytes,
      partition,
      base,
      old,
    );
  index.run("UPDATE segments SET state = 'sealed', size_bytes = ? WHERE id = ?", fresh.sizeBytes, fresh.id);
  index.run("UPDATE segments SET state = 'dropped', dropped_ms = 0 WHERE id = ?", old);
  countErasure(index);
}

/** The frames of a segment in the order of the file, decrypted. */
async function* framesIn(
  { directory, index, ring }: Log,
  segment: number,
  effects: Effects,
): AsyncGenerator<{ readonly row: SqliteRow; readonly plain: Uint8Array }> {
  const path = segmentPath(directory, segment);
  const file = await effects.fs.open(path, 'r').catch((cause: unknown) => {
    throw storageError(cause, `opening ${path}`);
  });
  try {
    const key = await segmentKey(file, ring, path);
    const rows = index.all(
      'SELECT partition, base, offset, stored_bytes, value_bytes FROM frames WHERE segment = ? ORDER BY offset',
      segment,
    );
    for (const row of rows) {
      const bytes = Buffer.allocUnsafeSlow(Number(row['stored_bytes']));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, Number(row['offset']));
      const plain = opened(bytes.subarray(0, bytesRead), key);
      if (bytesRead < bytes.length || plain === undefined) throw damaged(path, Number(row['offset']));
      yield { row, plain };
    }
  } finally {
    await file.close();
  }
}

function opened(bytes: Uint8Array, key: SegmentKey | undefined): Uint8Array | undefined {
  return key === undefined ? bytes : openFrame(bytes, key);
}

function damaged(path: string, offset: number): PlayheadError {
  return new PlayheadError(
    'PH_LOG_CORRUPT',
    `segment ${path} is damaged at offset ${offset}: nothing was erased from it`,
    {
      hint: 'Put this file back from a backup, then erase again.',
      details: { segment: path, offset },
    },
  );
}

function meantIn({ batch, erased }: FrameContent, isMeant: RecordTest): readonly number[] {
  const meant: number[] = [];
  for (let i = 0; i < batch.count; i += 1)
    if (!bitAt(erased, i) && isMeant(valueAt(batch, i), keyAt(batch, i))) meant.push(i);
  return meant;
}
