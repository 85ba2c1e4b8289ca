import type { AudienceZone } from './audience.ts';
import { type DailyShape, DemandCurve } from './demand-curve.ts';
import type { HouseholdDays, SessionSink } from './household-day.ts';
import type { Incident } from './incidents.ts';

/** When the sessions of one zone's viewing day take place; what happens in them is drawn again when they come up. */
export class Timetable {
  readonly startMs: number;
  #entries: Entries;
  readonly #households: HouseholdDays;
  readonly #curve: DemandCurve;
  readonly #slotMs: number;
  readonly #firstSlot: number;
  /** Entries that start in slot i are those from `#slotEnds[i - 1]` to `#slotEnds[i]`. */
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
    this.#households = households;
    this.#curve = curve;
    this.startMs = curve.startMs;
    this.#entries = new Entries(zone.viewers.length * 10);
    for (const viewer of zone.viewers) households.draw(viewer, day, curve, this.#entries);
    this.#slotMs = slotMs;
    this.#firstSlot = Math.floor(this.startMs / slotMs);
    const slots = Math.ceil(zone.days.endOf(day) / slotMs) - this.#firstSlot;
    [this.#entries, this.#slotEnds] = this.#sortBySlot(slots);
  }

  /** Numbers of the sessions that start in a slot, from and to (not included), in order of viewer and number. */
  startingIn(slot: number): { readonly from: number; readonly to: number } {
    const index = slot - this.#firstSlot;
    const to = this.#slotEnds[index] ?? 0;
    return { from: index === 0 ? 0 : (this.#slotEnds[index - 1] ?? to), to };
  }

  read(number: number, into: TimetableEntry): void {
    this.#entries.read(number, this.startMs, into);
    into.endByMs = this.#households.endOfDayMs(into.viewer, this.#curve);
  }

  /** Puts the entries in the order of the slots in which they start; those of a slot stay in order. */
  #sortBySlot(slots: number): [Entries, Int32Array] {
    const drawn = this.#entries;
    const slotOf = (i: number): number =>
      Math.floor((this.startMs + drawn.startOf(i)) / this.#slotMs) - this.#firstSlot;
    const ends = new Int32Array(slots);
    for (let i = 0; i < drawn.count; i += 1) ends[slotOf(i)] = (ends[slotOf(i)] ?? 0) + 1;
    for (let slot = 1; slot < slots; slot += 1) ends[slot] = (ends[slot] ?? 0) + (ends[slot - 1] ?? 0);
    const next = new Int32Array(slots);
    next.set(ends.subarray(0, slots - 1), 1);
    const sorted = new Entries(drawn.count);
    for (let i = 0; i < drawn.count; i += 1) {
      const slot = slotOf(i);
      sorted.copy(drawn, i, next[slot] ?? 0);
      next[slot] = (next[slot] ?? 0) + 1;
    }
    return [sorted, ends];
  }
}

/** Filled anew for each entry. */
export interface TimetableEntry {
  viewer: number;
  ordinal: number;
  screen: number;
  startMs: number;
  /** Of its last event. */
  endMs: number;
  /** The viewer's viewing day ends here. */
  endByMs: number;
}

const entryWords = 4;

/** Sixteen bytes a session: viewer, number and screen, start, end. */
class Entries implements SessionSink {
  count = 0;
  #words: Int32Array;

  constructor(capacity: number) {
    this.#words = new Int32Array(Math.max(16, capacity) * entryWords);
  }

  add(viewer: number, ordinal: number, screen: number, start: number, end: number): void {
    const at = this.count * entryWords;
    if (at + entryWords > this.#words.length) {
      const larger = new Int32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[at] = viewer;
    this.#words[at + 1] = (ordinal << 4) | screen;
    this.#words[at + 2] = start;
    this.#words[at + 3] = end;
    this.count += 1;
  }

  /** Copies another's entry to a place inside the capacity. */
  copy(from: Entries, index: number, to: number): void {
    for (let word = 0; word < entryWords; word += 1)
      this.#words[to * entryWords + word] = from.#words[index * entryWords + word] ?? 0;
    this.count += 1;
  }

  startOf(index: number): number {
    return this.#words[index * entryWords + 2] ?? 0;
  }

  read(index: number, startMs: number, into: TimetableEntry): void {
    const at = index * entryWords;
    const packed = this.#words[at + 1] ?? 0;
    into.viewer = this.#words[at] ?? 0;
    into.ordinal = packed >> 4;
    into.screen = packed & 15;
    into.startMs = startMs + (this.#words[at + 2] ?? 0);
    into.endMs = startMs + (this.#words[at + 3] ?? 0);
  }
}
