import { PlayheadError } from '../../base/errors.ts';
import type { Sqlite, SqliteRow } from '../../base/sqlite.ts';
import type { PartitionState, TopicSpec, TopicState } from '../stream.ts';

/** Where a frame's bytes are and what they hold. */
export interface FrameRow {
  readonly partition: number;
  readonly base: bigint;
  readonly count: number;
  readonly segment: number;
  readonly offset: number;
  readonly storedBytes: number;
  readonly valueBytes: number;
  readonly appendedMs: number;
  readonly firstSequence: bigint;
}

/** The topic as the index has it, undefined before it was created. */
export function readTopic(index: Sqlite): TopicState | undefined {
  return index.read(() => {
    const row = index.get('SELECT * FROM topic');
    if (row === undefined) return undefined;
    const spec: TopicSpec = {
      topic: String(row['name']),
      partitions: Number(row['partitions']),
      retentionMs: Number(row['retention_ms']),
      cleanup: row['cleanup'] === 'compact' ? 'compact' : 'delete',
    };
    return {
      ...spec,
      id: String(row['identity']),
      state: readPartitions(index),
      erasures: Number(row['erasures'] ?? 0),
      ...(row['last_arrival_ms'] === null ? {} : { lastArrivalMs: Number(row['last_arrival_ms']) }),
      ...(row['last_appended_ms'] === null ? {} : { lastAppendedMs: Number(row['last_appended_ms']) }),
    };
  });
}

export function readPartitions(index: Sqlite): readonly PartitionState[] {
  return index.all('SELECT * FROM partitions ORDER BY partition').map((row) => {
    const start = Number(row['start_position']);
    const end = Number(row['end_position']);
    return { partition: Number(row['partition']), start: BigInt(start), end: BigInt(end), count: end - start };
  });
}

/**
 * Creates the topic, or checks that the one there agrees. A new retention is taken over: it changes nothing that was
 * promised to a reader. PH_TOPIC_INCOMPATIBLE where name, partitions or cleanup differ.
 */
export function ensureTopicRow(index: Sqlite, spec: TopicSpec): void {
  const there = readTopic(index);
  if (there !== undefined) checkAgrees(there, spec);
  if (there !== undefined && there.retentionMs === spec.retentionMs) return;
  index.write('durable', () => {
    // Looked at again under the lock: another process may have created it.
    const row = index.get('SELECT name FROM topic');
    if (row !== undefined) {
      index.run('UPDATE topic SET retention_ms = ?', spec.retentionMs);
      return;
    }
    // SQLite's own randomness: a seeded run that makes a log anew must not draw the identity of the one before.
    index.run(
      `INSERT INTO topic (id, name, partitions, retention_ms, cleanup, identity)
       VALUES (1, ?, ?, ?, ?, lower(hex(randomblob(16))))`,
      spec.topic,
      spec.partitions,
      spec.retentionMs,
      spec.cleanup,
    );
    for (let partition = 0; partition < spec.partitions; partition += 1)
      index.run('INSERT INTO partitions (partition, start_position, end_position) VALUES (?, 0, 0)', partition);
  });
  const created = readTopic(index);
  if (created !== undefined) checkAgrees(created, spec);
}

function checkAgrees(there: TopicSpec, spec: TopicSpec): void {
  const differing = (['topic', 'partitions', 'cleanup'] as const).find((name) => there[name] !== spec[name]);
  if (differing === undefined) return;
  throw new PlayheadError(
    'PH_TOPIC_INCOMPATIBLE',
    `topic ${there.topic} has ${differing} ${there[differing]}, the definition says ${spec[differing]}`,
    {
      hint:
        differing === 'partitions'
          ? 'another number of partitions would send a key elsewhere and break its order: give the changed stream a new topic'
          : 'give the stream a topic of its own, or take its definition back',
      details: { topic: there.topic, differing, stored: there[differing], defined: spec[differing] },
    },
  );
}

const frameColumns = `partition, base, count, segment, offset, stored_bytes, value_bytes, appended_ms,
  CAST(first_sequence AS TEXT) AS first_sequence`;

/** How many rows a page of the index brings: enough for a fetch of ordinary batches. */
const pageRows = 256;

/** Frames of a partition from the one that holds `from`, until they hold `maxBytes` of values or pass `until`. */
export function framesFrom(
  index: Sqlite,
  partition: number,
  from: bigint,
  maxBytes: number,
  until: bigint,
): readonly FrameRow[] {
  const frames: FrameRow[] = [];
  let bytes = 0;
  // The frame that holds `from` may begin before it. What comes after does not: the last one again would be no answer
  // where a page ends with the partition.
  let next = frameBase(index, partition, from);
  for (;;) {
    const rows = index.all(
      `SELECT ${frameColumns} FROM frames WHERE partition = ? AND base >= ? ORDER BY base LIMIT ${pageRows}`,
      partition,
      next,
    );
    for (const frame of rows.map(frameRow)) {
      if (frame.base >= until || (frames.length > 0 && bytes + frame.valueBytes > maxBytes)) return frames;
      frames.push(frame);
      bytes += frame.valueBytes;
      next = frame.base + BigInt(frame.count);
    }
    if (rows.length < pageRows) return frames;
  }
}

/** Where the frame begins that holds a position. */
function frameBase(index: Sqlite, partition: number, position: bigint): bigint {
  const row = index.get(
    'SELECT coalesce(max(base), 0) AS base FROM frames WHERE partition = ? AND base <= ?',
    partition,
    position,
  );
  return BigInt(Number(row?.['base'] ?? 0));
}

/** Frames that still hold sequences of a source between `first` and `last`. */
export function framesOfSource(index: Sqlite, source: number, first: bigint, last: bigint): readonly FrameRow[] {
  return index
    .all(
      `SELECT ${frameColumns} FROM frames WHERE source = ? AND last_sequence >= ? AND frames.first_sequence <= ?`,
      source,
      first,
      last,
    )
    .map(frameRow);
}

function frameRow(row: SqliteRow): FrameRow {
  return {
    partition: Number(row['partition']),
    base: BigInt(Number(row['base'])),
    count: Number(row['count']),
    segment: Number(row['segment']),
    offset: Number(row['offset']),
    storedBytes: Number(row['stored_bytes']),
    valueBytes: Number(row['value_bytes']),
    appendedMs: Number(row['appended_ms']),
    firstSequence: BigInt(String(row['first_sequence'])),
  };
}
