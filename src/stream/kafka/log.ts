import { PlayheadError } from '../../base/errors.ts';
import type { Position } from '../../record/batch.ts';
import { unknownTopic } from '../topic-name.ts';
import { attribute, type StoredBatch } from './batch-head.ts';
import type { Broker, Cluster, TopicMetadata } from './cluster.ts';
import { type Codec, codecOf } from './compression.ts';
import type { FetchedPartition, FetchRequest, RecordRequests } from './requests.ts';
import type { Compression } from './settings.ts';
import { madeAnew } from './topic-identity.ts';

/** What reading and writing a cluster's partitions takes. */
export interface KafkaLog {
  readonly cluster: Cluster;
  readonly requests: RecordRequests;
  readonly codecs: Readonly<Record<Compression, Codec>>;
}

/** A topic by its name; with an id: only as long as it is that one. */
export interface TopicName {
  readonly name: string;
  readonly id?: string;
}

type FetchSettings = Pick<FetchRequest, 'maxBytes' | 'committed'> & { readonly lastEpoch?: number | undefined };

/** How a broker says that it has nothing at an offset. */
const offsetOutOfRange = 1;

/** Asks a partition's leader for what it has from an offset on; undefined where it has nothing at that offset. */
export async function fetchFrom(
  { cluster, requests }: KafkaLog,
  topic: TopicName,
  partition: number,
  from: Position,
  { maxBytes, committed, lastEpoch = -1 }: FetchSettings,
): Promise<FetchedPartition | undefined> {
  return cluster.patiently(`reading ${topic.name}`, async () => {
    const { id: topicId, leaders } = await requireTopic(cluster, topic.name);
    if (topic.id !== undefined && topic.id !== topicId) throw madeAnew(topic.name, 'read');
    const leader = leaderOf(leaders, topic.name, partition);
    const request = { topicId, partition, from, maxBytes, committed, lastEpoch };
    const answer = await cluster.ask(leader, requests.fetch, request);
    if (answer.errorCode === offsetOutOfRange) return undefined;
    if (answer.errorCode !== 0) throw new cluster.sdk.ProtocolError(answer.errorCode);
    return answer;
  });
}

/** The records' bytes of a batch, decompressed. PH_LOG_CORRUPT where they are not what was written. */
export async function openRecords(log: KafkaLog, stored: StoredBatch): Promise<Buffer> {
  const bits = stored.attributes & attribute.compression;
  try {
    if (log.cluster.sdk.crc32c(stored.checked) !== stored.crc) throw new RangeError('its checksum does not match');
    return await codecOf(log.codecs, bits).decompress(stored.records);
  } catch (cause) {
    throw new PlayheadError(
      'PH_LOG_CORRUPT',
      `the record batch at ${stored.baseOffset} can't be read: ${String(cause)}`,
      {
        cause,
        hint: 'another replica may have it whole: restart the broker that leads the partition, or move its leadership',
      },
    );
  }
}

export async function requireTopic(cluster: Cluster, topic: string): Promise<TopicMetadata> {
  const found = await cluster.topic(topic);
  if (found !== undefined) return found;
  throw unknownTopic(topic);
}

export function leaderOf(leaders: readonly Broker[], topic: string, partition: number): Broker {
  const leader = leaders[partition];
  if (leader !== undefined) return leader;
  throw new PlayheadError('PH_POSITION_OUT_OF_RANGE', `topic ${topic} has no partition ${partition}`, {
    details: { topic, partition },
  });
}

/** Which of some partitions a broker leads, by their places. */
export interface LeaderPlaces {
  readonly broker: Broker;
  readonly places: readonly number[];
}

export async function byLeader(
  { cluster }: KafkaLog,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<readonly LeaderPlaces[]> {
  const brokers = new Map<string, { broker: Broker; places: number[] }>();
  for (const [place, { topic, partition }] of partitions.entries()) {
    const { leaders } = await requireTopic(cluster, topic);
    const broker = leaderOf(leaders, topic, partition);
    const key = `${broker.host}:${broker.port}`;
    const known = brokers.get(key) ?? { broker, places: [] };
    known.places.push(place);
    brokers.set(key, known);
  }
  return [...brokers.values()];
}
