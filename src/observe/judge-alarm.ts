import { type Aggregate, percentileOf, statisticOf } from './aggregate.ts';
import type { AlarmRule, ComparisonOperator } from './definition.ts';
import type { PeriodData } from './history.ts';

/** CloudWatch's three states of an alarm. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface Judgement {
  readonly state: AlarmState;
  readonly reason: string;
  /** The newest value that there is; undefined where all are missing. */
  readonly value?: number;
}

/**
 * How many periods are looked at, so that missing ones can be made up for by older ones (CloudWatch's evaluation range).
 * Its guide gives 5 for 3 and no formula; this one gives that, and grows with N.
 */
export function evaluationRange(evaluationPeriods: number): number {
  return evaluationPeriods + Math.max(2, Math.floor(evaluationPeriods / 3));
}

const breaches: Readonly<Record<ComparisonOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** A data point that is there: `age` 1 is the newest period. */
interface Point {
  readonly value: number;
  readonly age: number;
  readonly breaching: boolean;
}

/**
 * The state of an alarm after these periods (oldest first, as many as the evaluation range), from its `current` state.
 * Source: Amazon CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data" and "Percentile-based alarms
 * and low data samples".
 */
export function judgeAlarm(rule: AlarmRule, periods: readonly PeriodData[], current: AlarmState): Judgement {
  const points = pointsIn(rule, periods);
  const value = points.at(-1)?.value;
  const judged = (state: AlarmState, reason: string): Judgement => ({
    state,
    reason,
    ...(value === undefined ? {} : { value }),
  });
  const { evaluationPeriods: n, datapointsToAlarm: m } = rule;
  const missing = Math.max(0, n - points.length);
  if (points.length === 0) return judged(...withoutData(rule, current));
  if (tooFewSamples(rule, periods)) return judged(current, 'too few samples for the percentile: the state stays');
  // Where there are enough real points, however far back, the newest N of them decide alone.
  const taken = missing === 0 ? points.slice(-n) : points;
  const breaching = taken.filter((point) => point.breaching);
  const reason = `${breaching.length} of ${taken.length} data points ${breachWords(rule)}: ${shownValues(taken)}`;
  const filled = `${reason}; ${missing} missing, treated as ${rule.treatMissingData}`;
  if (breaching.length >= m) return judged('ALARM', reason);
  if (missing === 0) return judged('OK', reason);
  if (rule.treatMissingData === 'notBreaching') return judged('OK', filled);
  if (rule.treatMissingData === 'breaching') return judged(breaching.length + missing >= m ? 'ALARM' : 'OK', filled);
  if (breaching.length < taken.length) return judged('OK', filled);
  return judged(...onlyBreaching(rule, taken, current, filled));
}

function withoutData(rule: AlarmRule, current: AlarmState): [AlarmState, string] {
  const reason = `no data in ${evaluationRange(rule.evaluationPeriods)} periods, treated as ${rule.treatMissingData}`;
  const states = {
    missing: 'INSUFFICIENT_DATA',
    ignore: current,
    breaching: 'ALARM',
    notBreaching: 'OK',
  } as const;
  return [states[rule.treatMissingData], reason];
}

/**
 * Fewer than M points, all of them breaching. One that is M periods old, and was followed by no better one, is no flicker any
 * more; a younger one may still be (the guide's "premature alarm state"). For the younger one the present guide gives no
 * state but "not immediately ALARM"; its edition of 2020 has INSUFFICIENT_DATA, kept here.
 */
function onlyBreaching(
  rule: AlarmRule,
  points: readonly Point[],
  current: AlarmState,
  reason: string,
): [AlarmState, string] {
  if (rule.treatMissingData === 'ignore') return [current, `${reason}: the state stays`];
  const oldest = points[0]?.age ?? 0;
  return oldest >= rule.datapointsToAlarm ? ['ALARM', reason] : ['INSUFFICIENT_DATA', reason];
}

function pointsIn(rule: AlarmRule, periods: readonly PeriodData[]): readonly Point[] {
  return periods.flatMap((data, i) => {
    if (data === undefined) return [];
    const value = statisticOf(data, rule.statistic);
    return [{ value, age: periods.length - i, breaching: breaches[rule.comparisonOperator](value, rule.threshold) }];
  });
}

/** Below 10 / (1 - p) samples (10 / p in the lower half) a percentile says little; the rule may ask to wait for more. */
function tooFewSamples(rule: AlarmRule, periods: readonly PeriodData[]): boolean {
  const percent = percentileOf(rule.statistic);
  if (percent === undefined || rule.evaluateLowSampleCountPercentile === 'evaluate') return false;
  const recent = periods.slice(-rule.evaluationPeriods).filter((data): data is Aggregate => data !== undefined);
  return recent.reduce((sum, { count }) => sum + count, 0) < samplesFor(percent);
}

/** How many samples a percentile (0 to 100) needs to mean something; without end for p0 and p100. */
export function samplesFor(percent: number): number {
  const tail = Math.min(percent, 100 - percent) / 100;
  return 10 / tail;
}

const operatorSigns: Readonly<Record<ComparisonOperator, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
};

/** `Sum >= 5`: what an alarm waits for, for people. */
export function conditionText({ statistic, comparisonOperator, threshold }: AlarmRule): string {
  return `${statistic} ${operatorSigns[comparisonOperator]} ${threshold}`;
}

function breachWords(rule: AlarmRule): string {
  return `with ${conditionText(rule)}`;
}

function shownValues(points: readonly Point[]): string {
  return points.map(({ value }) => Number(value.toPrecision(6))).join(', ');
}
