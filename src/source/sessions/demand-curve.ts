import type { Incident } from './incidents.ts';
import type { SessionModel } from './model.ts';
import { dayStartSpreadMs, type ViewingDays } from './viewing-days.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const binMs = 5 * minuteMs;
const binsPerDay = dayMs / binMs;

/** Session starts by local time of day: weekday and weekend, in bins of five minutes. A whole weekday adds up to 1. */
export interface DailyShape {
  readonly weekday: Float64Array;
  readonly weekend: Float64Array;
}

export function dailyShape(model: SessionModel, flat = false): DailyShape {
  const weekday = Float64Array.from({ length: binsPerDay }, (_, bin) => {
    if (flat) return 1;
    const hour = ((bin + 0.5) * binMs) / hourMs;
    const density = model.hours.reduce(
      (sum, { weight, mean, deviation }) =>
        // The day is a circle: a normal about 23:00 reaches into the morning.
        sum + [-24, 0, 24].reduce((around, turn) => around + weight * normalDensity(hour + turn, mean, deviation), 0),
      0,
    );
    return Math.max(0, density);
  });
  const total = weekday.reduce((sum, each) => sum + each, 0);
  for (let bin = 0; bin < binsPerDay; bin += 1) weekday[bin] = (weekday[bin] ?? 0) / total;
  const weekend = weekday.map((each, bin) => {
    const hour = (bin * binMs) / hourMs;
    return !flat && hour >= model.weekend.fromHour && hour < model.weekend.toHour ? each * model.weekend.factor : each;
  });
  return { weekday, weekend };
}

function normalDensity(x: number, mean: number, deviation: number): number {
  return Math.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
}

/**
 * Demand of one zone over one viewing day, integrated over UTC: where clocks are put forward an hour has no demand
 * because it does not occur, where they are put back it occurs twice. From `startMs` the households' days begin.
 */
export class DemandCurve {
  readonly startMs: number;
  /** From a household's start to its start on the next day: 23, 24 or 25 hours. */
  readonly lengthMs: number;
  readonly #cumulative: Float64Array;

  constructor(days: ViewingDays, country: string, day: number, shape: DailyShape, incidents: readonly Incident[]) {
    const zone = days.time;
    this.startMs = days.startOf(day);
    this.lengthMs = days.startOf(day + 1) - this.startMs;
    const bins = Math.ceil((this.lengthMs + dayStartSpreadMs) / binMs);
    const first = zone.offsetMs(this.startMs);
    const last = zone.offsetMs(this.startMs + bins * binMs);
    this.#cumulative = new Float64Array(bins + 1);
    for (let bin = 0; bin < bins; bin += 1) {
      const utcMs = this.startMs + (bin + 0.5) * binMs;
      const localMs = utcMs + (first === last ? first : zone.offsetMs(utcMs));
      const weights = isWeekend(localMs) ? shape.weekend : shape.weekday;
      const base = weights[Math.floor((localMs % dayMs) / binMs)] ?? 0;
      const weight = base * spikeFactor(incidents, country, utcMs);
      this.#cumulative[bin + 1] = (this.#cumulative[bin] ?? 0) + weight;
    }
  }

  /** Demand from the start of the curve to `afterMs` past it; 1 is a weekday's. */
  demandUntil(afterMs: number): number {
    const place = afterMs / binMs;
    const bin = Math.min(Math.floor(place), this.#cumulative.length - 2);
    const low = this.#cumulative[bin] ?? 0;
    return low + ((this.#cumulative[bin + 1] ?? low) - low) * (place - bin);
  }

  /** The inverse: ms past the start at which demand has reached `demand`. */
  timeOf(demand: number): number {
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#cumulative[middle] ?? 0) <= demand) low = middle;
      else high = middle;
    }
    const from = this.#cumulative[low] ?? 0;
    const width = (this.#cumulative[high] ?? 0) - from;
    return Math.floor((low + (width > 0 ? (demand - from) / width : 0)) * binMs);
  }
}

function isWeekend(localMs: number): boolean {
  const weekday = (Math.floor(localMs / dayMs) + 4) % 7;
  return weekday === 0 || weekday === 6;
}

function spikeFactor(incidents: readonly Incident[], country: string, utcMs: number): number {
  let factor = 1;
  for (const { kind, fromMs, toMs, magnitude, where } of incidents) {
    if (kind !== 'demand-spike' || utcMs < fromMs || utcMs >= toMs) continue;
    if (where.country === undefined || where.country === country) factor *= magnitude;
  }
  return factor;
}
