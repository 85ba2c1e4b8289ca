import { PlayheadError } from '../base/errors.ts';
import { type LoessSettings, loess, loessAt } from './loess.ts';
import { median } from './median.ts';

export interface StlSettings {
  /** Values in a season. */
  readonly period: number;
  /** Neighbouring seasons that shape the seasonal curve, odd from 7; `periodic`: the same curve in every season. */
  readonly seasonal: number | 'periodic';
  /** Outliers weigh little or nothing. */
  readonly robust: boolean;
  /** Fits every n-th value of the slow curves and interpolates; 1 for all. Default: a tenth of their windows. */
  readonly jump?: number;
}

export interface Decomposition {
  readonly seasonal: Float64Array;
  readonly trend: Float64Array;
}

/**
 * Seasonal and trend decomposition by loess (Cleveland, Cleveland, McRae and Terpenning 1990), with the defaults of R's
 * `stl`. What is left over is the remainder. PH_INTERNAL for less than two whole seasons.
 */
export function stl(values: Float64Array, settings: StlSettings): Decomposition {
  const { period, robust } = settings;
  const n = values.length;
  if (n < 2 * period) throw new PlayheadError('PH_INTERNAL', `${n} values are less than two seasons of ${period}`);
  const smoothers = smoothersOf(n, settings);
  let trend: Float64Array = new Float64Array(n);
  let seasonal: Float64Array = new Float64Array(n);
  let robustness: Float64Array | undefined;
  const [inner, outer] = robust ? [1, 15] : [2, 0];
  for (let round = 0; round <= outer; round += 1) {
    for (let i = 0; i < inner; i += 1) {
      const cycles = smoothCycles(minus(values, trend), period, smoothers.seasonal, robustness);
      const level = loess(movingAverages(cycles, period), smoothers.low);
      seasonal = cycles.slice(period, period + n).map((value, at) => value - (level[at] ?? 0));
      trend = loess(minus(values, seasonal), smoothers.trend, robustness);
    }
    if (round < outer) robustness = robustnessOf(values, seasonal, trend);
  }
  return { seasonal: settings.seasonal === 'periodic' ? averaged(seasonal, period) : seasonal, trend };
}

function smoothersOf(
  n: number,
  { period, seasonal, jump }: StlSettings,
): Readonly<Record<'seasonal' | 'low' | 'trend', LoessSettings>> {
  const window = seasonal === 'periodic' ? 10 * n + 1 : seasonal;
  const trendWindow = odd(Math.ceil((1.5 * period) / (1 - 1.5 / window)));
  const lowWindow = odd(period + 1);
  const jumpOf = (width: number): number => jump ?? Math.ceil(width / 10);
  return {
    seasonal: { window, degree: seasonal === 'periodic' ? 0 : 1, jump: jumpOf(window) },
    low: { window: lowWindow, degree: 1, jump: jumpOf(lowWindow) },
    trend: { window: trendWindow, degree: 1, jump: jumpOf(trendWindow) },
  };
}

function odd(n: number): number {
  return n % 2 === 0 ? n + 1 : n;
}

/** Each phase of the season smoothed by itself, with one season more at either end. */
function smoothCycles(
  values: Float64Array,
  period: number,
  settings: LoessSettings,
  robustness: Float64Array | undefined,
): Float64Array {
  const n = values.length;
  const cycles = new Float64Array(n + 2 * period);
  for (let phase = 0; phase < period; phase += 1) {
    const length = Math.floor((n - phase - 1) / period) + 1;
    const pick = (from: Float64Array): Float64Array =>
      Float64Array.from({ length }, (_, i) => from[phase + i * period] ?? 0);
    const own = pick(values);
    const weights = robustness === undefined ? undefined : pick(robustness);
    const smooth = loess(own, settings, weights);
    const reach = Math.min(settings.window, length);
    const before = loessAt(own, -1, 0, reach - 1, settings, weights) ?? smooth[0] ?? 0;
    const after = loessAt(own, length, length - reach, length - 1, settings, weights) ?? smooth[length - 1] ?? 0;
    [before, ...smooth, after].forEach((value, i) => {
      cycles[phase + i * period] = value;
    });
  }
  return cycles;
}

/** Over a season, over a season again, over three. */
function movingAverages(values: Float64Array, period: number): Float64Array {
  return movingAverage(movingAverage(movingAverage(values, period), period), 3);
}

function movingAverage(values: Float64Array, window: number): Float64Array {
  const means = new Float64Array(values.length - window + 1);
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    sum += (values[i] ?? 0) - (i >= window ? (values[i - window] ?? 0) : 0);
    if (i >= window - 1) means[i - window + 1] = sum / window;
  }
  return means;
}

/** Bisquare weights by the size of the remainder: 0 beyond six median remainders. */
function robustnessOf(values: Float64Array, seasonal: Float64Array, trend: Float64Array): Float64Array {
  const remainders = values.map((value, i) => Math.abs(value - (seasonal[i] ?? 0) - (trend[i] ?? 0)));
  const limit = 6 * median(remainders);
  return remainders.map((size) =>
    size <= 0.001 * limit ? 1 : size <= 0.999 * limit ? (1 - (size / limit) ** 2) ** 2 : 0,
  );
}

function averaged(seasonal: Float64Array, period: number): Float64Array {
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  for (const [i, value] of seasonal.entries()) {
    sums[i % period] = (sums[i % period] ?? 0) + value;
    counts[i % period] = (counts[i % period] ?? 0) + 1;
  }
  return seasonal.map((_, i) => (sums[i % period] ?? 0) / (counts[i % period] ?? 1));
}

function minus(values: Float64Array, others: Float64Array): Float64Array {
  return values.map((value, i) => value - (others[i] ?? 0));
}
