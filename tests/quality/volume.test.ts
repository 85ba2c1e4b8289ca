import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, minutes } from '../../src/base/units.ts';
import { check } from '../../src/quality/definition.ts';
import { volumeOutcome } from '../../src/quality/volume.ts';

const volume = check.volume();
const day = 24;
const path = 'none';
const partitions = (...rows: readonly (readonly [number, number])[]) =>
  rows.map(([bucket, count]) => ({ bucket, rows: count, path }));
/** Hours 0 to 9 of each of four days, 20 rows each. */
const usual = [0, 1, 2, 3].flatMap((of) => Array.from({ length: 10 }, (_, hour) => [of * day + hour, 20] as const));
const judged = (
  standing: readonly (readonly [number, number])[],
  made: readonly (readonly [number, number])[],
  arrivedMs: number,
  arrivedBeforeMs?: number,
) => {
  assert.ok(volume.kind === 'volume');
  const beside = partitions(...standing).map((each) => ({ ...each, path: async () => path }));
  const before = arrivedBeforeMs === undefined ? {} : { arrivedBeforeMs };
  const view = { periodMs: hours(1), standing: beside, made: partitions(...made), arrivedMs, ...before };
  const { verdict, samples, found } = volumeOutcome(volume, view);
  return [verdict, verdict === 'broken' ? samples : (found ?? samples)];
};
const at = (hour: number): number => hours(4 * day + hour);

test('an hour that ended is judged by the run after it: with what stands, or with none', () => {
  const stopped = [...usual, [4 * day + 2, 20], [4 * day + 3, 9]] as const;
  assert.deepEqual(judged(stopped, [[4 * day + 6, 3]], at(6) + minutes(10), at(3) + minutes(20)), [
    'broken',
    [
      '1970-01-05 03:00: 9 rows, usually 20',
      '1970-01-05 04:00: 0 rows, usually 20',
      '1970-01-05 05:00: 0 rows, usually 20',
    ],
  ]);
  assert.deepEqual(judged(stopped, [], at(4), at(3) + minutes(20)), [
    'broken',
    ['1970-01-05 03:00: 9 rows, usually 20'],
  ]);
});

test('what is said first counts the hours, those with too little and those with too much', () => {
  assert.ok(volume.kind === 'volume');
  const odd = [...usual, [4 * day + 1, 2], [4 * day + 2, 90]] as const;
  const beside = partitions(...odd).map((each) => ({ ...each, path: async () => path }));
  const view = { periodMs: hours(1), standing: beside, made: [], arrivedMs: at(4), arrivedBeforeMs: at(0) };
  assert.equal(volumeOutcome(volume, view).found, 'rows not as usual in 4 of 4 hours: 3 with too few, 1 with too many');
});

test('an hour is judged once, and again where a late record restates it', () => {
  const low = [...usual, [4 * day + 1, 2]] as const;
  assert.deepEqual(judged(low, [[4 * day + 2, 5]], at(2) + minutes(30), at(2)), [
    'unknown',
    'no partition has ended since the last run',
  ]);
  assert.deepEqual(judged(low, [[4 * day + 1, 3]], at(2) + minutes(30), at(2)), [
    'broken',
    ['1970-01-05 01:00: 3 rows, usually 20'],
  ]);
});

test('an hour in which nothing usually comes, or of too few days before, is not judged', () => {
  assert.deepEqual(judged(usual, [[4 * day + 11, 3]], at(12), at(11)), [
    'unknown',
    'fewer than 3 days before to compare with',
  ]);
  assert.deepEqual(judged([], usual, at(0)), ['passed', []], 'of the first run, all that it made');
  assert.deepEqual(judged([], usual.slice(0, 20), at(0)), ['unknown', 'fewer than 3 days before to compare with']);
});
