import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { invocation } from '../../src/cli/invocation.ts';

describe('invocation', () => {
  it('reads whole numbers as people write them', () => {
    for (const [written, value] of [
      ['12', 12],
      ['1_000', 1000],
      ['1,000,000', 1_000_000],
      ['1e6', 1_000_000],
    ] as const) {
      assert.equal(invocation([], { batchSize: written }).count('batch-size'), value);
    }
  });

  it('refuses what is no whole number, naming the option', () => {
    for (const written of ['', 'many', '1.5', '-1', '1e99', ' ']) {
      assert.throws(
        () => invocation([], { events: written }).count('events'),
        (error) => isPlayheadError(error, 'PH_USAGE') && error.message.includes('--events'),
        written,
      );
    }
  });

  it('takes a port that there is', () => {
    assert.equal(invocation([], { port: '8080' }).port('port'), 8080);
    assert.throws(() => invocation([], { port: '99999' }).port('port'), /--port 99999: expected a port, 0 to 65535/);
  });

  it('reads dates and times as UTC unless they say otherwise', () => {
    for (const [written, expected] of [
      ['2025-08-11', '2025-08-11T00:00:00.000Z'],
      ['2025-08-11T06:30', '2025-08-11T06:30:00.000Z'],
      ['2025-08-11 06:30:15', '2025-08-11T06:30:15.000Z'],
      ['2025-08-11T06:30:15.250Z', '2025-08-11T06:30:15.250Z'],
      ['2025-08-11T06:30:00+02:00', '2025-08-11T04:30:00.000Z'],
    ] as const) {
      assert.equal(new Date(invocation([], { from: written }).instant('from') ?? 0).toISOString(), expected);
    }
  });

  it('refuses times that do not exist', () => {
    for (const written of ['yesterday', '2025-02-30', '2025-13-01', '2025-08-11T25:00', '11.8.2025', '']) {
      assert.throws(
        () => invocation([], { from: written }).instant('from'),
        (error) => isPlayheadError(error, 'PH_USAGE') && error.hint !== undefined,
        written,
      );
    }
  });
});
