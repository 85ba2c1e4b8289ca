import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import { ownMemory } from '../../base/own-memory.ts';
import { openSqlite, type Sqlite, type SqliteAccess } from '../../base/sqlite.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import type { Position, RecordBatch } from '../../record/batch.ts';
import { sliceBatch } from '../../record/batch-slice.ts';
import type { FindErasedIds } from '../erased-ids.ts';
import type {
  AppendRequest,
  AppendResult,
  Fetched,
  FetchOptions,
  LogErasure,
  RecordTest,
  TopicInspection,
  TopicSpec,
  TopicState,
} from '../stream.ts';
import { wasCut } from '../was-cut.ts';
import { endOfEpoch, latestEpoch } from './epochs.ts';
import { countRecords, eraseRecords } from './erase-records.ts';
import type { FrameContent } from './frame-content.ts';
import { indexSchema } from './index-schema.ts';
import { readFrames } from './segment-file.ts';
import { highestSequence, sourceId } from './source-runs.ts';
import { topicIndexName } from './topic-files.ts';
import { ensureTopicRow, type FrameRow, framesFrom, readPartitions, readTopic } from './topic-index.ts';
import { inspectTopic } from './topic-inspection.ts';
import { cleanUpAfterDeadWriters, trimTopic } from './topic-trim.ts';
import { passed, topicWait } from './topic-wait.ts';
import { TopicWriter } from './topic-writer.ts';

/** One topic of the embedded log: the methods of `Stream` without the topic's name. */
export interface Topic {
  ensure(spec: TopicSpec): TopicState;
  describe(): TopicState;
  append(request: AppendRequest): Promise<AppendResult>;
  lastSequence(source: string): bigint | undefined;
  fetch(partition: number, from: Position, options: FetchOptions): Promise<Fetched>;
  endsOfEpochs(epochs: ReadonlyMap<number, number>): ReadonlyMap<number, Position>;
  countRecords(partition: number, from: Position, until: Position): number;
  waitForMore(seen: readonly Position[], signal: AbortSignal): Promise<void>;
  trim(below: readonly Position[], appendedBeforeMs: number): Promise<readonly number[]>;
  inspect(): TopicInspection;
  erase(isMeant: RecordTest, countOnly: boolean): Promise<LogErasure>;
  close(): Promise<void>;
}

/** Opens the topic in `directory`, creating it where a `spec` is given; undefined where there is none. */
export async function openTopic(
  directory: string,
  spec: TopicSpec | undefined,
  settings: {
    readonly segmentBytes: number;
    readonly pollMs: number;
    readonly access: SqliteAccess;
    readonly ring: KeyRing | undefined;
    readonly erasedIds: FindErasedIds | undefined;
  },
  effects: Effects,
): Promise<Topic | undefined> {
  const file = join(directory, topicIndexName);
  if (spec === undefined && !(await exists(file, effects))) return undefined;
  if (spec !== undefined)
    await effects.fs.mkdir(directory, { recursive: true }).catch((cause: unknown) => {
      throw storageError(cause, `making ${directory}`);
    });
  const index = openSqlite(file, indexSchema, settings.access);
  try {
    if (spec !== undefined) ensureTopicRow(index, spec);
    const state = readTopic(index);
    if (state !== undefined) return topicOver(directory, file, index, state, settings, effects);
  } catch (error) {
    index.close();
    throw error;
  }
  index.close();
  return undefined;
}

