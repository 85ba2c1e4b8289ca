import { PlayheadError } from '../../base/errors.ts';
import { type Audience, audienceOf } from './audience.ts';
import { type DailyShape, dailyShape } from './demand-curve.ts';
import { EventRows, rowVariantNumber, rowWord } from './event-rows.ts';
import { HouseholdDays, maxSessionsPerDay } from './household-day.ts';
import { type IdPermutation, idPermutation } from './id-permutation.ts';
import { type Injection, Injector, maxDelayMs, overtakenWithinMs } from './injection.ts';
import { LiveSessions, sessionWord } from './live-sessions.ts';
import type { SessionModel } from './model.ts';
import type { Reference } from './reference.ts';
import type { CoursePlace } from './session-courses.ts';
import { SessionEvents } from './session-events.ts';
import { SessionPlan } from './session-plan.ts';
import { SessionPlanner } from './session-planner.ts';
import { hash2 } from './session-random.ts';
import { Timetable } from './timetable.ts';

export interface SimulationSettings {
  readonly seed: number;
  readonly model: SessionModel;
  /** Of a weekday, over all viewers. */
  readonly eventsPerDay: number;
  /** No daily curve: the same demand at every hour. */
  readonly flat: boolean;
  readonly injection: Injection;
  /** Time is cut into slots of this length, from 1970 on. */
  readonly slotMs: number;
  /** Kept out of the sessions and put into the identifiers: two simulations never share an event id. */
  readonly identity: number;
}

/** The events that arrive in one slot, in order of arrival; valid until the next slot is asked for. */
export interface SlotEvents {
  readonly slot: number;
  readonly startMs: number;
  readonly rows: EventRows;
  /** Numbers of rows in order of arrival. */
  readonly order: Int32Array;
}

/**
 * Viewing sessions as a function of time: the events of a slot depend on the settings, the reference data and the slot
 * alone. Slots may be asked for in any order; consecutive ones cost least, because sessions that go on are kept.
 */
export class SessionSimulator {
  readonly settings: SimulationSettings;
  readonly audience: Audience;
  readonly planner: SessionPlanner;
  readonly live = new LiveSessions();
  readonly ids: { readonly event: IdPermutation; readonly session: IdPermutation; readonly device: IdPermutation };
  readonly #households: HouseholdDays;
  readonly #shape: DailyShape;
  readonly #injector: Injector;
  readonly #maxDelayMs: number;
  readonly #timetables = new Map<string, Timetable>();
  readonly #arriving = new Map<number, EventRows>();
  /** Room for rows of slots to come: what one slot took serves another, and nothing is left to collect. */
  readonly #spare: EventRows[] = [];
  #given = new EventRows();
  readonly #plan = new SessionPlan();
  readonly #events = new SessionEvents();
  readonly #place: CoursePlace = { ordinal: 0, start: 0 };
  #nextSlot = Number.NaN;
  /** Rows of earlier slots are not wanted: the slot at which reading began. */
  #fromSlot = 0;

  constructor(settings: SimulationSettings, reference: Reference) {
    const { model, seed, injection, eventsPerDay, identity } = settings;
    this.settings = settings;
    this.audience = audienceOf(reference.viewers, model, seed);
    const incidents = injection.incidents ?? [];
    this.planner = new SessionPlanner(model, this.audience, reference.titles, seed, incidents);
    // Start and end, and pause and resume for each pause.
    const sessionsPerDay = eventsPerDay / model.eventsPerSession;
    checkDemand(sessionsPerDay, reference.viewers.count);
    this.#households = new HouseholdDays(this.audience, this.planner, seed, sessionsPerDay);
    this.#shape = dailyShape(model, settings.flat);
    this.#injector = new Injector(injection, seed);
    this.#maxDelayMs = maxDelayMs(injection);
    const key = hash2(seed, identity);
    this.ids = { event: idPermutation(key, 1), session: idPermutation(key, 2), device: idPermutation(key, 3) };
  }

