import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isPlayheadError } from '../../src/base/errors.ts';
import { parseSchedule } from '../../src/orchestrate/parse-schedule.ts';

function fires(expression: string, after: string, count: number): string[] {
  const schedule = parseSchedule(expression);
  const found: string[] = [];
  let at: number | undefined = Date.parse(after);
  while (found.length < count && at !== undefined) {
    at = schedule.next(at);
    if (at !== undefined) found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

/** Expression → its next times after Monday 2025-08-11 00:00 UTC. */
const nextFires: readonly (readonly [string, readonly string[]])[] = [
  ['cron(0 * * * ? *)', ['2025-08-11T01:00', '2025-08-11T02:00', '2025-08-11T03:00']],
  ['cron(0/15 9-10 ? * MON-FRI *)', ['2025-08-11T09:00', '2025-08-11T09:15', '2025-08-11T09:30']],
  ['cron(0 10 * * ? *)', ['2025-08-11T10:00', '2025-08-12T10:00']],
  ['cron(15 12 ? * 2 *)', ['2025-08-11T12:15', '2025-08-18T12:15']],
  ['cron(0 18 ? * SUN *)', ['2025-08-17T18:00', '2025-08-24T18:00']],
  ['cron(0 18 ? * L *)', ['2025-08-16T18:00', '2025-08-23T18:00']],
  ['cron(5,35 14 ? * SUN,SAT *)', ['2025-08-16T14:05', '2025-08-16T14:35', '2025-08-17T14:05']],
  ['cron(0 0 L * ? *)', ['2025-08-31T00:00', '2025-09-30T00:00', '2025-10-31T00:00']],
  ['cron(0 12 ? * 6L *)', ['2025-08-29T12:00', '2025-09-26T12:00', '2025-10-31T12:00']],
  ['cron(0 12 ? * FRI#3 *)', ['2025-08-15T12:00', '2025-09-19T12:00']],
  ['cron(15 10 ? * 2#1 2026-2027)', ['2026-01-05T10:15', '2026-02-02T10:15']],
  // The 3rd is a Wednesday in September, a Friday in October; in August it was a Sunday, in January 2026 a Saturday.
  [
    'cron(0 0 3W * ? *)',
    ['2025-09-03T00:00', '2025-10-03T00:00', '2025-11-03T00:00', '2025-12-03T00:00', '2026-01-02T00:00'],
  ],
  ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ['cron(10/20 0 1/10 JAN,jul ? *)', ['2026-01-01T00:10', '2026-01-01T00:30', '2026-01-01T00:50', '2026-01-11T00:10']],
  ['cron(0 0 1 1 ? 2024)', []],
  ['rate(1 minute)', ['2025-08-11T00:01', '2025-08-11T00:02']],
  ['rate(5 minutes)', ['2025-08-11T00:05', '2025-08-11T00:10']],
  ['rate(6 hours)', ['2025-08-11T06:00', '2025-08-11T12:00']],
  ['rate(1 day)', ['2025-08-12T00:00', '2025-08-13T00:00']],
];

/** Expression → what its refusal must name. */
const refused: readonly (readonly [string, RegExp])[] = [
  ['cron(0 * * * * *)', /day-of-month and day-of-week/],
  ['cron(0 0 ? * ? *)', /day-of-month and day-of-week/],
  ['cron(60 * * * ? *)', /minute 60/],
  ['cron(0 24 * * ? *)', /hour 24/],
  ['cron(0 0 32 * ? *)', /day-of-month 32/],
  ['cron(0 0 * FOO ? *)', /month FOO/],
  ['cron(0 0 ? * 8 *)', /day-of-week 8/],
  ['cron(0 0 ? * 0 *)', /day-of-week 0/],
  ['cron(0 0 * * ? 1969)', /year 1969/],
  ['cron(0/0 * * * ? *)', /minute 0\/0/],
  ['cron(5-1 * * * ? *)', /minute 5-1/],
  ['cron(* * *)', /3 fields/],
  ['cron()', /0 fields/],
  ['rate(0 minutes)', /rate/],
  ['rate(1 minutes)', /rate/],
  ['rate(5 minute)', /rate/],
  ['rate(5 seconds)', /rate/],
  ['every 5 minutes', /not a schedule/],
];

describe('schedule', () => {
  for (const [expression, expected] of nextFires) {
    it(`${expression} is due when AWS says`, () => {
      assert.deepEqual(fires(expression, '2025-08-11T00:00:00Z', Math.max(1, expected.length)), expected);
    });
  }

  for (const [expression, named] of refused) {
    it(`refuses ${expression} and names what is wrong`, () => {
      assert.throws(
        () => parseSchedule(expression),
        (error) =>
          isPlayheadError(error, 'PH_PATTERN_INVALID') && named.test(error.message) && error.hint !== undefined,
      );
    });
  }

  it('is due strictly after the given time, in whole minutes, and names no time twice', () => {
    const field = (min: number, max: number): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min, max }).map(String),
        fc.tuple(fc.integer({ min, max }), fc.integer({ min: 1, max: 30 })).map(([from, step]) => `${from}/${step}`),
      );
    fc.assert(
      fc.property(
        field(0, 59),
        field(0, 23),
        field(1, 28),
        field(1, 12),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        (minute, hour, day, month, afterMs) => {
          const schedule = parseSchedule(`cron(${minute} ${hour} ${day} ${month} ? *)`);
          const first = schedule.next(afterMs);
          if (first === undefined) return false;
          const second = schedule.next(first);
          return first > afterMs && first % 60_000 === 0 && second !== undefined && second > first;
        },
      ),
      { numRuns: 100 },
    );
  });
});
