import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { compileTimePattern } from '../../src/base/time-pattern.ts';

const at = Date.UTC(2025, 7, 1, 4, 5, 6, 78);

test('Java patterns render an instant in UTC, a zone or an offset', () => {
  assert.equal(compileTimePattern("yyyy/MM/dd/HH'h'mm:ss.SSS", 'UTC')(at), '2025/08/01/04h05:06.078');
  assert.equal(compileTimePattern('D-uuuu-d-H', 'UTC')(at), '213-2025-1-4');
  assert.equal(compileTimePattern('yyyy-MM-dd HH XXX', 'America/New_York')(at), '2025-08-01 00 -04:00');
  assert.equal(
    compileTimePattern('yyyy-MM-dd HH XXX', 'America/New_York')(Date.UTC(2025, 0, 1)),
    '2024-12-31 19 -05:00',
  );
  assert.equal(compileTimePattern('HH:mm', '+05:30')(at), '09:35');
});

test('names of months, days and halves of the day are English, as Firehose writes them', () => {
  assert.equal(compileTimePattern("EEE d MMM yyyy hh:mm a 'MMM'", 'UTC')(at), 'Fri 1 Aug 2025 04:05 AM MMM');
  assert.equal(compileTimePattern('EEEE/MMMM/LLL', 'UTC')(at), 'Friday/August/Aug');
  assert.equal(compileTimePattern('MMM-a', 'Asia/Tokyo')(Date.UTC(2025, 4, 31, 15)), 'Jun-AM');
  assert.equal(compileTimePattern('EE a', 'UTC')(Date.UTC(2025, 7, 3, 12)), 'Sun PM');
});

for (const [pattern, position, letters, suggestion] of [
  ['yyyy/MM/ddTHH', 10, 'T', undefined],
  ['YYYY/MM', 0, 'YYYY', 'yyyy'],
  ['yyyy/MMMMM', 5, 'MMMMM', undefined],
  ['yyyy/MM/DD', 8, 'DD', 'dd'],
  ['yyyy-bb', 5, 'bb', undefined],
  ["yyyy'/MM", 4, "'/MM", undefined],
  ['HH:mmm', 3, 'mmm', 'mm'],
] as const) {
  test(`${pattern} is refused at position ${position}`, () => {
    assert.throws(
      () => compileTimePattern(pattern, 'UTC'),
      (error: unknown) => {
        assert(isPlayheadError(error, 'PH_PATTERN_INVALID'));
        assert.equal(error.details['position'], position);
        assert.equal(error.details['letters'], letters);
        assert.equal(error.details['suggestion'], suggestion);
        return true;
      },
    );
  });
}

test('an unknown zone is refused with the nearest one', () => {
  assert.throws(
    () => compileTimePattern('HH', 'Europe/Pariss'),
    (error: unknown) => isPlayheadError(error, 'PH_CONFIG_INVALID') && error.hint === 'did you mean Europe/Paris?',
  );
});
