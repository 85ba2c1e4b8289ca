import type { SessionPlan } from './session-plan.ts';

/** Where a session stands in its household's day and in its zone's; filled anew for each. */
export interface CoursePlace {
  ordinal: number;
  /** ms after the start of the zone's demand curve, as its end is `start + plan.lengthMs`. */
  start: number;
}

/** Words of a course. */
const word = {
  viewer: 0,
  /** Number of the session in the household's day, shifted by 4 bits, and its screen. */
  ordinal: 1,
  start: 2,
  lengthMs: 3,
  title: 4,
  titleSeconds: 5,
  device: 6,
  quality: 7,
  connectionDraw: 8,
  bandwidth: 9,
  playSeconds: 10,
  waitedSeconds: 11,
  /** Errors, shifted by 16 bits; stalls, by 9; pauses, by 1; whether it completes. */
  counts: 12,
  /** Where its pauses and stalls begin. */
  breaks: 13,
} as const;
const courseWords = 14;

/**
 * The sessions of a zone's viewing day as they were planned, until they come up: 56 bytes each, and 8 for each pause and
 * stall. Planning a session takes three times as long as keeping it.
 */
export class SessionCourses {
  count = 0;
  #words: Int32Array;
  /** Of each session its pauses, then its stalls: place and length. */
  #breaks = new Int32Array(1024);
  #breaksEnd = 0;

  /** Room for so many at first. */
  constructor(capacity: number) {
    this.#words = new Int32Array(Math.max(16, capacity) * courseWords);
  }

  add(plan: SessionPlan, ordinal: number, start: number): void {
    const at = this.count * courseWords;
    if (at + courseWords > this.#words.length) this.#words = grown(this.#words);
    const words = this.#words;
    words[at + word.viewer] = plan.viewer;
    words[at + word.ordinal] = (ordinal << 4) | plan.screen;
    words[at + word.start] = start;
    words[at + word.lengthMs] = plan.lengthMs;
    words[at + word.title] = plan.title;
    words[at + word.titleSeconds] = plan.titleSeconds;
    words[at + word.device] = plan.device;
    words[at + word.quality] = plan.quality;
    words[at + word.connectionDraw] = plan.connectionDraw;
    words[at + word.bandwidth] = plan.bandwidth;
    words[at + word.playSeconds] = plan.playSeconds;
    words[at + word.waitedSeconds] = plan.waitedSeconds;
    words[at + word.counts] =
      (plan.errors << 16) | (plan.stallCount << 9) | (plan.pauseCount << 1) | (plan.completes ? 1 : 0);
    words[at + word.breaks] = this.#breaksEnd;
    for (let i = 0; i < plan.pauseCount; i += 1) this.#addBreak(plan.pauseAt[i] ?? 0, plan.pauseMs[i] ?? 0);
    for (let i = 0; i < plan.stallCount; i += 1) this.#addBreak(plan.stallAt[i] ?? 0, plan.stallSeconds[i] ?? 0);
    this.count += 1;
  }

  startOf(index: number): number {
    return this.#words[index * courseWords + word.start] ?? 0;
  }

  /** ms after the start of the zone's demand curve at which a session ends. */
  endOf(index: number): number {
    return this.startOf(index) + (this.#words[index * courseWords + word.lengthMs] ?? 0);
  }

  /** Fills the plan and the place of a session. */
  read(index: number, plan: SessionPlan, place: CoursePlace): void {
    const words = this.#words;
    const at = index * courseWords;
    const packed = words[at + word.ordinal] ?? 0;
    plan.viewer = words[at + word.viewer] ?? 0;
    place.ordinal = packed >> 4;
    place.start = words[at + word.start] ?? 0;
    plan.screen = packed & 15;
    plan.lengthMs = words[at + word.lengthMs] ?? 0;
    plan.title = words[at + word.title] ?? 0;
    plan.titleSeconds = words[at + word.titleSeconds] ?? 0;
    plan.device = words[at + word.device] ?? 0;
    plan.quality = words[at + word.quality] ?? 0;
    plan.connectionDraw = (words[at + word.connectionDraw] ?? 0) >>> 0;
    plan.bandwidth = words[at + word.bandwidth] ?? 0;
    plan.playSeconds = words[at + word.playSeconds] ?? 0;
    plan.waitedSeconds = words[at + word.waitedSeconds] ?? 0;
    const counts = words[at + word.counts] ?? 0;
    plan.completes = (counts & 1) === 1;
    plan.pauseCount = (counts >> 1) & 255;
    plan.stallCount = (counts >> 9) & 127;
    plan.errors = counts >> 16;
    this.#readBreaks(words[at + word.breaks] ?? 0, plan);
  }

  #readBreaks(from: number, plan: SessionPlan): void {
    const breaks = this.#breaks;
    let at = from;
    for (let i = 0; i < plan.pauseCount; i += 1, at += 2) {
      plan.pauseAt[i] = breaks[at] ?? 0;
      plan.pauseMs[i] = breaks[at + 1] ?? 0;
    }
    for (let i = 0; i < plan.stallCount; i += 1, at += 2) {
      plan.stallAt[i] = breaks[at] ?? 0;
      plan.stallSeconds[i] = breaks[at + 1] ?? 0;
    }
  }

  #addBreak(at: number, length: number): void {
    if (this.#breaksEnd + 2 > this.#breaks.length) this.#breaks = grown(this.#breaks);
    this.#breaks[this.#breaksEnd] = at;
    this.#breaks[this.#breaksEnd + 1] = length;
    this.#breaksEnd += 2;
  }
}

function grown(words: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
