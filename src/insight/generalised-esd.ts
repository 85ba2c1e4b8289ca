import { madScale, median, sortedMedian } from './median.ts';
import { studentTQuantile } from './student-t.ts';

export interface EsdSettings {
  /** Chance that the test finds an outlier where there is none. */
  readonly alpha: number;
  /** How many outliers there can be at most. */
  readonly most: number;
  /** Mean and standard deviation as Rosner has it; or median and MAD, as S-H-ESD, which outliers don't hide behind. */
  readonly by: 'mean' | 'median';
}

/** One round of the test: the value furthest out, how far in deviations, and how far is too far. */
export interface EsdRound {
  readonly index: number;
  readonly statistic: number;
  readonly critical: number;
}

/**
 * The generalised extreme studentised deviate test (Rosner 1983; with median and MAD: Hochenbaum, Vallis and Kejariwal
 * 2017). Each round takes out the value furthest out. The outliers are those of all rounds up to the last whose
 * statistic exceeds its critical value: `outliers` counts them.
 */
export function generalisedEsd(
  values: ArrayLike<number>,
  { alpha, most, by }: EsdSettings,
): { readonly rounds: readonly EsdRound[]; readonly outliers: number } {
  const left = Array.from(values, (value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const n = left.length;
  const rounds: EsdRound[] = [];
  let outliers = 0;
  for (let i = 1; i <= most && left.length > 2; i += 1) {
    const { centre, deviation } = by === 'mean' ? meanAndDeviation(left) : medianAndMad(left);
    const [low, high] = [left[0], left.at(-1)];
    if (low === undefined || high === undefined || !(deviation > 0)) break;
    const isHigh = high.value - centre >= centre - low.value;
    const { value, index } = isHigh ? high : low;
    const statistic = Math.abs(value - centre) / deviation;
    const critical = esdCritical(n, i, alpha);
    rounds.push({ index, statistic, critical });
    if (statistic > critical) outliers = i;
    if (isHigh) left.pop();
    else left.shift();
  }
  return { rounds, outliers };
}

/** The critical value of round i of n values (Rosner 1983, approximation for n ≥ 25, good from 15 on). */
function esdCritical(n: number, round: number, alpha: number): number {
  const rest = n - round;
  const t = studentTQuantile(alpha / (2 * (rest + 1)), rest - 1);
  return (rest * t) / Math.sqrt((rest - 1 + t * t) * (rest + 1));
}

interface Spread {
  readonly centre: number;
  readonly deviation: number;
}

function meanAndDeviation(sorted: readonly { readonly value: number }[]): Spread {
  const centre = sorted.reduce((sum, { value }) => sum + value, 0) / sorted.length;
  const squares = sorted.reduce((sum, { value }) => sum + (value - centre) ** 2, 0);
  return { centre, deviation: Math.sqrt(squares / (sorted.length - 1)) };
}

function medianAndMad(sorted: readonly { readonly value: number }[]): Spread {
  const values = sorted.map(({ value }) => value);
  const centre = sortedMedian(values);
  return { centre, deviation: madScale * median(values.map((value) => Math.abs(value - centre))) };
}
