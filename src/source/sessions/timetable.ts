import type { AudienceZone } from './audience.ts';
import { type DailyShape, DemandCurve } from './demand-curve.ts';
import type { HouseholdDays } from './household-day.ts';
import type { Incident } from './incidents.ts';
import { type CoursePlace, SessionCourses } from './session-courses.ts';
import type { SessionPlan } from './session-plan.ts';

/** The sessions of one zone's viewing day, by the slot in which they start. */
export class Timetable {
  readonly startMs: number;
  readonly #courses: SessionCourses;
  readonly #slotMs: number;
  readonly #firstSlot: number;
  /** Numbers of courses by the slot in which they start; those of a slot in order of viewer and number. */
  readonly #order: Int32Array;
  /** Courses that start in slot i are those at `#slotEnds[i - 1]` to `#slotEnds[i]` of the order. */
  readonly #slotEnds: Int32Array;

  constructor(
    zone: AudienceZone,
    day: number,
    slotMs: number,
    households: HouseholdDays,
    shape: DailyShape,
    incidents: readonly Incident[],
  ) {
    const curve = new DemandCurve(zone.days, zone.country, day, shape, incidents);
    this.startMs = curve.startMs;
    this.#courses = new SessionCourses(zone.viewers.length * 10);
    for (const viewer of zone.viewers) households.draw(viewer, day, curve, this.#courses);
    this.#slotMs = slotMs;
    this.#firstSlot = Math.floor(this.startMs / slotMs);
    this.#slotEnds = new Int32Array(Math.ceil(zone.days.endOf(day) / slotMs) - this.#firstSlot);
    this.#order = this.#orderBySlot();
  }

  /** Places of the sessions that start in a slot, from and to (not included). */
  startingIn(slot: number): { readonly from: number; readonly to: number } {
    const index = slot - this.#firstSlot;
    const to = this.#slotEnds[index] ?? 0;
    return { from: index === 0 ? 0 : (this.#slotEnds[index - 1] ?? to), to };
  }

  /** When the session at a place has its last event. */
  endMsOf(place: number): number {
    return this.startMs + this.#courses.endOf(this.#order[place] ?? 0);
  }

  /** Fills in the session at a place: its plan, but for what its device is. */
  read(place: number, plan: SessionPlan, into: CoursePlace): void {
    this.#courses.read(this.#order[place] ?? 0, plan, into);
  }

  /** Fills the ends, and returns the order. */
  #orderBySlot(): Int32Array {
    const { count } = this.#courses;
    const ends = this.#slotEnds;
    const slotOf = (i: number): number =>
      Math.floor((this.startMs + this.#courses.startOf(i)) / this.#slotMs) - this.#firstSlot;
    for (let i = 0; i < count; i += 1) ends[slotOf(i)] = (ends[slotOf(i)] ?? 0) + 1;
    for (let slot = 1; slot < ends.length; slot += 1) ends[slot] = (ends[slot] ?? 0) + (ends[slot - 1] ?? 0);
    const next = new Int32Array(ends.length);
    next.set(ends.subarray(0, ends.length - 1), 1);
    const order = new Int32Array(count);
    for (let i = 0; i < count; i += 1) {
      const slot = slotOf(i);
      order[next[slot] ?? 0] = i;
      next[slot] = (next[slot] ?? 0) + 1;
    }
    return order;
  }
}
