import type { Effects } from '../../base/effects.ts';
import type { Sqlite } from '../../base/sqlite.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import type { LogHole, RecordOrigin, StreamAccount, TopicInspection } from '../stream.ts';
import type { FrameContent } from './frame-content.ts';
import { segmentPath } from './segment-file.ts';
import { readAccounts } from './source-account.ts';
import { type FrameRow, framesFrom, readPartitions } from './topic-index.ts';

type ReadFrames = (frames: readonly FrameRow[]) => Promise<readonly FrameContent[]>;

/** What the index and the segments' sizes say of a topic; records are not read for it. */
export function inspectTopic(directory: string, index: Sqlite, read: ReadFrames, effects: Effects): TopicInspection {
  return {
    account: async (): Promise<StreamAccount> => {
      const { sources, gaps, ends } = index.read(() => ({
        sources: readAccounts(index),
        gaps: unnamedPositions(index),
        ends: readPartitions(index).reduce((sum, { end }) => sum + Number(end), 0),
      }));
      return { sources, appended: ends, holes: [...gaps, ...(await unstored(directory, index, effects))] };
    },
    originOf: (partition, position) => originOf(index, partition, position, read),
    // Whoever writes here has a source.
    countForeign: async () => 0,
  };
}

/** Positions between a partition's start and end that no frame has. */
function unnamedPositions(index: Sqlite): readonly LogHole[] {
  const rows = index.all(
    `SELECT partition, expected, base FROM (
       SELECT f.partition, f.base, lag(f.base + f.count, 1, max(p.start_position, 0)) OVER (PARTITION BY f.partition ORDER BY f.base) AS expected
       FROM (SELECT partition, base, count FROM frames
             UNION ALL SELECT partition, end_position, 0 FROM partitions) f JOIN partitions p USING (partition))
     WHERE base > expected ORDER BY partition, base`,
  );
  return rows.map((row) => ({
    partition: Number(row['partition']),
    from: BigInt(Number(row['expected'])),
    until: BigInt(Number(row['base'])),
    reason: 'the index names no batch there',
  }));
}

/** Frames that a segment's file is too short for, or whose file is gone, as ranges of positions. */
async function unstored(directory: string, index: Sqlite, effects: Effects): Promise<readonly LogHole[]> {
  const holes: LogHole[] = [];
  for (const row of index.all('SELECT segment, max(offset + stored_bytes) AS needed FROM frames GROUP BY segment')) {
    const segment = Number(row['segment']);
    const sizeBytes = await sizeOf(segmentPath(directory, segment), effects);
    if (sizeBytes !== undefined && sizeBytes >= Number(row['needed'])) continue;
    const reason =
      sizeBytes === undefined ? `segment ${segment} is gone` : `segment ${segment} ends at byte ${sizeBytes}`;
    const frames = index.all(
      `SELECT partition, base, count FROM frames WHERE segment = ? AND offset + stored_bytes > ? ORDER BY partition, base`,
      segment,
      sizeBytes ?? -1,
    );
    for (const frame of frames) {
      const partition = Number(frame['partition']);
      const from = BigInt(Number(frame['base']));
      const until = from + BigInt(Number(frame['count']));
      const last = holes.at(-1);
      if (last?.partition === partition && last.until === from && last.reason === reason)
        holes[holes.length - 1] = { ...last, until };
      else holes.push({ partition, from, until, reason });
    }
  }
  return holes;
}

async function sizeOf(path: string, effects: Effects): Promise<number | undefined> {
  try {
    return (await effects.fs.stat(path)).size;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw storageError(cause, `looking at ${path}`);
  }
}

async function originOf(
  index: Sqlite,
  partition: number,
  position: bigint,
  read: ReadFrames,
): Promise<RecordOrigin | undefined> {
  const [frame] = framesFrom(index, partition, position, 1, position + 1n);
  if (frame === undefined || position < frame.base || position >= frame.base + BigInt(frame.count)) return undefined;
  const row = index.get(
    `SELECT name FROM sources WHERE id = (SELECT source FROM frames WHERE partition = ? AND base = ?)`,
    partition,
    frame.base,
  );
  const [content] = await read([frame]);
  const offset = content?.sequenceOffsets[Number(position - frame.base)] ?? 0;
  return {
    source: String(row?.['name']),
    sequence: frame.firstSequence + BigInt(offset),
    appendedMs: frame.appendedMs,
  };
}
