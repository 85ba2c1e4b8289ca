import { unknownSettings } from '../base/unknown-settings.ts';
import type { Statistic } from './aggregate.ts';
import type { MeasureName } from './measures.ts';

/** What the engine measures of one thing, published under a namespace, a name and dimensions. */
export interface MetricDefinition {
  readonly kind: 'metric';
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly measure: MeasureName;
  /** What is measured: the address of what runs, of a stream or a delivery; for the store an operation: `put`. */
  readonly of: string;
}

export function metric(settings: {
  namespace: string;
  name: string;
  dimensions?: Readonly<Record<string, string>>;
  measure: MeasureName;
  of: string;
}): MetricDefinition {
  const { namespace, name, dimensions = {}, measure, of } = settings;
  return {
    kind: 'metric',
    namespace,
    name,
    dimensions,
    measure,
    of,
    ...unknownSettings(settings, ['namespace', 'name', 'dimensions', 'measure', 'of']),
  };
}

export const comparisonOperators = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] as const;

export type ComparisonOperator = (typeof comparisonOperators)[number];

export const missingDataTreatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

export type TreatMissingData = (typeof missingDataTreatments)[number];

/** When an alarm is in ALARM: CloudWatch's settings under CloudWatch's names, durations in ms. */
export interface AlarmRule {
  readonly statistic: Statistic;
  readonly periodMs: number;
  readonly comparisonOperator: ComparisonOperator;
  readonly threshold: number;
  /** N: the periods that are looked at. */
  readonly evaluationPeriods: number;
  /** M: of those, how many must breach. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: TreatMissingData;
  /** For percentiles of few samples: judge them all the same, or leave the state as it is. */
  readonly evaluateLowSampleCountPercentile: 'evaluate' | 'ignore';
}

/** Actions name notifiers, which the profile binds to backends. */
export interface AlarmActions {
  /** On entering ALARM, and where the alarm could no longer be evaluated. */
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
}

export interface AlarmDefinition extends AlarmRule, AlarmActions {
  readonly kind: 'alarm';
  /** What notifications call it; its address names it everywhere else. */
  readonly name: string;
  readonly description: string;
  /** Address of the metric. */
  readonly metric: string;
}

const settingNames = [
  'name',
  'description',
  'metric',
  'statistic',
  'period',
  'comparisonOperator',
  'threshold',
  'evaluationPeriods',
  'datapointsToAlarm',
  'treatMissingData',
  'evaluateLowSampleCountPercentile',
  'alarmActions',
  'okActions',
  'insufficientDataActions',
];

/** What is left out is as in CloudWatch: M = N, missing data is `missing`, low samples are evaluated, nobody is told. */
export function alarm(settings: {
  name: string;
  description?: string;
  metric: string;
  statistic: Statistic;
  /** Milliseconds: 10, 20 or 30 seconds, or whole minutes. */
  period: number;
  comparisonOperator: ComparisonOperator;
  threshold: number;
  evaluationPeriods: number;
  datapointsToAlarm?: number;
  treatMissingData?: TreatMissingData;
  evaluateLowSampleCountPercentile?: 'evaluate' | 'ignore';
  alarmActions?: readonly string[];
  okActions?: readonly string[];
  insufficientDataActions?: readonly string[];
}): AlarmDefinition {
  const { name, metric, statistic, comparisonOperator, threshold, evaluationPeriods } = settings;
  return {
    kind: 'alarm',
    name,
    description: settings.description ?? '',
    metric,
    statistic,
    periodMs: settings.period,
    comparisonOperator,
    threshold,
    evaluationPeriods,
    datapointsToAlarm: settings.datapointsToAlarm ?? evaluationPeriods,
    treatMissingData: settings.treatMissingData ?? 'missing',
    evaluateLowSampleCountPercentile: settings.evaluateLowSampleCountPercentile ?? 'evaluate',
    alarmActions: settings.alarmActions ?? [],
    okActions: settings.okActions ?? [],
    insufficientDataActions: settings.insufficientDataActions ?? [],
    ...unknownSettings(settings, settingNames),
  };
}
