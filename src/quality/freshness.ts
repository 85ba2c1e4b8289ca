import { minutes } from '../base/units.ts';

export type Freshness = 'FRESH' | 'WARNING' | 'DELAYED';

export interface FreshnessLimits {
  readonly warningMs: number;
  readonly delayedMs: number;
}

/** Over 15 minutes behind is a warning, over 30 a delay. */
export const usualFreshness: FreshnessLimits = { warningMs: minutes(15), delayedMs: minutes(30) };

/** `behindMs` against the clock on which the data arrive. */
export function freshnessOf(behindMs: number, { warningMs, delayedMs }: FreshnessLimits = usualFreshness): Freshness {
  if (behindMs > delayedMs) return 'DELAYED';
  return behindMs > warningMs ? 'WARNING' : 'FRESH';
}