  /** The events that arrive in `[slot * slotMs, (slot + 1) * slotMs)`. Their sessions must be released once rendered. */
  events(slot: number): SlotEvents {
    if (slot !== this.#nextSlot) this.#startAt(slot);
    this.#begin(slot);
    this.#nextSlot = slot + 1;
    this.#spare.push(this.#given);
    const rows = this.#rowsOf(slot);
    this.#arriving.delete(slot);
    this.#given = rows;
    return { slot, startMs: slot * this.settings.slotMs, rows, order: rows.order() };
  }

  /** Forgets what went before, and takes up the sessions that are under way: no time before those is looked at. */
  #startAt(slot: number): void {
    this.#arriving.clear();
    this.#fromSlot = slot;
    this.live.clear();
    const reachMs = this.planner.compiled.maxSessionMs + this.#maxDelayMs;
    for (let earlier = slot - Math.ceil(reachMs / this.settings.slotMs); earlier < slot; earlier += 1)
      this.#begin(earlier);
  }

  /** Lets the sessions of a slot begin: all their events go to the slots in which they arrive. */
  #begin(slot: number): void {
    const { slotMs } = this.settings;
    const wantedFromMs = this.#fromSlot * slotMs - this.#maxDelayMs;
    for (const [number, zone] of this.audience.zones.entries()) {
      const today = zone.days.at((slot + 1) * slotMs - 1);
      for (const day of [today - 1, today]) {
        const endMs = zone.days.endOf(day);
        if (endMs <= slot * slotMs || endMs < wantedFromMs) {
          this.#timetables.delete(`${number} ${day}`);
          continue;
        }
        const timetable = this.#timetable(number, day);
        const { from, to } = timetable.startingIn(slot);
        for (let i = from; i < to; i += 1) {
          if (timetable.endMsOf(i) >= wantedFromMs) this.#perform(timetable, i, day);
        }
      }
    }
  }

  #timetable(number: number, day: number): Timetable {
    const key = `${number} ${day}`;
    const zone = this.audience.zones[number];
    let timetable = this.#timetables.get(key);
    if (timetable === undefined) {
      if (zone === undefined) throw new PlayheadError('PH_INTERNAL', `no audience zone ${number}`);
      const { slotMs, injection } = this.settings;
      timetable = new Timetable(zone, day, slotMs, this.#households, this.#shape, injection.incidents ?? []);
      this.#timetables.set(key, timetable);
    }
    return timetable;
  }

  /** Lets the events of a session happen. */
  #perform(timetable: Timetable, number: number, day: number): void {
    const place = this.#place;
    timetable.read(number, this.#plan, place);
    const startMs = timetable.startMs + place.start;
    this.planner.equip(this.#plan, startMs);
    const events = this.#events;
    events.tell(this.#plan, startMs);
    const session = this.#admit(place.ordinal, startMs, day);
    const { words } = this.live;
    const high = words[session + sessionWord.sequenceHigh] ?? 0;
    const low = words[session + sessionWord.sequenceLow] ?? 0;
    for (let step = 0; step < events.count; step += 1) {
      if (this.#injector.active) this.#tamper(session, step, high, low);
      else this.#arrive(session, step, events.timeMs[step] ?? 0, rowVariantNumber.clean);
    }
    this.live.release(session, 0);
  }

  #admit(ordinal: number, startMs: number, day: number): number {
    const plan = this.#plan;
    const session = this.live.take(startMs);
    const { words } = this.live;
    const { count } = this.audience.viewers;
    const number = plan.viewer * maxSessionsPerDay + ordinal;
    const days = Math.floor(2 ** 32 / (count * maxSessionsPerDay));
    words[session + sessionWord.viewer] = plan.viewer;
    words[session + sessionWord.title] = plan.title;
    words[session + sessionWord.device] = plan.device;
    words[session + sessionWord.os] = plan.os;
    words[session + sessionWord.quality] = plan.quality;
    words[session + sessionWord.connection] = plan.connection;
    words[session + sessionWord.release] = plan.release;
    words[session + sessionWord.titleSeconds] = plan.titleSeconds;
    words[session + sessionWord.sessionId] = this.ids.session.permute32(
      ((day % days) * count * maxSessionsPerDay + number) >>> 0,
    );
    words[session + sessionWord.deviceId] = this.ids.device.permute32(
      (plan.viewer * 256 + plan.device * 16 + plan.screen) >>> 0,
    );
    words[session + sessionWord.sequenceHigh] = ((day & 0xffff) << 16) | (ordinal << 8);
    words[session + sessionWord.sequenceLow] = plan.viewer;
    return session;
  }

  /** One event as it was, delayed or with copies, as was asked for. */
  #tamper(session: number, step: number, high: number, low: number): void {
    const events = this.#events;
    const injector = this.#injector;
    injector.about(high + step, low);
    const timeMs = events.timeMs[step] ?? 0;
    let arrivalMs = timeMs + injector.lateBy();
    let variant: number = arrivalMs > timeMs ? rowVariantNumber.late : rowVariantNumber.clean;
    const overtaken = injector.overtakenBy();
    const nextMs = step + 1 < events.count ? (events.timeMs[step + 1] ?? 0) : Number.POSITIVE_INFINITY;
    if (variant === rowVariantNumber.clean && overtaken > 0 && nextMs - timeMs < overtakenWithinMs) {
      arrivalMs = nextMs + overtaken;
      variant = rowVariantNumber['out-of-order'];
    }
    this.#arrive(session, step, arrivalMs, variant);
    for (const kind of ['malformed', 'invalid'] as const)
      if (injector.spoils(kind)) this.#arrive(session, step, arrivalMs, rowVariantNumber[kind]);
    const duplicate = injector.repeatedAfter('duplicated');
    if (duplicate > 0) this.#arrive(session, step, arrivalMs + duplicate, rowVariantNumber.duplicate);
    const conflict = injector.repeatedAfter('conflicting');
    if (conflict > 0) this.#arrive(session, step, arrivalMs + conflict, rowVariantNumber.conflict);
  }

  #arrive(session: number, step: number, arrivalMs: number, variant: number): void {
    const { slotMs } = this.settings;
    const slot = Math.floor(arrivalMs / slotMs);
    if (slot < this.#fromSlot) return;
    const rows = this.#rowsOf(slot);
    const at = rows.append();
    const { words } = rows;
    const events = this.#events;
    const startMs = slot * slotMs;
    words[at + rowWord.arrival] = arrivalMs - startMs;
    words[at + rowWord.time] = (events.timeMs[step] ?? 0) - startMs;
    words[at + rowWord.session] = session;
    words[at + rowWord.kind] = events.kind[step] ?? 0;
    words[at + rowWord.step] = step;
    words[at + rowWord.playhead] = events.playhead[step] ?? 0;
    words[at + rowWord.watched] = events.watched[step] ?? 0;
    words[at + rowWord.stalls] = events.stalls[step] ?? 0;
    words[at + rowWord.stallSeconds] = events.stallSeconds[step] ?? 0;
    words[at + rowWord.errors] = step === events.count - 1 ? this.#plan.errors : 0;
    words[at + rowWord.bandwidth] = this.#bandwidthAt(step);
    words[at + rowWord.variant] = variant;
    this.live.addPending(session);
  }

  #rowsOf(slot: number): EventRows {
    let rows = this.#arriving.get(slot);
    if (rows === undefined) {
      rows = this.#spare.pop() ?? new EventRows();
      rows.clear();
      this.#arriving.set(slot, rows);
    }
    return rows;
  }

  /** Within four per cent of the session's, inside the bounds of its quality. */
  #bandwidthAt(step: number): number {
    const plan = this.#plan;
    const { leastBandwidth, mostBandwidth } = this.planner.compiled;
    const swing = ((hash2(plan.viewer + plan.bandwidth, step) & 0xffff) / 65536 - 0.5) * 0.08;
    const bandwidth = Math.round(plan.bandwidth * (1 + swing));
    return Math.max(leastBandwidth[plan.quality] ?? 0, Math.min(mostBandwidth[plan.quality] ?? 0, bandwidth));
  }
}

function checkDemand(sessionsPerDay: number, viewers: number): void {
  const most = viewers * maxSessionsPerDay * 0.5;
  if (sessionsPerDay <= most) return;
  throw new PlayheadError(
    'PH_USAGE',
    `${viewers} viewers can't begin ${Math.round(sessionsPerDay)} sessions a day: at most ${Math.floor(most)}`,
    { hint: 'Ask for fewer events, or make a larger viewers table.' },
  );
}
