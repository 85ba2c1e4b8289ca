import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { forDay, unknownParameters } from '../../../src/insight/report/parameters.ts';

describe("parameters of a panel's SQL", () => {
  it('stand for the day as numbers and literals', () => {
    assert.equal(
      forDay(
        'SELECT :from, :to FROM t WHERE year = :year AND month = :month AND day = :day AND d = :date',
        '2025-08-31',
      ),
      "SELECT TIMESTAMP '2025-08-31 00:00:00', TIMESTAMP '2025-09-01 00:00:00' FROM t WHERE year = 2025 AND month = 8 AND day = 31 AND d = DATE '2025-08-31'",
    );
  });

  it('are none within texts, quoted names and comments', () => {
    const sql = `SELECT ':day', ":day", 'it''s :day' -- :day\n/* :day */ FROM t`;
    assert.equal(forDay(sql, '2025-08-11'), sql);
  });

  it('that nobody knows are found, and refused', () => {
    assert.deepEqual(unknownParameters("SELECT :day, :dya, ':no'"), ['dya']);
    assert.throws(
      () => forDay('SELECT :dya', '2025-08-11'),
      (error) => isPlayheadError(error, 'PH_SQL_INVALID'),
    );
  });
});
