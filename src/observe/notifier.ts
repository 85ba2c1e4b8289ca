import type { AlarmDefinition, MetricDefinition } from './definition.ts';
import type { AlarmState } from './judge-alarm.ts';

/** What an alarm can be in: CloudWatch's three states, and its evaluation error as a fourth. */
export type ReportedState = AlarmState | 'EVALUATION_ERROR';

/** One change of an alarm's state, for one receiver. Plain JSON, without secrets. */
export interface AlarmNotification {
  /** The same at each attempt: a receiver that gets it twice can tell. */
  readonly id: string;
  /** True where nothing is wrong: someone tests whether the alarm reaches its receivers. */
  readonly rehearsal: boolean;
  readonly alarm: string;
  readonly address: string;
  readonly description: string;
  readonly from: ReportedState;
  readonly to: ReportedState;
  readonly reason: string;
  readonly atMs: number;
  readonly metric: Pick<MetricDefinition, 'namespace' | 'name' | 'dimensions'>;
  readonly rule: Pick<
    AlarmDefinition,
    | 'statistic'
    | 'periodMs'
    | 'evaluationPeriods'
    | 'datapointsToAlarm'
    | 'comparisonOperator'
    | 'threshold'
    | 'treatMissingData'
  >;
}

/**
 * Takes notifications to people. `send` resolves once the receiver has taken it, which may happen more than once: who
 * receives goes by the id. Throws PH_NOTIFICATION_FAILED (worth another attempt), PH_NOTIFICATION_REFUSED (not),
 * PH_SECRET_MISSING, PH_INTERRUPTED. No message of it holds a secret.
 */
export interface Notifier {
  /** Where it goes, without secrets: `webhook https://alerts.example`. */
  readonly destination: string;
  send(notification: AlarmNotification, signal: AbortSignal): Promise<void>;
}

/** The message as CloudWatch sends it to SNS, so that what reads those reads these; what is ours stands after it. */
export function notificationJson(notification: AlarmNotification): string {
  const { rule, metric } = notification;
  return JSON.stringify({
    AlarmName: notification.alarm,
    AlarmDescription: notification.rehearsal ? `REHEARSAL: ${notification.description}` : notification.description,
    NewStateValue: notification.to,
    NewStateReason: notification.rehearsal
      ? `REHEARSAL, nothing is wrong: ${notification.reason}`
      : notification.reason,
    StateChangeTime: new Date(notification.atMs).toISOString(),
    OldStateValue: notification.from,
    Trigger: {
      MetricName: metric.name,
      Namespace: metric.namespace,
      Dimensions: Object.entries(metric.dimensions).map(([name, value]) => ({ name, value })),
      Statistic: rule.statistic,
      Period: rule.periodMs / 1000,
      EvaluationPeriods: rule.evaluationPeriods,
      DatapointsToAlarm: rule.datapointsToAlarm,
      ComparisonOperator: rule.comparisonOperator,
      Threshold: rule.threshold,
      TreatMissingData: rule.treatMissingData,
    },
    Rehearsal: notification.rehearsal,
    NotificationId: notification.id,
    Address: notification.address,
  });
}
