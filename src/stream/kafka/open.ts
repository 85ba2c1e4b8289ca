import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { FindErasedIds } from '../erased-ids.ts';
import type { Stream } from '../stream.ts';
import { checkTopicName, unknownTopic } from '../topic-name.ts';
import { Cluster } from './cluster.ts';
import { CommittedReader } from './committed-reader.ts';
import { codecs } from './compression.ts';
import { connectionOptions } from './connection-options.ts';
import { eraseRecords } from './erase-records.ts';
import { inspectTopic } from './inspect.ts';
import type { KafkaLog } from './log.ts';
import { endsOfEpochs, partitionBounds } from './partition-bounds.ts';
import { recordRequests } from './requests.ts';
import { missingRights } from './rights.ts';
import { loadKafkaSdk } from './sdk.ts';
import type { KafkaSettings } from './settings.ts';
import { KafkaTopic } from './topic.ts';
import { madeAnew } from './topic-identity.ts';
import { createTopic } from './topic-settings.ts';

export interface KafkaStreamOptions {
  /** Whose records are no longer taken; without it, everybody's are. */
  readonly erasedIds?: FindErasedIds | undefined;
}

/** Readers look this often whether there is more, ms. */
const pollMs = 100;
const maxRecordBytes = 1024 ** 2;

/**
 * Topics of a Kafka cluster. Appends are transactions: records, where their sources stand, and the account of them become
 * visible together, and of two writers of one source only one can commit. Kafka 3.6 or newer: an older broker takes a late batch
 * of a transaction that is over, which nobody ends.
 */
export async function openKafkaStream(
  settings: KafkaSettings,
  effects: Effects,
  options: KafkaStreamOptions = {},
): Promise<Stream> {
  const sdk = await loadKafkaSdk();
  const cluster = new Cluster(sdk, settings.brokers, await connectionOptions(settings, effects), effects);
  const log: KafkaLog = { cluster, requests: recordRequests(sdk), codecs: codecs(sdk) };
  const reader = new CommittedReader(log);
  const { compression = 'zstd', replication } = settings;
  const writing = { compression, replication, maxRecordBytes, erasedIds: options.erasedIds };
  const topics = new Map<string, KafkaTopic>();
  /** Topic and source → identity of the topic: who sent to a former one is told once that it is gone. */
  const appendedTo = new Map<string, string>();
  let closed = false;
  const find = async (name: string): Promise<KafkaTopic | undefined> => {
    if (closed) throw new PlayheadError('PH_INTERNAL', `the log was closed, and topic ${name} is asked for`);
    const there = await cluster.patiently(`looking for ${name}`, () => cluster.topic(name));
    const known = topics.get(name);
    if (there === undefined || known?.id === there.id) return there && known;
    const topic = new KafkaTopic(log, name, there.id, there.leaders.length, writing);
    topics.set(name, topic);
    return topic;
  };
  const require = async (name: string): Promise<KafkaTopic> => {
    const found = await find(name);
    if (found === undefined) throw unknownTopic(name);
    return found;
  };
  return {
    capabilities: { sequencedAppend: true, densePositions: false, findsResent: false, maxRecordBytes },
    ensureTopic: async (spec) => {
      checkTopicName(spec.topic);
      if ((await find(spec.topic)) === undefined)
        await cluster.patiently(`making the topic ${spec.topic}`, () => createTopic(cluster, spec, replication));
      const topic = await require(spec.topic);
      await topic.ensure(spec);
      return topic.describe();
    },
    describe: async (topic) => (await find(topic))?.describe(),
    append: async (request) => {
      const topic = await require(request.topic);
      const sender = `${request.topic}\n${request.source}`;
      try {
        if ((appendedTo.get(sender) ?? topic.id) !== topic.id) throw madeAnew(topic.name, 'filled');
        const result = await topic.append(request);
        appendedTo.set(sender, topic.id);
        return result;
      } catch (failure) {
        appendedTo.delete(sender);
        throw failure;
      }
    },
    lastSequence: async (topic, source) => (await require(topic)).lastSequence(source),
    fetch: async (topic, partition, from, fetching) => {
      return reader.fetch(await require(topic), partition, from, fetching);
    },
    endsOfEpochs: (topic, epochs) => endsOfEpochs(log, topic, epochs),
    waitForMore: async (topic, seen, signal) => {
      while (!signal.aborted) {
        const bounds = await partitionBounds(log, topic);
        if (bounds.some(({ end }, partition) => end > (seen[partition] ?? 0n))) return;
        await effects.clock.sleep(pollMs, signal).catch(() => undefined);
      }
    },
    countRecords: async (topic, partition, from, until) => {
      return reader.count(await require(topic), partition, from, until);
    },
    trim: async (topic, below, appendedBeforeMs) => (await require(topic)).trim(below, appendedBeforeMs),
    erase: async (topic, isMeant, { countOnly = false } = {}) => {
      const found = await find(topic);
      if (found === undefined) return { records: 0, segments: 0 };
      return eraseRecords(reader, await found.describe(), isMeant, countOnly);
    },
    missingRights: (topic) => missingRights(cluster, topic),
    inspect: async (topic) => {
      const found = await find(topic);
      return found && inspectTopic(reader, found);
    },
    close: async () => {
      closed = true;
      await Promise.all([...topics.values()].map((topic) => topic.close()));
      await cluster.close();
    },
  };
}
