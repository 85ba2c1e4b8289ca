import type { Sensitivity } from './definition.ts';
import type { Evidence, Judge, LeftOut, Readiness } from './evidence.ts';
import { generalisedEsd } from './generalised-esd.ts';
import { loess } from './loess.ts';
import { median, scaledMad } from './median.ts';
import { type Series, windowSum } from './series.ts';
import { stl } from './stl.ts';

/** What is usual in a series' windows of one length, on the scale on which counts have even variance. */
interface Usual {
  /** By step of the day. */
  readonly seasonal: Float64Array;
  readonly median: number;
  /** Of windows that don't overlap. */
  readonly residuals: Float64Array;
  readonly deviation: number;
  /** Rows that all of this was learned from. */
  readonly learned: number;
}

/** Share of the values that can be outliers: Hochenbaum et al. allow up to a half, and use a tenth or less. */
const mostOutliers = 0.02;
/** Of a day: the daily pattern has no finer detail than two hours. */
const smoothDays = 2 / 24;
/** Deviations at which an incident that was raised still counts as going on. */
const goesOnDeviations = 3;

/**
 * Counts by S-H-ESD (Hochenbaum, Vallis and Kejariwal 2017): the daily pattern by robust STL, the median for the level,
 * and the generalised ESD test with median and MAD on what is left. Counts are judged as 2√(n + ⅜) (Anscombe 1948),
 * because they scatter more where there are more, and the test takes an even scatter for granted.
 */
export class CountJudge implements Judge {
  readonly #column: number;
  readonly #wanted: () => Iterable<Series>;
  readonly #windows: readonly number[];
  readonly #stepsPerDay: number;
  readonly #phaseOf: (at: number) => number;
  readonly #learnSteps: number;
  /** The daily pattern is learned at every so many steps, and interpolated. */
  readonly #grain: number;
  readonly #sensitivity: Sensitivity;
  #usual = new Map<Series, ReadonlyMap<number, Usual>>();

  constructor(settings: {
    readonly column: number;
    /** The series that are judged. */
    readonly wanted: () => Iterable<Series>;
    readonly windows: readonly number[];
    readonly stepsPerDay: number;
    /** Step of the day of a step. */
    readonly phaseOf: (at: number) => number;
    readonly learnSteps: number;
    readonly sensitivity: Sensitivity;
  }) {
    this.#column = settings.column;
    this.#wanted = settings.wanted;
    this.#windows = settings.windows;
    this.#stepsPerDay = settings.stepsPerDay;
    this.#phaseOf = settings.phaseOf;
    this.#learnSteps = settings.learnSteps;
    this.#grain = grainOf(settings.windows, settings.stepsPerDay);
    this.#sensitivity = settings.sensitivity;
  }

