import type { TopicState } from '../stream/stream.ts';

export type Freshness = 'FRESH' | 'WARNING' | 'DELAYED';

/** Over 15 minutes behind is a warning, over 30 a delay. */
const warningMs = 15 * 60_000;
const delayedMs = 30 * 60_000;

export function freshnessOf(lagMs: number): Freshness {
  if (lagMs > delayedMs) return 'DELAYED';
  return lagMs > warningMs ? 'WARNING' : 'FRESH';
}

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
