import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { counted, formatBytes, formatDuration } from '../../src/base/units.ts';

test('a duration is never rounded up to a full unit of the next', () => {
  for (const [ms, text] of [
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [9_996, '10.0 s'],
    [59_960, '1 min'],
    [119_700, '2 min'],
    [3_599_700, '1 h'],
    [7_199_000, '2 h'],
    [172_769_000, '47 h 59 min'],
    [172_771_000, '2 d'],
    [11_216 * 3_600_000 + 26 * 60_000, '467 d 8 h'],
    [86_399_900_000, '1,000 d'],
  ] as const)
    assert.equal(formatDuration(ms), text);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (ms) => !/\b(60|1000) (s|ms|min)$|\b24 h$/.test(formatDuration(ms)),
    ),
  );
});

test('a size is never rounded up to 1024 of its unit', () => {
  assert.deepEqual([1023, 1024, 1024 ** 2 - 1, 1024 ** 3 - 1].map(formatBytes), [
    '1023 B',
    '1.0 KiB',
    '1.0 MiB',
    '1.0 GiB',
  ]);
});

test('one is singular', () => {
  assert.deepEqual([counted(0, 'row'), counted(1, 'row'), counted(2000, 'row')], ['0 rows', '1 row', '2,000 rows']);
});
