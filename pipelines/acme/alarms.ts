import { alarm, metric, minutes } from '../../src/index.ts';

const namespace = 'AcmeTelemetry';

/** The two functions of the original: what makes events is the source, what sends them are its appends to the stream. */
const functions = {
  Generator: { of: 'viewers', measured: 'run', slowMs: 30_000 },
  Producer: { of: 'telemetry', measured: 'stream', slowMs: 10_000 },
} as const;

const functionDimension = (name: keyof typeof functions) => ({ FunctionName: `${namespace}-${name}` });

function functionMetric<K extends 'failures' | 'duration' | 'throttles'>(
  name: keyof typeof functions,
  as: string,
  measure: K,
) {
  const { of, measured } = functions[name];
  const dimensions = functionDimension(name);
  return metric({ namespace: 'AWS/Lambda', name: as, dimensions, measure: `${measured}.${measure}`, of });
}

const deliveryDimension = { DeliveryStreamName: 'acme-telemetry' };

export const acmeMetrics = {
  'events-generated': metric({ namespace, name: 'EventsGenerated', measure: 'run.records', of: 'viewers' }),
  'events-sent': metric({ namespace, name: 'EventsSent', measure: 'stream.appended', of: 'telemetry' }),
  'event-errors': metric({ namespace, name: 'EventErrors', measure: 'stream.refused', of: 'telemetry' }),
  'processing-time': metric({ namespace, name: 'ProcessingTime', measure: 'stream.duration', of: 'telemetry' }),
  'generator-errors': functionMetric('Generator', 'Errors', 'failures'),
  'generator-duration': functionMetric('Generator', 'Duration', 'duration'),
  'generator-throttles': functionMetric('Generator', 'Throttles', 'throttles'),
  'producer-errors': functionMetric('Producer', 'Errors', 'failures'),
  'producer-duration': functionMetric('Producer', 'Duration', 'duration'),
  'producer-throttles': functionMetric('Producer', 'Throttles', 'throttles'),
  'data-freshness': metric({
    namespace: 'AWS/Firehose',
    name: 'DeliveryToS3.DataFreshness',
    dimensions: deliveryDimension,
    measure: 'delivery.freshness',
    of: 'firehose',
  }),
  'delivery-success': metric({
    namespace: 'AWS/Firehose',
    name: 'DeliveryToS3.Success',
    dimensions: deliveryDimension,
    measure: 'delivery.success',
    of: 'firehose',
  }),
  'put-requests': metric({ namespace: 'AWS/S3', name: 'PutRequests', measure: 'store.requests', of: 'put' }),
  'get-requests': metric({ namespace: 'AWS/S3', name: 'GetRequests', measure: 'store.requests', of: 'get' }),
  'list-requests': metric({ namespace: 'AWS/S3', name: 'ListRequests', measure: 'store.requests', of: 'list' }),
};

/** Who is told: the topic of the original, bound to a backend by the profile. */
const actions = { alarmActions: ['acme-telemetry-alerts'], okActions: ['acme-telemetry-alerts'] };

/** Errors, duration and throttles of one function. A period in which it did not run has no data, and is no fault of it. */
function functionAlarms<N extends 'generator' | 'producer'>(key: N, name: keyof typeof functions) {
  const whole = { period: minutes(5), treatMissingData: 'notBreaching', ...actions } as const;
  return {
    [`${key}-errors-alarm`]: alarm({
      name: `ACME-Telemetry-${name}-Errors`,
      description: `${name}: five failures or more in five minutes`,
      metric: `${key}-errors`,
      statistic: 'Sum',
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 5,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
      ...whole,
    }),
    [`${key}-duration-alarm`]: alarm({
      name: `ACME-Telemetry-${name}-Duration`,
      description: `${name}: slower than ${functions[name].slowMs / 1000} s on average`,
      metric: `${key}-duration`,
      statistic: 'Average',
      comparisonOperator: 'GreaterThanThreshold',
      threshold: functions[name].slowMs,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      ...whole,
    }),
    [`${key}-throttles-alarm`]: alarm({
      name: `ACME-Telemetry-${name}-Throttles`,
      description: `${name}: waited for the memory budget`,
      metric: `${key}-throttles`,
      statistic: 'Sum',
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      evaluationPeriods: 1,
      ...whole,
    }),
  };
}

export const acmeAlarms = {
  ...functionAlarms('generator', 'Generator'),
  ...functionAlarms('producer', 'Producer'),
  'data-freshness-alarm': alarm({
    name: 'ACME-Telemetry-Firehose-DataFreshness',
    description: 'the oldest record that waits for delivery is over ten minutes old, or nobody looks',
    metric: 'data-freshness',
    statistic: 'Maximum',
    period: minutes(5),
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 600,
    evaluationPeriods: 2,
    treatMissingData: 'breaching',
    ...actions,
  }),
  'delivery-success-alarm': alarm({
    name: 'ACME-Telemetry-Firehose-DeliverySuccess',
    description: 'more than five of a hundred puts to the lake fail',
    metric: 'delivery-success',
    statistic: 'Average',
    period: minutes(5),
    comparisonOperator: 'LessThanThreshold',
    threshold: 0.95,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    ...actions,
  }),
};
