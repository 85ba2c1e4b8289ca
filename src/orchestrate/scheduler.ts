import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import type { Schedule } from './schedule.ts';

export interface ScheduledTarget {
  /** Address of the schedule. */
  readonly address: string;
  readonly schedule: Schedule;
  /** Address of what it runs. */
  readonly target: string;
}

/** One time that a schedule was due. */
export interface Fire {
  readonly entry: ScheduledTarget;
  readonly dueMs: number;
  /** Earlier due times that this run makes up for: the machine slept, or the run before took longer. */
  readonly missed: number;
}

export interface SchedulerSettings {
  /** Aborts when no more shall be started. */
  readonly stop: AbortSignal;
  /** How long runs may go on after the stop before they are interrupted, milliseconds. */
  readonly graceMs: number;
  /** Runs the target; its failures are its own to report. */
  readonly fire: (fire: Fire, signal: AbortSignal) => Promise<void>;
}

/** A wait is cut into these, so that a wall clock that was set forward or back is seen within a minute. */
const longestWaitMs = 60_000;

/**
 * A clock set back by less repeats no due time (it waits until the clock is past the last one); by more, the schedule
 * goes on from the new time. Vixie cron's rule, and its number.
 */
const jumpBackMs = 3 * 3_600_000;

/** What is counted as missed at most: a laptop that slept for a month need not enumerate every minute of it. */
const countedMisses = 1000;

/**
 * Runs schedules in the foreground until `stop`. A target runs once at a time, whichever schedules name it; what came due
 * meanwhile becomes one run after it, since every target goes on from its own position. What was due before the start
 * is not made up for. After the stop, what runs may end within the grace; then it is interrupted.
 */
export async function runSchedules(
  entries: readonly ScheduledTarget[],
  settings: SchedulerSettings,
  effects: Effects,
): Promise<void> {
  const interrupt = new AbortController();
  const broken = new AbortController();
  const stop = AbortSignal.any([settings.stop, broken.signal]);
  const turns = new Map<string, Promise<void>>();
  const inTurn = (fire: Fire): Promise<void> => {
    const before = turns.get(fire.entry.target) ?? Promise.resolve();
    const turn = before.then(async () => {
      if (!stop.aborted) await settings.fire(fire, interrupt.signal);
    });
    turns.set(fire.entry.target, turn);
    return turn;
  };
  const loop = async (entry: ScheduledTarget): Promise<void> => {
    try {
      await runSchedule(entry, stop, inTurn, effects);
    } catch (error) {
      // One schedule that cannot go on ends all of them: half a pipeline that runs looks like a whole one.
      broken.abort();
      throw error;
    }
  };
  const loops = Promise.all(entries.map(loop));
  const ended = new AbortController();
  const grace = interruptAfterGrace(stop, settings.graceMs, interrupt, ended.signal, effects);
  try {
    await loops;
  } finally {
    ended.abort();
    await grace;
  }
}

async function runSchedule(
  entry: ScheduledTarget,
  stop: AbortSignal,
  fire: (fire: Fire) => Promise<void>,
  effects: Effects,
): Promise<void> {
  let last = effects.clock.now();
  while (!stop.aborted) {
    const now = effects.clock.now();
    if (last - now > jumpBackMs) {
      effects.log.log('warn', `the clock went back; ${entry.address} goes on from its new time`, {
        fromMs: last,
        toMs: now,
      });
      last = now;
    }
    const due = entry.schedule.next(last);
    if (due === undefined) {
      effects.log.log('info', `${entry.address} is never due again`, { expression: entry.schedule.expression });
      return;
    }
    if (due > now) {
      await wait(Math.min(due - now, longestWaitMs), stop, effects);
    } else {
      const { latest, missed } = latestDue(entry.schedule, due, now);
      last = latest;
      await fire({ entry, dueMs: latest, missed });
    }
  }
}

/** The newest of the times that are due by now, and how many are older. */
function latestDue(schedule: Schedule, due: number, now: number): { latest: number; missed: number } {
  let latest = due;
  for (let missed = 0; ; missed += 1) {
    const next = schedule.next(latest);
    if (next === undefined || next > now) return { latest, missed };
    if (missed === countedMisses) return { latest: now, missed };
    latest = next;
  }
}

async function interruptAfterGrace(
  stop: AbortSignal,
  graceMs: number,
  interrupt: AbortController,
  ended: AbortSignal,
  effects: Effects,
): Promise<void> {
  const either = AbortSignal.any([stop, ended]);
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }));
  await wait(graceMs, ended, effects);
  if (!ended.aborted) interrupt.abort();
}

/** Resolves early when the signal aborts: a stop is no failure of the wait. */
async function wait(ms: number, signal: AbortSignal, effects: Effects): Promise<void> {
  if (signal.aborted) return;
  try {
    await effects.clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted || !(isPlayheadError(error, 'PH_INTERRUPTED') || error === signal.reason)) throw error;
  }
}
