import type { Audience } from './audience.ts';
import type { DemandCurve } from './demand-curve.ts';
import type { SessionCourses } from './session-courses.ts';
import { SessionPlan } from './session-plan.ts';
import type { SessionPlace, SessionPlanner } from './session-planner.ts';
import { hash2, SessionRandom } from './session-random.ts';

/** No household begins more sessions in a viewing day: session numbers have room for so many. */
export const maxSessionsPerDay = 48;

/**
 * Draws the sessions of one household's viewing day: how many, when, and on which screen. The day is the unit of
 * randomness: within it sessions wait for a free screen in the order in which they were wanted, and none reaches into
 * the next day. So no more than the household's screens are ever in use, and each day can be drawn without the days
 * before it.
 */
export class HouseholdDays {
  readonly #audience: Audience;
  readonly #planner: SessionPlanner;
  readonly #seed: number;
  readonly #sessionsPerDay: number;
  readonly #random = new SessionRandom();
  readonly #plan = new SessionPlan();
  readonly #wanted = new Float64Array(maxSessionsPerDay);
  readonly #freeAt = new Float64Array(16);
  readonly #place: SessionPlace = { viewer: 0, day: 0, ordinal: 0, screen: 0, startMs: 0, endByMs: 0 };

  constructor(audience: Audience, planner: SessionPlanner, seed: number, sessionsPerDay: number) {
    this.#audience = audience;
    this.#planner = planner;
    this.#seed = hash2(seed, 0x4d1);
    this.#sessionsPerDay = sessionsPerDay;
  }

  draw(viewer: number, day: number, curve: DemandCurve, sink: SessionCourses): void {
    const begins = this.#audience.dayStartMs[viewer] ?? 0;
    const ends = begins + curve.lengthMs;
    const count = this.#want(viewer, day, curve, begins, ends);
    const screens = this.#audience.screens[viewer] ?? 1;
    const place = this.#place;
    place.viewer = viewer;
    place.day = day;
    place.endByMs = curve.startMs + ends;
    this.#freeAt.fill(0, 0, screens);
    for (let ordinal = 0; ordinal < count; ordinal += 1) {
      const screen = this.#nextScreen(screens, this.#wanted[ordinal] ?? 0);
      // Nobody starts at the instant at which another one ends.
      const start = Math.max(this.#wanted[ordinal] ?? 0, (this.#freeAt[screen] ?? 0) + 1);
      if (start >= ends) break;
      place.ordinal = ordinal;
      place.screen = screen;
      place.startMs = curve.startMs + start;
      this.#planner.planCourse(this.#plan, place);
      const end = start + this.#plan.lengthMs;
      this.#freeAt[screen] = end + 5000 + (hash2(viewer, ordinal) & 0xffff);
      sink.add(this.#plan, ordinal, start);
    }
  }

  /** How many sessions, and when each is wanted, ascending. */
  #want(viewer: number, day: number, curve: DemandCurve, begins: number, ends: number): number {
    const random = this.#random.seed(this.#seed, viewer, day, 0);
    const low = curve.demandUntil(begins);
    const demand = curve.demandUntil(ends) - low;
    const mean = this.#sessionsPerDay * (this.#audience.shares[viewer] ?? 0) * demand;
    const count = random.poisson(mean, maxSessionsPerDay);
    const wanted = this.#wanted;
    for (let i = 0; i < count; i += 1) {
      const at = curve.timeOf(low + random.float() * demand);
      // Kept in order as they come: they are few.
      let place = i;
      for (; place > 0 && (wanted[place - 1] ?? 0) > at; place -= 1) wanted[place] = wanted[place - 1] ?? 0;
      wanted[place] = at;
    }
    return count;
  }

  /** A screen that is free by then, else the one that will be free first. */
  #nextScreen(screens: number, at: number): number {
    let best = 0;
    for (let screen = 0; screen < screens; screen += 1) {
      const free = this.#freeAt[screen] ?? 0;
      if (free < at) return screen;
      if (free < (this.#freeAt[best] ?? 0)) best = screen;
    }
    return best;
  }
}
