import { PlayheadError } from '../base/errors.ts';

/** Kafka's rule for names, on every log, so that a topic can move there; what is longer has no room for its index's name. */
export function checkTopicName(topic: string): void {
  if (/^[A-Za-z0-9._-]{1,240}$/.test(topic) && topic !== '.' && topic !== '..') return;
  throw new PlayheadError('PH_CONFIG_INVALID', `'${topic}' can't be the name of a topic`, {
    hint: 'letters, digits, dot, underscore and hyphen, at most 240 of them',
  });
}

export function unknownTopic(topic: string): PlayheadError {
  return new PlayheadError('PH_TOPIC_UNKNOWN', `there is no topic ${topic}`, {
    hint: 'a topic is made by the first command that writes to its stream: `playhead produce` or `playhead run`',
    details: { topic },
  });
}