function topicOver(
  directory: string,
  file: string,
  index: Sqlite,
  { topic, partitions }: TopicSpec,
  settings: {
    readonly segmentBytes: number;
    readonly pollMs: number;
    readonly ring: KeyRing | undefined;
    readonly erasedIds: FindErasedIds | undefined;
  },
  effects: Effects,
): Topic {
  const wait = topicWait(`${file}-wal`, settings.pollMs, effects);
  const writer = new TopicWriter({ ...settings, directory, partitions, onCommit: wait.notify }, index, effects);
  let cleaned: Promise<void> | undefined;
  const describe = (): TopicState => {
    const state = readTopic(index);
    if (state === undefined)
      throw new PlayheadError('PH_LOG_CORRUPT', `${file} has lost its topic ${topic}`, {
        hint: indexSchema.whenDamaged,
        details: { index: file },
      });
    return state;
  };
  return {
    describe,
    ensure: (spec) => {
      ensureTopicRow(index, spec);
      return describe();
    },
    append: async (request) => {
      cleaned ??= cleanUpAfterDeadWriters(directory, index, effects).catch((error: unknown) => {
        cleaned = undefined;
        throw error;
      });
      await cleaned;
      return writer.append(request);
    },
    lastSequence: (source) => {
      const id = sourceId(index, source);
      return id === undefined ? undefined : highestSequence(index, id);
    },
    fetch: (partition, from, options) =>
      fetchBatches({ directory, ring: settings.ring }, index, topic, partition, from, options, effects),
    endsOfEpochs: (epochs) =>
      new Map([...epochs].map(([partition, epoch]) => [partition, endOfEpoch(index, partition, epoch)])),
    countRecords: (partition, from, until) => {
      const { start, end } = readPartitions(index)[partition] ?? { start: 0n, end: 0n };
      const first = from > start ? from : start;
      const last = until < end ? until : end;
      return Math.max(0, Number(last - first));
    },
    waitForMore: (seen, signal) => wait.until(() => passed(readPartitions(index), seen), signal),
    trim: (below, appendedBeforeMs) => trimTopic(directory, index, below, appendedBeforeMs, effects),
    inspect: () =>
      inspectTopic(directory, index, (frames) => readFrames(directory, frames, settings.ring, effects), effects),
    erase: (isMeant, countOnly) => {
      const log = { directory, ring: settings.ring, index };
      return countOnly ? countRecords(log, isMeant, effects) : eraseRecords(log, isMeant, effects);
    },
    close: async () => {
      await writer.close();
      index.close();
    },
  };
}

async function fetchBatches(
  { directory, ring }: { readonly directory: string; readonly ring: KeyRing | undefined },
  index: Sqlite,
  topic: string,
  partition: number,
  from: Position,
  { maxBytes, until, epoch: since }: FetchOptions,
  effects: Effects,
): Promise<Fetched> {
  let epoch: number | undefined;
  const look = (): readonly FrameRow[] =>
    index.read(() => {
      const state = readPartitions(index)[partition];
      if (state === undefined || from < state.start || from > state.end)
        throw new PlayheadError(
          'PH_POSITION_OUT_OF_RANGE',
          state === undefined
            ? `topic ${topic} has no partition ${partition}`
            : `position ${from} is not in partition ${partition} of ${topic}, which has ${state.start} to ${state.end}`,
          { details: { topic, partition, from: String(from), start: String(state?.start), end: String(state?.end) } },
        );
      const cutAt = since === undefined ? from : endOfEpoch(index, partition, since);
      if (cutAt < from) throw wasCut(topic, partition, from, cutAt);
      epoch = latestEpoch(index, partition);
      const limit = until === undefined || until > state.end ? state.end : until;
      return from >= limit ? [] : framesFrom(index, partition, from, maxBytes, limit);
    });
  const { frames, contents } = await readWhole(look, (found) => readFrames(directory, found, ring, effects));
  const batches = frames.map((frame, at) => {
    const content = contents[at];
    if (content === undefined) throw new RangeError(`frame ${at} of ${frames.length} was not read`);
    const memory = ownMemory(content.batch.values);
    const batch: RecordBatch = {
      ...content.batch,
      ...(memory === undefined ? {} : { memory }),
      ...(content.invalidUtf8 === undefined ? {} : { invalidUtf8: content.invalidUtf8 }),
      ...(content.erased === undefined ? {} : { erased: content.erased }),
      partition,
      positions: { kind: 'dense', base: frame.base },
      appendedMs: new Float64Array(frame.count).fill(frame.appendedMs),
    };
    const begin = from > frame.base ? Number(from - frame.base) : 0;
    const end = until === undefined ? frame.count : Math.min(frame.count, Number(until - frame.base));
    return sliceBatch(batch, begin, end);
  });
  const next = from + BigInt(batches.reduce((sum, { count }) => sum + count, 0));
  return { batches, next, ...(epoch === undefined || batches.length === 0 ? {} : { epoch }) };
}

/** An erasure moves frames to another segment: who looked them up before reads them there. */
async function readWhole(
  look: () => readonly FrameRow[],
  read: (frames: readonly FrameRow[]) => Promise<readonly FrameContent[]>,
): Promise<{ readonly frames: readonly FrameRow[]; readonly contents: readonly FrameContent[] }> {
  for (let frames = look(); ; ) {
    try {
      return { frames, contents: await read(frames) };
    } catch (error) {
      const moved = look();
      const places = (rows: readonly FrameRow[]): string =>
        rows.map(({ segment, offset }) => `${segment}:${offset}`).join();
      if (!isPlayheadError(error, 'PH_LOG_CORRUPT') || places(moved) === places(frames)) throw error;
      frames = moved;
    }
  }
}

async function exists(file: string, effects: Effects): Promise<boolean> {
  try {
    await effects.fs.access(file);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw storageError(cause, `opening ${file}`);
  }
}
