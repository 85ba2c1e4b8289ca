import type { LocalTime } from './local-time.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Local hour at which the first households' viewing day begins, when fewest watch, and how much later the last ones' does. */
const dayStartsAtHour = 3;
export const dayStartSpreadMs = 3 * hourMs;

/** The viewing days of a zone, counted from 1970-01-01: 23 to 25 hours each, one after the other without a gap. */
export class ViewingDays {
  readonly time: LocalTime;
  readonly #starts = new Map<number, number>();
  #recent = 0;

  constructor(time: LocalTime) {
    this.time = time;
  }

  /** When the first households' day begins, UTC. */
  startOf(day: number): number {
    let startMs = this.#starts.get(day);
    if (startMs === undefined) {
      // What is asked for again is near; the rest would only pile up.
      if (this.#starts.size > 64) this.#starts.clear();
      startMs = this.time.utcOf(day * dayMs + dayStartsAtHour * hourMs);
      this.#starts.set(day, startMs);
    }
    return startMs;
  }

  /** The last household's day has ended. */
  endOf(day: number): number {
    return this.startOf(day + 1) + dayStartSpreadMs;
  }

  /** The last day that has begun by an instant. */
  at(utcMs: number): number {
    if (Math.abs(this.startOf(this.#recent) - utcMs) > 2 * dayMs) this.#recent = Math.floor(utcMs / dayMs);
    while (this.startOf(this.#recent) > utcMs) this.#recent -= 1;
    while (this.startOf(this.#recent + 1) <= utcMs) this.#recent += 1;
    return this.#recent;
  }
}
