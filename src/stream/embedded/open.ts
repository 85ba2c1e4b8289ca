import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import type { SqliteAccess } from '../../base/sqlite.ts';
import { checkAppend } from '../append-check.ts';
import type { FindErasedIds } from '../erased-ids.ts';
import type { AppendRequest, AppendResult, LogErasure, Stream, TopicSpec } from '../stream.ts';
import { checkTopicName, unknownTopic } from '../topic-name.ts';
import { openTopic, type Topic } from './topic.ts';

export interface EmbeddedStreamSettings {
  /** Default 1 MiB; a value's newline does not count. */
  readonly maxRecordBytes?: number;
  /** A segment file that has grown past this takes no more; default 128 MiB. */
  readonly segmentBytes?: number;
  /** How often a waiting reader looks by itself, ms; default 250. */
  readonly pollMs?: number;
  /** Default `write`. */
  readonly access?: SqliteAccess;
  /** Seals what is appended, and opens what is sealed; segments that are plain stay readable. */
  readonly ring?: KeyRing | undefined;
  /** Whose records are no longer taken; without it, everybody's are. */
  readonly erasedIds?: FindErasedIds | undefined;
}

/**
 * The log in a directory of this machine, one folder a topic: segment files, one writer each, and an index that commits.
 * Any number of processes may open the same directory.
 */
export async function openEmbeddedStream(
  directory: string,
  effects: Effects,
  settings: EmbeddedStreamSettings = {},
): Promise<Stream> {
  const {
    maxRecordBytes = 1024 ** 2,
    segmentBytes = 128 * 1024 ** 2,
    pollMs = 250,
    access = 'write',
    ring,
    erasedIds,
  } = settings;
  const topics = new Map<string, Promise<Topic | undefined>>();
  let closed = false;
  const find = (topic: string, spec?: TopicSpec): Promise<Topic | undefined> => {
    if (closed) throw new PlayheadError('PH_INTERNAL', `the log was closed, and topic ${topic} is asked for`);
    const known = topics.get(topic);
    if (known !== undefined) return known;
    const opened = openTopic(
      join(directory, topicFolder(topic)),
      spec,
      { segmentBytes, pollMs, access, ring, erasedIds },
      effects,
    );
    topics.set(topic, opened);
    // Neither absence nor failure is remembered: another process may create the topic, or the fault may be mended.
    opened.then(
      (found) => found === undefined && topics.delete(topic),
      () => topics.delete(topic),
    );
    return opened;
  };
  const require = async (topic: string): Promise<Topic> => {
    const found = await find(topic);
    if (found === undefined) throw unknownTopic(topic);
    return found;
  };
  return {
    capabilities: { sequencedAppend: true, densePositions: true, findsResent: true, maxRecordBytes },
    ensureTopic: async (spec) => {
      const topic = (await find(spec.topic)) ?? (await find(spec.topic, spec));
      if (topic === undefined) throw unknownTopic(spec.topic);
      return topic.ensure(spec);
    },
    describe: async (topic) => (await find(topic))?.describe(),
    append: async (request: AppendRequest): Promise<AppendResult> => {
      const topic = await require(request.topic);
      checkAppend(request, maxRecordBytes);
      return topic.append(request);
    },
    lastSequence: async (topic, source) => (await require(topic)).lastSequence(source),
    fetch: async (topic, partition, from, options) => (await require(topic)).fetch(partition, from, options),
    endsOfEpochs: async (topic, epochs) => (await require(topic)).endsOfEpochs(epochs),
    countRecords: async (topic, partition, from, until) => (await require(topic)).countRecords(partition, from, until),
    waitForMore: async (topic, seen, signal) => (await require(topic)).waitForMore(seen, signal),
    inspect: async (topic) => (await find(topic))?.inspect(),
    erase: async (topic, isMeant, { countOnly = false } = {}) =>
      (await find(topic))?.erase(isMeant, countOnly) ?? nothingErased,
    trim: async (topic, below, appendedBeforeMs) => (await require(topic)).trim(below, appendedBeforeMs),
    close: async () => {
      closed = true;
      const opened = await Promise.all(topics.values());
      topics.clear();
      await Promise.all(opened.map((topic) => topic?.close()));
    },
  };
}

const nothingErased: LogErasure = { records: 0, segments: 0 };

function topicFolder(topic: string): string {
  // It keeps the name inside the directory, too.
  checkTopicName(topic);
  return topic;
}
