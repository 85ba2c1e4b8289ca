import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aggregateOf } from '../../src/observe/aggregate.ts';
import { type AlarmRule, missingDataTreatments, type TreatMissingData } from '../../src/observe/definition.ts';
import type { PeriodData } from '../../src/observe/history.ts';
import { type AlarmState, evaluationRange, judgeAlarm } from '../../src/observe/judge-alarm.ts';

const rule: AlarmRule = {
  statistic: 'Maximum',
  periodMs: 300_000,
  comparisonOperator: 'GreaterThanThreshold',
  threshold: 10,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  treatMissingData: 'missing',
  evaluateLowSampleCountPercentile: 'evaluate',
};

/** `0` does not breach, `X` does, `-` is missing; the newest last, as the guide writes them. */
const periodsOf = (written: string): PeriodData[] =>
  written.split(' ').map((mark) => (mark === '-' ? undefined : aggregateOf(mark === 'X' ? 20 : 1)));

const states: readonly AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** The state after the periods from each state; `RETAIN` where it is whatever it was. */
function after(periods: string, m: number, treatMissingData: TreatMissingData): string {
  const judged = states.map(
    (current) => judgeAlarm({ ...rule, datapointsToAlarm: m, treatMissingData }, periodsOf(periods), current).state,
  );
  if (judged.every((state, i) => state === states[i])) return 'RETAIN';
  assert.equal(new Set(judged).size, 1, `${periods} depends on the state before it: ${judged}`);
  return String(judged[0]);
}

type Row = readonly [periods: string, missing: string, ignore: string, breaching: string, notBreaching: string];

/** The tables of the CloudWatch user guide, "How alarm state is evaluated when data is missing": range 5, N = 3. */
const threeOfThree: readonly Row[] = [
  ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
  ['- - - - -', 'INSUFFICIENT_DATA', 'RETAIN', 'ALARM', 'OK'],
  ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['- - X - -', 'ALARM', 'RETAIN', 'ALARM', 'OK'],
  // Rows of the guide's edition of 2020, where they are not above.
  ['- - - - X', 'INSUFFICIENT_DATA', 'RETAIN', 'ALARM', 'OK'],
  ['X - - - -', 'ALARM', 'RETAIN', 'ALARM', 'OK'],
];

const twoOfThree: readonly Row[] = [
  ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  ['- - - X -', 'ALARM', 'RETAIN', 'ALARM', 'OK'],
  ['- - - - X', 'INSUFFICIENT_DATA', 'RETAIN', 'ALARM', 'OK'],
];

describe('the state of an alarm', () => {
  for (const [m, rows] of [
    [3, threeOfThree],
    [2, twoOfThree],
  ] as const) {
    for (const [periods, ...expected] of rows) {
      it(`${m} of 3: ${periods}`, () => {
        const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
        assert.deepEqual(
          treatments.map((treatment) => after(periods, m, treatment)),
          expected,
        );
      });
    }
  }

  it('does not go to ALARM at a first breach that may be a flicker, as the guide says of - - - X -', () => {
    assert.notEqual(after('- - - X -', 3, 'missing'), 'ALARM');
    assert.equal(after('- - X - 0', 3, 'missing'), 'OK');
  });

  it('looks at the newest N alone where nothing is missing', () => {
    assert.equal(after('X X 0 0 0', 1, 'breaching'), 'OK');
    assert.equal(after('0 0 X X X', 3, 'notBreaching'), 'ALARM');
  });

  it('compares with each operator, on the threshold too', () => {
    const at = (comparisonOperator: AlarmRule['comparisonOperator'], value: number): AlarmState =>
      judgeAlarm(
        { ...rule, comparisonOperator, evaluationPeriods: 1, datapointsToAlarm: 1 },
        [aggregateOf(value)],
        'OK',
      ).state;
    assert.deepEqual(
      [9, 10, 11].map((value) => at('GreaterThanThreshold', value)),
      ['OK', 'OK', 'ALARM'],
    );
    assert.deepEqual(
      [9, 10, 11].map((value) => at('GreaterThanOrEqualToThreshold', value)),
      ['OK', 'ALARM', 'ALARM'],
    );
    assert.deepEqual(
      [9, 10, 11].map((value) => at('LessThanThreshold', value)),
      ['ALARM', 'OK', 'OK'],
    );
    assert.deepEqual(
      [9, 10, 11].map((value) => at('LessThanOrEqualToThreshold', value)),
      ['ALARM', 'ALARM', 'OK'],
    );
  });

  it('leaves the state of a percentile with few samples alone where the rule asks for that', () => {
    const p99 = { ...rule, statistic: 'p99', evaluationPeriods: 1, datapointsToAlarm: 1 } as const;
    const judged = (samples: number, setting: 'evaluate' | 'ignore'): AlarmState =>
      judgeAlarm({ ...p99, evaluateLowSampleCountPercentile: setting }, [aggregateOf(20, samples)], 'OK').state;
    assert.equal(judged(999, 'evaluate'), 'ALARM');
    assert.equal(judged(999, 'ignore'), 'OK');
    assert.equal(judged(1000, 'ignore'), 'ALARM');
  });

  it('says why, with the values', () => {
    const { reason, value } = judgeAlarm(rule, periodsOf('0 X X - X'), 'OK');
    assert.equal(reason, '3 of 3 data points with Maximum > 10: 20, 20, 20');
    assert.equal(value, 20);
  });

  it('retrieves five periods for three, as the guide does', () => assert.equal(evaluationRange(3), 5));

  it('alarms on any data that has M breaching points among its newest N, whatever missing data is treated as', () => {
    const mark = fc.constantFrom('0', 'X', '-');
    fc.assert(
      fc.property(fc.array(mark, { minLength: 5, maxLength: 5 }), fc.integer({ min: 1, max: 3 }), (marks, m) => {
        const real = marks.filter((each) => each !== '-');
        fc.pre(real.length >= 3);
        const expected = real.slice(-3).filter((each) => each === 'X').length >= m ? 'ALARM' : 'OK';
        for (const treatment of missingDataTreatments) assert.equal(after(marks.join(' '), m, treatment), expected);
      }),
    );
  });
});
