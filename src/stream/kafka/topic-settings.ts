import { PlayheadError } from '../../base/errors.ts';
import { mebibytes } from '../../base/units.ts';
import type { TopicSpec } from '../stream.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { answered } from './failure.ts';
import { indexTopic } from './source-index.ts';

/** Settings of a topic that Playhead acts by. */
export interface TopicSettings {
  readonly cleanup: TopicSpec['cleanup'];
  /** Infinity where records are kept for good. */
  readonly retentionMs: number;
  /** The largest batch that it takes, compressed. */
  readonly maxBatchBytes: number;
}

const topicResource = 2 as const;
const names = ['cleanup.policy', 'retention.ms', 'max.message.bytes'] as const;

export async function topicSettings(cluster: Cluster, topic: string): Promise<TopicSettings> {
  const asked = { resourceType: topicResource, resourceName: topic, configurationKeys: [...names] };
  const answer = await cluster.askAny(cluster.sdk.describeConfigsV4.api, [asked], false, false);
  const values = new Map(answer.results[0]?.configs.map(({ name, value }) => [name, value]));
  const retentionMs = Number(values.get('retention.ms') ?? -1);
  return {
    cleanup: (values.get('cleanup.policy') ?? 'delete').includes('compact') ? 'compact' : 'delete',
    retentionMs: retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs,
    maxBatchBytes: Number(values.get('max.message.bytes') ?? mebibytes(1)),
  };
}

/** Copies of each partition, where the profile does not say: as Kafka's own guides have it. */
const usualReplication = 3;
const createTimeoutMs = 30_000;

/**
 * Makes the topic, or finds it made. Its records get the time of their append from the broker: with the producer's, records
 * of a simulated day long ago would be past their retention at once.
 */
export async function createTopic(cluster: Cluster, spec: TopicSpec, replication: number | undefined): Promise<void> {
  const configs = {
    'cleanup.policy': spec.cleanup,
    'retention.ms': Number.isFinite(spec.retentionMs) ? String(spec.retentionMs) : '-1',
    'message.timestamp.type': 'LogAppendTime',
    // Room for a record of 1 MiB with its key and headers, also where it can't be compressed.
    'max.message.bytes': String(mebibytes(2)),
  };
  await create(cluster, spec.topic, spec.partitions, configs, replication);
}

/** Makes the topic of a topic's sources. */
export async function createIndexTopic(
  cluster: Cluster,
  topic: string,
  replication: number | undefined,
): Promise<void> {
  const configs = { 'cleanup.policy': 'compact', 'message.timestamp.type': 'LogAppendTime' };
  await create(cluster, indexTopic(topic), 1, configs, replication);
}

async function create(
  cluster: Cluster,
  name: string,
  numPartitions: number,
  configs: Readonly<Record<string, string>>,
  asked: number | undefined,
): Promise<void> {
  const brokers = await cluster.brokerCount();
  const replicationFactor = asked ?? Math.min(usualReplication, brokers);
  const inSync = Math.max(1, replicationFactor - 1);
  const all = { ...configs, 'min.insync.replicas': String(replicationFactor >= usualReplication ? inSync : 1) };
  const topic = {
    name,
    numPartitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(all).map(([key, value]) => ({ name: key, value })),
  };
  try {
    const controller = await cluster.controller();
    await cluster.ask(controller, cluster.sdk.createTopicsV7.api, [topic], createTimeoutMs, false);
    const copies = `${replicationFactor} ${replicationFactor === 1 ? 'copy' : 'copies'} of each partition`;
    if (asked === undefined && brokers < usualReplication)
      cluster.effects.log.log('warn', `made the topic ${name} with ${copies}: the cluster has no more brokers`, {
        topic: name,
      });
    else cluster.effects.log.log('info', `made the topic ${name} with ${copies}`, { topic: name });
  } catch (failure) {
    if (!answered(failure, 'TOPIC_ALREADY_EXISTS')) throw failure;
  }
  await untilKnown(cluster, name);
}

/** A topic is created before every broker knows of it and its partitions have leaders. */
async function untilKnown(cluster: Cluster, topic: string): Promise<TopicMetadata> {
  const found = await cluster.topic(topic);
  if (found !== undefined) return found;
  throw new cluster.sdk.NetworkError(`the topic ${topic} was just made, and is not known yet`);
}

export async function alterRetention(cluster: Cluster, topic: string, retentionMs: number): Promise<void> {
  const value = Number.isFinite(retentionMs) ? String(retentionMs) : '-1';
  const set = 0;
  const configs = [{ name: 'retention.ms', configOperation: set, value } as const];
  const resource = { resourceType: topicResource, resourceName: topic, configs };
  await cluster.askAny(cluster.sdk.incrementalAlterConfigsV1.api, [resource], false);
}

/** PH_TOPIC_INCOMPATIBLE where what the cluster has is not what is defined. */
export function checkAgrees(spec: TopicSpec, partitions: number, { cleanup }: TopicSettings): void {
  const stored = { partitions, cleanup };
  const differing = (['partitions', 'cleanup'] as const).find((name) => stored[name] !== spec[name]);
  if (differing === undefined) return;
  throw new PlayheadError(
    'PH_TOPIC_INCOMPATIBLE',
    `topic ${spec.topic} has ${differing} ${stored[differing]}, the definition says ${spec[differing]}`,
    {
      hint:
        differing === 'partitions'
          ? 'another number of partitions would send a key elsewhere and break its order: define as many as the topic has, or another topic'
          : 'a compacted topic forgets records: it can be read, but not delivered. Define the stream as it is, or name another topic',
      details: { topic: spec.topic, differing, stored: stored[differing], defined: spec[differing] },
    },
  );
}
