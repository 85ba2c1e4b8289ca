import { logBetaBinomialTail } from './binomial.ts';
import type { Sensitivity } from './definition.ts';
import type { Evidence, Judge, LeftOut, Readiness } from './evidence.ts';
import { type Series, windowSum } from './series.ts';

/** Successes and trials that are known. */
interface Known {
  readonly of: number;
  readonly over: number;
}

interface Usual {
  readonly whole: Known;
  readonly byHour: readonly Known[];
}

/** A series counts for as many trials of its own hour, and everything for as many of a series, as they themselves have. */
const shared = { seriesAsHour: 200, allAsSeries: 100 } as const;

/** Chance of a look at which an incident that was raised still counts as going on. */
const goesOnLevel = 1e-3;

/**
 * Ratios against their usual at the hour of the day, learned from the days before without incidents. The limit is that
 * of the beta-binomial distribution: a rate known from few rows makes a wide one. What a series has too few rows for at
 * an hour, it borrows from its other hours, and what it has too few rows for at all, from everything.
 */
export class RatioJudge implements Judge {
  readonly #columns: readonly [of: number, over: number];
  readonly #all: () => Iterable<Series>;
  readonly #hourOf: (at: number) => number;
  readonly #sensitivity: Sensitivity;
  readonly #learnSteps: number;
  #usual = new Map<Series, Usual>();
  #everything: Known = { of: 0, over: 0 };

  constructor(settings: {
    readonly columns: readonly [number, number];
    readonly all: () => Iterable<Series>;
    /** Hour of the day of a step. */
    readonly hourOf: (at: number) => number;
    readonly learnSteps: number;
    readonly sensitivity: Sensitivity;
  }) {
    this.#columns = settings.columns;
    this.#all = settings.all;
    this.#hourOf = settings.hourOf;
    this.#learnSteps = settings.learnSteps;
    this.#sensitivity = settings.sensitivity;
  }

  learn(end: number, wasIncident: Uint8Array): void {
    this.#usual = new Map();
    for (const series of this.#all()) {
      const usual = this.#learnSeries(series, end, wasIncident);
      this.#usual.set(series, usual);
      if (series.dimension === -1) this.#everything = usual.whole;
    }
  }

  #learnSeries({ columns }: Series, end: number, wasIncident: Uint8Array): Usual {
    const [of, over] = this.#columns.map((column) => columns[column]);
    const byHour = Array.from({ length: 24 }, () => ({ of: 0, over: 0 }));
    const whole = { of: 0, over: 0 };
    for (let at = Math.max(0, end - this.#learnSteps); at < end; at += 1) {
      if (wasIncident[at] === 1) continue;
      for (const known of [whole, byHour[this.#hourOf(at)]]) {
        if (known === undefined) continue;
        known.of += of?.[at] ?? 0;
        known.over += over?.[at] ?? 0;
      }
    }
    return { whole, byHour };
  }

  judge(series: Series, end: number, window: number, level: number, leftOut?: LeftOut): Evidence | undefined {
    const [of, over] = this.#columns.map(
      (column, i) => windowSum(series.columns[column], end, window) - (leftOut?.counts[i] ?? 0),
    );
    const { leastVolume, leastChange } = this.#sensitivity;
    if (of === undefined || over === undefined || over < leastVolume) return undefined;
    const { alpha, beta } = this.#priorOf(series, end - 1);
    const usual = alpha / (alpha + beta);
    const observed = of / over;
    if (observed < usual * leastChange) return undefined;
    const logChance = logBetaBinomialTail(of, over, alpha, beta);
    if (logChance > Math.log(goesOnLevel)) return undefined;
    const strength = over * divergence(observed, usual);
    return { series, window, strength, raises: logChance < Math.log(level), observed, usual, volume: over };
  }

  readiness(series: Series, end: number, window: number): Readiness {
    const { leastVolume } = this.#sensitivity;
    // Less than one look takes is nothing to learn from.
    if (this.#everything.over < leastVolume) return 'unlearned';
    return windowSum(series.columns[this.#columns[1]], end, window) < leastVolume ? 'few' : 'judged';
  }

  usualCount(): number {
    return 0;
  }

  #priorOf(series: Series, at: number): { readonly alpha: number; readonly beta: number } {
    const usual = this.#usual.get(series);
    const everything = (this.#everything.of + 0.5) / (this.#everything.over + 1);
    const own = blended(usual?.whole, everything, shared.allAsSeries);
    const share = own.of / own.over;
    const backing = Math.min(shared.seriesAsHour, own.over);
    const hour = blended(usual?.byHour[this.#hourOf(at)], share, backing);
    return { alpha: hour.of, beta: hour.over - hour.of };
  }
}

/**
 * How far one rate is from another (Kullback and Leibler), per trial. Times the trials it compares scopes: the width of
 * their limits doesn't, for it is least where most is known, which is everywhere rather than where the fault is.
 */
function divergence(observed: number, usual: number): number {
  const part = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q));
  return part(observed, usual) + part(1 - observed, 1 - usual);
}

function blended(known: Known | undefined, share: number, trials: number): Known {
  return { of: (known?.of ?? 0) + share * trials, over: (known?.over ?? 0) + trials };
}
