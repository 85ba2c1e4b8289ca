import type { ManualClock } from '../base/effects.ts';
import type { Scheduled } from '../pipeline/run/scheduled.ts';

/** The time of a test: it stands still until it is moved. */
export interface TestClock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /**
   * Moves the time on, and runs every schedule that comes due on the way, each at its own time, those of one time in the
   * order of the definitions. Resolves with what was run. Throws what a run throws, with the time standing at it.
   */
  advance(ms: number): Promise<readonly ScheduledRun[]>;
}

export interface ScheduledRun {
  /** Address of the schedule. */
  readonly schedule: string;
  /** Address of what it ran. */
  readonly target: string;
  /** Milliseconds since 1970 UTC. */
  readonly dueMs: number;
  /** What the run said at its end: a delivery's summary, a job's figures. */
  readonly output: object;
}

/** A clock that runs schedules as it is moved. */
export function testClock(
  clock: ManualClock,
  scheduled: readonly Scheduled[],
  run: (entry: Scheduled) => Promise<object>,
): TestClock {
  const advance = async (ms: number): Promise<readonly ScheduledRun[]> => {
    if (!(ms >= 0)) throw new RangeError(`time goes on: ${ms} ms`);
    const done: ScheduledRun[] = [];
    const untilMs = clock.now() + ms;
    for (;;) {
      const beforeMs = clock.now();
      const dueMs = Math.min(...scheduled.map(({ schedule }) => schedule.next(beforeMs) ?? Number.POSITIVE_INFINITY));
      await clock.advance(Math.min(dueMs, untilMs) - beforeMs);
      if (dueMs > untilMs) return done;
      for (const entry of firstOfEachTarget(scheduled.filter(({ schedule }) => schedule.next(beforeMs) === dueMs)))
        done.push({ schedule: entry.address, target: entry.target, dueMs, output: await run(entry) });
    }
  };
  return { now: () => clock.now(), advance };
}

/** As `playhead start` does: what two schedules name at one time is run once. */
function firstOfEachTarget(entries: readonly Scheduled[]): readonly Scheduled[] {
  return entries.filter(({ target }, i) => entries.findIndex((other) => other.target === target) === i);
}
