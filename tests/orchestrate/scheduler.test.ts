import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { parseSchedule } from '../../src/orchestrate/parse-schedule.ts';
import { type Fire, runSchedules, type ScheduledTarget } from '../../src/orchestrate/scheduler.ts';

const start = Date.UTC(2025, 7, 11);
const minute = 60_000;

function entry(expression: string, target = 'shop.viewers', address = 'shop.generate'): ScheduledTarget {
  return { address, target, schedule: parseSchedule(expression) };
}

/** A scheduler under a manual clock; `fired` are the due times in minutes from the start. */
function started(entries: readonly ScheduledTarget[], work: (fire: Fire, signal: AbortSignal) => Promise<void>) {
  const clock = manualClock(start);
  const stop = new AbortController();
  const fires: Fire[] = [];
  const ended = runSchedules(
    entries,
    {
      stop: stop.signal,
      graceMs: 10_000,
      fire: async (fire, signal) => {
        fires.push(fire);
        await work(fire, signal);
      },
    },
    testEffects({ clock }),
  );
  return { clock, stop, fires, ended, dueMinutes: () => fires.map(({ dueMs }) => (dueMs - start) / minute) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A run that lasts until it is told to end. */
function openEnded(): {
  work: (fire: Fire, signal: AbortSignal) => Promise<void>;
  end: () => void;
  active: () => number;
} {
  let ends: (() => void)[] = [];
  let active = 0;
  return {
    work: (_, signal) =>
      new Promise((resolve) => {
        active += 1;
        const end = (): void => {
          active -= 1;
          resolve();
        };
        ends.push(end);
        signal.addEventListener('abort', end, { once: true });
      }),
    end: () => {
      const now = ends;
      ends = [];
      for (const end of now) end();
    },
    active: () => active,
  };
}

describe('scheduler', () => {
  it('fires on the multiples of a rate, and makes up for nothing before its start', async () => {
    const run = started([entry('rate(5 minutes)')], async () => {});
    for (let i = 0; i < 16; i += 1) await run.clock.advance(minute);
    run.stop.abort();
    await run.ended;
    assert.deepEqual(run.dueMinutes(), [5, 10, 15]);
    assert.deepEqual(
      run.fires.map(({ missed }) => missed),
      [0, 0, 0],
    );
  });

  it('makes one run of all that came due while the machine slept', async () => {
    const run = started([entry('rate(5 minutes)')], async () => {});
    run.clock.jumpTo(start + 32 * minute);
    await run.clock.advance(minute);
    run.stop.abort();
    await run.ended;
    assert.deepEqual(run.dueMinutes(), [30]);
    assert.equal(run.fires[0]?.missed, 5);
  });

  it('runs a target once at a time, though two schedules name it', async () => {
    const long = openEnded();
    const run = started([entry('rate(5 minutes)'), entry('rate(10 minutes)', 'shop.viewers', 'shop.again')], long.work);
    for (let i = 0; i < 20; i += 1) await run.clock.advance(minute);
    assert.equal(run.fires.length, 1);
    assert.equal(long.active(), 1);
    long.end();
    await settled();
    assert.equal(long.active(), 1, 'the next in turn');
    run.stop.abort();
    long.end();
    await run.ended;
    assert.equal(long.active(), 0);
  });

  it('repeats no due time when the clock is set back a little', async () => {
    const run = started([entry('rate(5 minutes)')], async () => {});
    for (let i = 0; i < 6; i += 1) await run.clock.advance(minute);
    assert.deepEqual(run.dueMinutes(), [5]);
    run.clock.jumpTo(start + 2 * minute);
    for (let i = 0; i < 9; i += 1) await run.clock.advance(minute);
    run.stop.abort();
    await run.ended;
    assert.deepEqual(run.dueMinutes(), [5, 10]);
  });

  it('goes on from the new time when the clock is set back by a day', async () => {
    const run = started([entry('rate(5 minutes)')], async () => {});
    for (let i = 0; i < 6; i += 1) await run.clock.advance(minute);
    run.clock.jumpTo(start - 24 * 60 * minute);
    for (let i = 0; i < 8; i += 1) await run.clock.advance(minute);
    run.stop.abort();
    await run.ended;
    assert.equal(run.fires.length, 2);
    assert.equal(run.dueMinutes()[1], -24 * 60 + 5);
  });

  it('lets a run end within the grace after the stop, and starts no other', async () => {
    const long = openEnded();
    const run = started([entry('rate(1 minute)')], long.work);
    await run.clock.advance(minute);
    assert.equal(long.active(), 1);
    run.stop.abort();
    await settled();
    await run.clock.advance(5000);
    assert.equal(long.active(), 1, 'not interrupted yet');
    long.end();
    await run.ended;
    assert.equal(run.fires.length, 1);
  });

  it('interrupts what still runs when the grace is over', async () => {
    const long = openEnded();
    const run = started([entry('rate(1 minute)')], long.work);
    await run.clock.advance(minute);
    run.stop.abort();
    await settled();
    await run.clock.advance(10_000);
    await run.ended;
    assert.equal(long.active(), 0);
  });

  it('ends a schedule that is never due again, and goes on with the others', async () => {
    const run = started(
      [entry('cron(0 0 1 1 ? 2024)', 'shop.old', 'shop.past'), entry('rate(1 minute)')],
      async () => {},
    );
    await run.clock.advance(minute);
    await run.clock.advance(minute);
    run.stop.abort();
    await run.ended;
    assert.deepEqual(run.dueMinutes(), [1, 2]);
  });

  it('ends all schedules with the error of one that cannot go on', async () => {
    const run = started([entry('rate(1 minute)'), entry('rate(5 minutes)', 'shop.other', 'shop.b')], async () => {
      throw new Error('the run store is gone');
    });
    const failed = assert.rejects(run.ended, /the run store is gone/);
    await run.clock.advance(minute);
    await failed;
  });
});
