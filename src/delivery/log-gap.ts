import { PlayheadError } from '../base/errors.ts';
import type { TopicState } from '../stream/stream.ts';
import type { DeliverySubject } from './bound-delivery.ts';

/** The log that a plan's or a commit's positions belong to. What was written before topics had identities names none. */
interface OfLog {
  readonly topic?: string;
  readonly topicId?: string;
}

/** Where what is written names another log than this one: its positions say nothing about this one's records. */
export function isOfOtherLog(written: OfLog | undefined, { topic, id }: TopicState): boolean {
  return (written?.topic ?? topic) !== topic || (written?.topicId ?? id) !== id;
}

/** PH_DELIVERY_GAP where a plan's or a commit's positions belong to another log than the delivery's topic. */
export function checkSameLog(address: string, written: OfLog | undefined, topic: TopicState): void {
  if (!isOfOtherLog(written, topic)) return;
  const before = `${written?.topic ?? topic.topic} (${written?.topicId ?? 'without an id'})`;
  const now = `${topic.topic} (${topic.id})`;
  throw new PlayheadError('PH_DELIVERY_GAP', `${address} stands in the log ${before}, its stream is now ${now}`, {
    hint:
      'put the former log or stream back; or give up what it held undelivered, and deliver the present log from its first ' +
      `record: \`playhead deliver ${address} --accept-loss\``,
    details: { delivery: address, before, now },
  });
}

/** The log ends before what was delivered. */
export function endsBefore(
  { address, stream }: DeliverySubject,
  { partition, from, until }: { partition: number; from: bigint; until: bigint },
): PlayheadError {
  const message = `${address} has delivered partition ${partition} of ${stream.topic} up to ${from}, but the log ends at ${until}`;
  return new PlayheadError('PH_DELIVERY_GAP', message, {
    hint:
      'an older copy of the log was put back: restore the newer one, or go on from where this one ends with ' +
      `\`playhead deliver ${address} --accept-loss\``,
    details: { partition, from: String(from), end: String(until) },
  });
}

/** The log lost records at its start before they were delivered. */
export function lostAtStart(
  { address, stream }: DeliverySubject,
  gaps: readonly { partition: number; from: bigint; start: bigint }[],
): PlayheadError {
  const lost = gaps.map(({ partition, from, start }) => `partition ${partition}: ${from} to ${start}`).join('; ');
  return new PlayheadError(
    'PH_DELIVERY_GAP',
    `${stream.topic} no longer holds records that ${address} has not delivered (${lost})`,
    {
      hint:
        "restore the log, or accept the loss, which is then written into the delivery's commits: " +
        `\`playhead deliver ${address} --accept-loss\``,
      details: { lost: gaps.map(({ partition, from, start }) => [partition, String(from), String(start)]) },
    },
  );
}
