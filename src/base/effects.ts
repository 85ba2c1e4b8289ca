import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { PlayheadError } from './errors.ts';
import { type Meter, silentMeter } from './meter.ts';
import { type Random, seededRandom, systemRandom } from './random.ts';

/** Wall time for what people and records see; monotonic time for intervals and deadlines. */
export interface Clock {
  /** Milliseconds since 1970 UTC. Simulated in a simulation; may jump back on a real machine. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with PH_INTERRUPTED when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type LogLevel = 'debug' | 'info' | 'warn';

/** Structured log lines. There is no `error`: an error is thrown, and the one who ends the work records it. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What must not be interleaved with other work of this process: done while a lock of another kind is held. */
const uninterrupted = {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
};

/** The part of `node:fs` that keeps data. Tests inject faults here (a full disk, a torn write). */
export type FileSystem = typeof uninterrupted &
  Pick<
    typeof nodeFs,
    | 'open'
    | 'mkdir'
    | 'rename'
    | 'link'
    | 'unlink'
    | 'rm'
    | 'rmdir'
    | 'stat'
    | 'readdir'
    | 'readFile'
    | 'writeFile'
    | 'access'
    | 'copyFile'
    | 'truncate'
    | 'utimes'
    | 'watch'
  >;

/**
 * Everything that reaches outside a pure function. Passed last, with `systemEffects()` as the only production value:
 * nothing reads the time, the environment or a random number on its own.
 */
export interface Effects {
  readonly clock: Clock;
  readonly random: Random;
  readonly fs: FileSystem;
  readonly log: Logger;
  /** OpenTelemetry's: what rooms count and time. Measures nothing unless one is bound. */
  readonly meter: Meter;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Named steps of durable work (`delivery.planned`, `delivery.object`, `delivery.committed` …). Does nothing in
   * production; fault tests kill, stop or fail the process here.
   */
  reached(step: string): Promise<void> | void;
}

export const silentLogger: Logger = { log: () => {} };

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: async (ms, signal) => {
      await wait(ms, undefined, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
        throw interruptedSleep(cause);
      });
    },
  };
}

function interruptedSleep(cause: unknown): PlayheadError {
  return new PlayheadError('PH_INTERRUPTED', 'interrupted while waiting', { cause });
}

export function systemEffects(overrides: Partial<Effects> = {}): Effects {
  return {
    clock: systemClock(),
    random: systemRandom(),
    fs: { ...nodeFs, ...uninterrupted },
    log: silentLogger,
    meter: silentMeter,
    env: process.env,
    reached: () => {},
    ...overrides,
  };
}

/** A clock that stands still until it is moved: what tests use in place of sleeping. */
export interface ManualClock extends Clock {
  /** Moves wall and monotonic time on by `ms` and wakes what slept until then, in order. */
  advance(ms: number): Promise<void>;
  /** Sets wall time alone (a clock that jumps back); monotonic time stays. */
  jumpTo(nowMs: number): void;
}

export function manualClock(startMs = Date.UTC(2025, 7, 11)): ManualClock {
  let now = startMs;
  let monotonic = 0;
  let sleepers: { dueMs: number; wake: () => void }[] = [];
  return {
    now: () => now,
    monotonicMs: () => monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(interruptedSleep(signal.reason));
          return;
        }
        const sleeper = { dueMs: monotonic + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          'abort',
          () => {
            sleepers = sleepers.filter((other) => other !== sleeper);
            reject(interruptedSleep(signal.reason));
          },
          { once: true },
        );
      }),
    advance: async (ms) => {
      const until = monotonic + ms;
      for (;;) {
        const next = sleepers.filter((s) => s.dueMs <= until).sort((a, b) => a.dueMs - b.dueMs)[0];
        const step = (next?.dueMs ?? until) - monotonic;
        monotonic += step;
        now += step;
        if (next === undefined) return;
        sleepers = sleepers.filter((other) => other !== next);
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    jumpTo: (nowMs) => {
      now = nowMs;
    },
  };
}

/** Effects for tests: a manual clock and a seeded random; the real file system. */
export function testEffects(overrides: Partial<Effects> = {}): Effects {
  return systemEffects({ clock: manualClock(), random: seededRandom(1), ...overrides });
}
