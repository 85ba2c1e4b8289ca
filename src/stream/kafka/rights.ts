import type { Broker, Cluster } from './cluster.ts';
import { answered } from './failure.ts';
import { indexTopic } from './source-index.ts';

/** Operations on a topic, by the bits that a broker answers them with (KIP-430). */
const bits = { Read: 3, Write: 4, Delete: 6, Describe: 8, DescribeConfigs: 10, AlterConfigs: 11 };
type Operation = keyof typeof bits;

/** Of records of a topic, and of where its sources stand. */
const onTopic: readonly Operation[] = ['Describe', 'DescribeConfigs', 'AlterConfigs', 'Read', 'Write', 'Delete'];
const onIndex: readonly Operation[] = ['Describe', 'Read', 'Write'];

/** Each of these is allowed to describe as well: where that is refused, none is there. */
const impliesDescribe: readonly Operation[] = ['Describe', 'Read', 'Write', 'Delete'];

/** What this client may not do that a stream does with a topic, in the words of Kafka's access control. Changes nothing. */
export function missingRights(cluster: Cluster, topic: string): Promise<readonly string[]> {
  return cluster.patiently('asking for rights', async () =>
    [
      await lackingOn(cluster, topic, onTopic),
      await lackingOn(cluster, indexTopic(topic), onIndex),
      await lackingOnTransactions(cluster),
    ].flat(),
  );
}

async function lackingOn(cluster: Cluster, topic: string, needed: readonly Operation[]): Promise<readonly string[]> {
  const lack = (operations: readonly string[]): readonly string[] =>
    operations.length === 0 ? [] : [`${operations.join(', ')} on the topic ${topic}`];
  try {
    const { topics } = await cluster.askAny(cluster.sdk.metadataV12.api, [topic], false, true);
    const allowed = topics[0]?.topicAuthorizedOperations ?? 0;
    return lack(needed.filter((operation) => (allowed & (1 << bits[operation])) === 0));
  } catch (failure) {
    if (answered(failure, 'TOPIC_AUTHORIZATION_FAILED'))
      return lack(needed.filter((operation) => impliesDescribe.includes(operation)));
    if (!answered(failure, 'UNKNOWN_TOPIC_OR_PARTITION')) throw failure;
    return lack((await mayCreate(cluster, topic)) ? [] : ['Create']);
  }
}

/** Asks for the topic without having it made. */
async function mayCreate(cluster: Cluster, name: string): Promise<boolean> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  try {
    await cluster.ask(await cluster.controller(), cluster.sdk.createTopicsV7.api, [topic], 10_000, true);
  } catch (failure) {
    if (answered(failure, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED')) return false;
    if (!answered(failure, 'TOPIC_ALREADY_EXISTS')) throw failure;
  }
  return true;
}

/** Asks for the end of a transaction that nobody began: who may write is told that there is none. */
async function lackingOnTransactions(cluster: Cluster): Promise<readonly string[]> {
  const id = 'playhead-doctor';
  const refused = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
  let broker: Broker;
  try {
    broker = await cluster.coordinator(id);
  } catch (failure) {
    if (answered(failure, refused)) return ['Describe, Write on the transactional ids playhead-*'];
    throw failure;
  }
  try {
    await cluster.ask(broker, cluster.sdk.endTxnV3.api, id, -1n, -1, false);
  } catch (failure) {
    if (answered(failure, refused)) return ['Write on the transactional ids playhead-*'];
    if (!answered(failure, 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE')) throw failure;
  }
  return [];
}
