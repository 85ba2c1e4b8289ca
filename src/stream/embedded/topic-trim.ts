import type { Effects } from '../../base/effects.ts';
import type { Sqlite } from '../../base/sqlite.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import type { Position } from '../../record/batch.ts';
import { dropEpochs } from './epochs.ts';
import { segmentPath } from './segment-file.ts';
import { readPartitions } from './topic-index.ts';

/** Readers that looked their frames up just before a trim have this long to read them. */
const graceMs = 3_600_000;

/**
 * Takes whole segments out of the log whose records all lie below `below` and were appended before `appendedBeforeMs`,
 * as far as each partition keeps its records without a hole. A segment that is still open is closed by it: its writer
 * notices at its next commit and goes on in a new one. Files are unlinked by the first trim after the grace.
 */
export async function trimTopic(
  directory: string,
  index: Sqlite,
  below: readonly Position[],
  appendedBeforeMs: number,
  effects: Effects,
): Promise<readonly number[]> {
  const dropped = index.write('durable', () => {
    const segments = droppable(index, below, appendedBeforeMs);
    const counts = readPartitions(index).map(() => 0);
    for (const segment of segments) takeFrames(index, segment, counts);
    index.run(
      `UPDATE segments SET state = 'dropped', dropped_ms = ?1
         WHERE id IN (SELECT value FROM json_each(?2))
            OR (state = 'sealed' AND NOT EXISTS (SELECT 1 FROM frames WHERE segment = segments.id))`,
      effects.clock.now(),
      JSON.stringify(segments),
    );
    for (const [partition, count] of counts.entries())
      index.run('UPDATE partitions SET start_position = start_position + ? WHERE partition = ?', count, partition);
    dropEpochs(index);
    return counts;
  });
  await effects.reached('stream.trimmed');
  await unlinkDropped(directory, index, effects);
  return dropped;
}

/** Segments that can go: each partition loses its oldest records only. */
function droppable(index: Sqlite, below: readonly Position[], appendedBeforeMs: number): readonly number[] {
  const extents = index
    .all(
      `SELECT segment, partition, min(base) AS first, max(base + count) AS next, max(appended_ms) AS appended_ms
         FROM frames GROUP BY segment, partition`,
    )
    .map((row) => ({
      segment: Number(row['segment']),
      partition: Number(row['partition']),
      first: Number(row['first']),
      next: Number(row['next']),
      appendedMs: Number(row['appended_ms']),
    }));
  const kept = new Set(
    extents
      .filter(
        ({ partition, next, appendedMs }) => BigInt(next) > (below[partition] ?? 0n) || appendedMs >= appendedBeforeMs,
      )
      .map(({ segment }) => segment),
  );
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    const oldestKept = new Map<number, number>();
    for (const { segment, partition, first } of extents)
      if (kept.has(segment)) oldestKept.set(partition, Math.min(first, oldestKept.get(partition) ?? first));
    for (const { segment, partition, next } of extents)
      if (next > (oldestKept.get(partition) ?? next)) kept.add(segment);
  }
  return [...new Set(extents.map(({ segment }) => segment))].filter((segment) => !kept.has(segment));
}

/** Takes a segment's frames out of the index and adds them to the `counts` of their partitions. */
function takeFrames(index: Sqlite, segment: number, counts: number[]): void {
  const rows = index.all(
    'SELECT partition, sum(count) AS count FROM frames WHERE segment = ? GROUP BY partition',
    segment,
  );
  for (const row of rows) {
    const partition = Number(row['partition']);
    counts[partition] = (counts[partition] ?? 0) + Number(row['count']);
  }
  index.run('DELETE FROM frames WHERE segment = ?', segment);
}

async function unlinkDropped(directory: string, index: Sqlite, effects: Effects): Promise<void> {
  const rows = index.all(
    "SELECT id FROM segments WHERE state = 'dropped' AND dropped_ms <= ?",
    effects.clock.now() - graceMs,
  );
  for (const row of rows) {
    const id = Number(row['id']);
    await removeSegment(directory, id, effects);
    index.write('durable', () => index.run('DELETE FROM segments WHERE id = ?', id));
  }
}

/**
 * Cuts off what dead writers left behind their last commit, and removes segments that never had one. Closing the
 * segment in the index first makes it safe even if the writer lives after all (in another container, say): its next
 * commit is refused, and it writes its records again elsewhere.
 */
export async function cleanUpAfterDeadWriters(directory: string, index: Sqlite, effects: Effects): Promise<void> {
  const open = index.all("SELECT id, writer_pid FROM segments WHERE state = 'open'");
  const dead = open.filter((row) => !isAlive(Number(row['writer_pid']))).map((row) => Number(row['id']));
  for (const id of dead) {
    const sealed = index.write('durable', () => {
      const row = index.get(
        "UPDATE segments SET state = 'sealed' WHERE id = ? AND state = 'open' RETURNING size_bytes",
        id,
      );
      const used = index.get('SELECT 1 FROM frames WHERE segment = ? LIMIT 1', id);
      return { mine: row !== undefined, empty: used === undefined, sizeBytes: Number(row?.['size_bytes']) };
    });
    if (!sealed.mine) continue;
    if (sealed.empty) {
      await removeSegment(directory, id, effects);
      index.write('durable', () => index.run('DELETE FROM segments WHERE id = ?', id));
    } else await cutTail(segmentPath(directory, id), sealed.sizeBytes, effects);
  }
}

async function cutTail(path: string, sizeBytes: number, effects: Effects): Promise<void> {
  try {
    const { size } = await effects.fs.stat(path);
    if (size > sizeBytes) await effects.fs.truncate(path, sizeBytes);
  } catch (cause) {
    throw storageError(cause, `cutting the unfinished end off ${path}`);
  }
}

async function removeSegment(directory: string, segment: number, effects: Effects): Promise<void> {
  const path = segmentPath(directory, segment);
  await effects.fs.unlink(path).catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw storageError(cause, `removing ${path}`);
  });
}

/** A process that may not be signalled is alive too. A pid used again only delays the cleaning. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