  learn(end: number, wasIncident: Uint8Array): void {
    const before = this.#usual;
    this.#usual = new Map();
    for (const series of this.#wanted()) {
      const byWindow = this.#windows.map((window): [number, Usual] => [
        window,
        this.#learnWindows(series, end, window, wasIncident, before.get(series)?.get(window)),
      ]);
      this.#usual.set(series, new Map(byWindow));
    }
  }

  /** Windows that touch an incident are taken to have been as usual; how far windows scatter is told by the others. */
  #learnWindows(
    series: Series,
    end: number,
    window: number,
    wasIncident: Uint8Array,
    before: Usual | undefined,
  ): Usual {
    const grain = this.#grain;
    const period = this.#stepsPerDay / grain;
    const days = Math.floor(Math.min(this.#learnSteps, end) / this.#stepsPerDay);
    const from = end - days * this.#stepsPerDay;
    const untouched = (i: number): boolean => windowSum(wasIncident, from + (i + 1) * grain, window) === 0;
    const values = Float64Array.from({ length: days * period }, (_, i) => {
      const until = from + (i + 1) * grain;
      if (before === undefined || untouched(i)) return evened(windowSum(series.columns[this.#column], until, window));
      return (before.seasonal[this.#phaseOf(until - 1)] ?? 0) + before.median;
    });
    const { seasonal } = stl(values, { period, seasonal: 'periodic', robust: true });
    const smooth = smoothedAround(seasonal.subarray(0, period), Math.ceil(period * smoothDays) | 1);
    const left = values.map((value, i) => value - (smooth[i % period] ?? 0));
    const level = median(left);
    const byStep = new Float64Array(this.#stepsPerDay);
    for (let step = 0; step < this.#stepsPerDay; step += 1) {
      const place = (step + 1) / grain - 1 + period;
      const [low, high] = [Math.floor(place) % period, Math.ceil(place) % period];
      const share = place - Math.floor(place);
      byStep[this.#phaseOf(from + step)] = (smooth[low] ?? 0) * (1 - share) + (smooth[high] ?? 0) * share;
    }
    const apart = window / grain;
    const residuals = left
      .filter((_, i) => i % apart === 0 && (before === undefined || untouched(i)))
      .map((value) => value - level);
    const learned = windowSum(series.columns[this.#column], end, end - from);
    return { seasonal: byStep, median: level, residuals, deviation: scaledMad(residuals, 0), learned };
  }

  judge(series: Series, end: number, window: number, level: number, leftOut?: LeftOut): Evidence | undefined {
    const usual = this.#usual.get(series)?.get(window);
    if (usual === undefined || !(usual.deviation > 0)) return undefined;
    const count = windowSum(series.columns[this.#column], end, window) - (leftOut?.counts[0] ?? 0);
    const expected = this.usualCount(series, end, window) - (leftOut?.usual ?? 0);
    const { leastVolume, leastChange } = this.#sensitivity;
    // Where hardly a row is left, the other incident has all of them.
    if ((leftOut === undefined ? Math.max(count, expected) : count) < leastVolume || expected <= 0) return undefined;
    const factor = count / expected;
    if (factor < leastChange && factor > 1 / leastChange) return undefined;
    const residual = evened(count) - evened(expected);
    const strength = Math.abs(residual) / usual.deviation;
    if (strength < goesOnDeviations) return undefined;
    const raises = isOutlier(residual, usual.residuals, level);
    return { series, window, strength, raises, observed: count, usual: expected };
  }

  readiness(series: Series, end: number, window: number): Readiness {
    const usual = this.#usual.get(series)?.get(window);
    const { leastVolume } = this.#sensitivity;
    // Less than one look takes is nothing to learn from.
    if (usual === undefined || !(usual.deviation > 0) || usual.learned < leastVolume) return 'unlearned';
    const expected = this.usualCount(series, end, window);
    const most = Math.max(windowSum(series.columns[this.#column], end, window), expected);
    return expected > 0 && most >= leastVolume ? 'judged' : 'few';
  }

  usualCount(series: Series, end: number, window: number): number {
    const usual = this.#usual.get(series)?.get(window);
    if (usual === undefined) return 0;
    return Math.max(0, counted((usual.seasonal[this.#phaseOf(end - 1)] ?? 0) + usual.median));
  }
}

/** The longest that the day and all windows are multiples of. */
function grainOf(windows: readonly number[], stepsPerDay: number): number {
  let grain = Math.min(...windows);
  while ([stepsPerDay, ...windows].some((length) => length % grain !== 0)) grain -= 1;
  return grain;
}

/** Whether the newest residual is among the outliers of all. */
function isOutlier(residual: number, known: Float64Array, alpha: number): boolean {
  const values = new Float64Array(known.length + 1);
  values.set(known);
  values[known.length] = residual;
  const most = Math.max(1, Math.floor(values.length * mostOutliers));
  const { rounds, outliers } = generalisedEsd(values, { alpha, most, by: 'median' });
  return rounds.slice(0, outliers).some(({ index }) => index === known.length);
}

/** Loess around the clock: the pattern of a few days has their noise in it, and would make what is left look calmer than it is. */
function smoothedAround(season: Float64Array, window: number): Float64Array {
  const n = season.length;
  const reach = Math.min(n, window);
  const around = Float64Array.from({ length: n + 2 * reach }, (_, i) => season[(i - reach + n) % n] ?? 0);
  return loess(around, { window, degree: 1, jump: 1 }).slice(reach, reach + n);
}

function evened(count: number): number {
  return 2 * Math.sqrt(Math.max(0, count) + 0.375);
}

function counted(value: number): number {
  return (value / 2) ** 2 - 0.375;
}
