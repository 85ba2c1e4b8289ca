import type { TopicState } from './stream.ts';

/**
 * The time on a topic's arrival clock: the last arrival, and what has passed on the wall clock since it was appended. In a
 * simulation of another day this is that day's time; where records arrive when they are appended it is the wall clock.
 * Undefined for an empty topic.
 */
export function arrivalNow(topic: TopicState, wallMs: number): number | undefined {
  const { lastArrivalMs, lastAppendedMs } = topic;
  if (lastArrivalMs === undefined || lastAppendedMs === undefined) return undefined;
  return lastArrivalMs + Math.max(0, wallMs - lastAppendedMs);
}
