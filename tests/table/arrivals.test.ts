import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arrivalRanges, arrivalRuns } from '../../src/table/arrivals.ts';

test('every row arrived within its range, and runs stay few', () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 20_000_000 }), { minLength: 1, maxLength: 600 });
  fc.assert(
    fc.property(arrivals, fc.boolean(), (drawn, sorted) => {
      const times = sorted ? drawn.toSorted((a, b) => a - b) : drawn;
      const [fromMs, toMs] = [Math.min(...times), Math.max(...times)];
      const runs = arrivalRuns(() => times, fromMs, toMs);
      const ranges = arrivalRanges({ fromMs, toMs, ...(runs === undefined ? {} : { runs }) }, times.length);
      assert.ok(ranges.length <= 256);
      for (const [row, time] of times.entries()) {
        const own = ranges.findLast(({ firstRow }) => firstRow <= row);
        assert.ok(own !== undefined && own.fromMs <= time && time <= own.toMs, `row ${row}`);
      }
    }),
  );
});

test('arrivals are told to the millisecond where they are few, to the second within a minute of them', () => {
  const told = (times: readonly number[]): unknown => arrivalRuns(() => times, times[0] ?? 0, times.at(-1) ?? 0);
  assert.deepEqual(told([5, 5, 5, 1200, 1200]), { stepMs: 1, rows: [3, 0, 2, 1195] });
  assert.equal(told([7, 7]), undefined);
  const minute = Array.from({ length: 6000 }, (_, i) => i * 10);
  assert.deepEqual((told(minute) as { stepMs: number; rows: number[] }).rows.slice(0, 4), [100, 0, 100, 1]);
});

test('runs that are not of all rows say nothing: the span is all that is known', () => {
  const runs = { stepMs: 1, rows: [2, 0, 2, 9] };
  assert.deepEqual(arrivalRanges({ fromMs: 1, toMs: 10, runs }, 3), [{ firstRow: 0, fromMs: 1, toMs: 10 }]);
});
