import type { Clock } from '../../base/effects.ts';

/** Waits until one more request may be sent: so that they never come closer than the rate allows, whatever they ask for. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** Without a rate, nothing waits. */
export function pace(perSecond: number | undefined, clock: Clock): Pace {
  let freeMs = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    if (perSecond === undefined) return;
    const nowMs = clock.monotonicMs();
    const startMs = Math.max(nowMs, freeMs);
    freeMs = startMs + 1000 / perSecond;
    if (startMs > nowMs) await clock.sleep(startMs - nowMs, signal);
  };
}
