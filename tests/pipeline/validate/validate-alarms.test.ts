import { describe } from 'node:test';
import { alarm, gateway, metric, minutes } from '../../../src/index.ts';
import { type Case, reportsEach, untyped } from './validate-cases.ts';

const failures = { namespace: 'Shop', name: 'Errors', measure: 'run.failures', of: 'curate' } as const;
const puts = { namespace: 'Shop', name: 'Puts', measure: 'store.requests', of: 'put' } as const;
const alarmed = { metrics: { failures: metric(failures), puts: metric(puts) } };
const failing = {
  name: 'Shop-Failing',
  metric: 'failures',
  statistic: 'Sum',
  period: minutes(5),
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  evaluationPeriods: 2,
} as const;

const cases: readonly Case[] = [
  [
    'an alarm whose metric does not exist',
    { ...alarmed, alarms: { failing: alarm({ ...failing, metric: 'errors' }) } },
    'alarms.failing.metric',
    /no metric is called "errors"\. There are: shop\.failures, shop\.puts/,
  ],
  [
    'a measure that the engine does not take',
    { metrics: { failures: metric(untyped({ ...failures, measure: 'run.failure' })) } },
    'metrics.failures.measure',
    /Did you mean "run\.failures"/,
  ],
  [
    'a metric of something that has no such measure',
    { metrics: { failures: metric({ ...failures, of: 'orders' }) } },
    'metrics.failures.of',
    /"shop\.orders" is a stream, not a source, delivery, crawler, job or lifecycle/,
  ],
  [
    'a metric of an operation that the store does not have',
    { metrics: { puts: metric({ ...puts, of: 'putt' }) } },
    'metrics.puts.of',
    /the store has no operation "putt"\. Did you mean "put"/,
  ],
  [
    'a metric of a reason for which a gateway refuses nothing',
    {
      gateways: { door: gateway({ into: 'orders' }) },
      metrics: { refused: metric({ ...failures, measure: 'gateway.reasons', of: 'door/not_one_off' }) },
    },
    'metrics.refused.of',
    /shop\.door refuses nothing for "not_one_off"\. Did you mean "not_one_of"/,
  ],
  [
    'two alarms of one name',
    { ...alarmed, alarms: { failing: alarm(failing), again: alarm(failing) } },
    'alarms.again.name',
    /is the name of shop\.failing too/,
  ],
  [
    'an alarm that asks for more breaches than periods',
    { ...alarmed, alarms: { failing: alarm({ ...failing, datapointsToAlarm: 3 }) } },
    'alarms.failing.datapointsToAlarm',
    /3 of 2 periods can never breach/,
  ],
  [
    'an alarm with a statistic that there is not',
    { ...alarmed, alarms: { failing: alarm(untyped({ ...failing, statistic: 'p101' })) } },
    'alarms.failing.statistic',
    /expected SampleCount, Average, Sum, Minimum, Maximum, or a percentile as p99\.9/,
  ],
  [
    'an alarm with a period that CloudWatch does not have',
    { ...alarmed, alarms: { failing: alarm({ ...failing, period: 45_000 }) } },
    'alarms.failing.periodMs',
    /10, 20 or 30 seconds, or whole minutes/,
  ],
  [
    'an alarm over more than a day',
    { ...alarmed, alarms: { failing: alarm({ ...failing, evaluationPeriods: 289 }) } },
    'alarms.failing.evaluationPeriods',
    /longer than one day/,
  ],
  [
    'an alarm that looks back further than its periods are kept',
    { ...alarmed, alarms: { failing: alarm({ ...failing, period: 10_000, evaluationPeriods: 1440 }) } },
    'alarms.failing.evaluationPeriods',
    /periods of 10\.0 s are kept for 3 h/,
  ],
  [
    'an alarm without a threshold',
    { ...alarmed, alarms: { failing: alarm({ ...failing, threshold: Number.NaN }) } },
    'alarms.failing.threshold',
    /expected a number/,
  ],
];

describe('validation of metrics and alarms', () => reportsEach(cases));
