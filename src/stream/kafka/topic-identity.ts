import { PlayheadError } from '../../base/errors.ts';
import type { Broker, Cluster } from './cluster.ts';

/** A topic as long as it is that one: a name alone may come to mean another. */
export interface TopicIdentity {
  readonly name: string;
  readonly id: string;
}

/**
 * Asks these brokers anew whether the topics are still the ones that are meant: requests to append, to trim and for offsets
 * say a name alone. A broker that leads a new topic's partition knows the topic: what it took before is in the one it names
 * now, or in one before. Where one is another: PH_SOURCE_SEQUENCE_GAP while it is filled, PH_POSITION_OUT_OF_RANGE while it is read.
 */
export async function checkSameTopics(
  cluster: Cluster,
  brokers: readonly Broker[],
  topics: readonly TopicIdentity[],
  during: 'filled' | 'read' = 'filled',
): Promise<void> {
  const names = topics.map(({ name }) => name);
  const { api } = cluster.sdk.metadataV12;
  const answers = await Promise.all(brokers.map((broker) => cluster.ask(broker, api, names, false, false)));
  const now = answers.flatMap((answer) => answer.topics);
  for (const { name, id } of topics) {
    if (now.every(({ name: of, topicId }) => of !== name || topicId === id)) continue;
    cluster.forgetTopic(name);
    throw madeAnew(name, during);
  }
}

export function madeAnew(topic: string, during: 'filled' | 'read'): PlayheadError {
  const { code, hint } = remedies[during];
  const message = `topic ${topic} was deleted and made anew while it was ${during}`;
  return new PlayheadError(code, message, { hint, details: { topic } });
}

const remedies = {
  filled: {
    code: 'PH_SOURCE_SEQUENCE_GAP',
    hint:
      'what was sent before went with the former one, nothing was appended to the present one: start again, and the source ' +
      'goes on from what the present one has of it',
  },
  read: {
    code: 'PH_POSITION_OUT_OF_RANGE',
    hint: 'positions of the former one mean nothing in it: `playhead deliver` says what was not delivered',
  },
} as const;
