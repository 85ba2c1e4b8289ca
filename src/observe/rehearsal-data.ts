import { percentileOf } from './aggregate.ts';
import type { AlarmRule } from './definition.ts';
import { samplesFor } from './judge-alarm.ts';
import { type MeasureName, measures } from './measures.ts';

/** Measurements to take in each period. */
export interface RehearsalSamples {
  readonly value: number;
  readonly times: number;
}

/** More measurements in a period than any rehearsal takes. */
const mostSamples = 100_000;

/**
 * Measurements that this measure can give and that should breach the rule (or, `healthy`, should not). Only a proposal: the
 * evaluator says whether they do. Where the measure's range holds none, the alarm can't change, and the rehearsal shows it.
 */
export function rehearsalSamples(
  rule: AlarmRule,
  measure: MeasureName,
  wanted: 'breaching' | 'healthy',
): RehearsalSamples {
  const upwards = rule.comparisonOperator.startsWith('Greater') === (wanted === 'breaching');
  const { least, most }: { least: number; most?: number } = measures[measure];
  const { statistic, threshold } = rule;
  const beyond = threshold + Math.max(1, Math.abs(threshold));
  if (statistic === 'SampleCount') return { value: least, times: upwards ? atMost(Math.ceil(beyond)) : 1 };
  const value = upwards ? Math.min(most ?? beyond, Math.max(least, beyond)) : least;
  if (statistic === 'Sum' && upwards && value > 0) return { value, times: atMost(Math.ceil(beyond / value)) };
  const percent = percentileOf(statistic);
  return { value, times: percent === undefined ? 1 : atMost(Math.ceil(samplesFor(percent))) };
}

function atMost(samples: number): number {
  return Math.max(1, Math.min(mostSamples, samples));
}
