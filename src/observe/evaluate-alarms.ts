import { isPlayheadError } from '../base/errors.ts';
import { minutes, seconds } from '../base/units.ts';
import type { Addressee, AlarmRecord, AlarmStore } from './alarm-store.ts';
import type { AlarmActions, AlarmDefinition, AlarmRule, MetricDefinition } from './definition.ts';
import type { PeriodData, SeriesKey } from './history.ts';
import { evaluationRange, judgeAlarm } from './judge-alarm.ts';
import { measures } from './measures.ts';
import type { AlarmNotification, ReportedState } from './notifier.ts';

/** An alarm with what its addresses name. */
export interface BoundAlarm {
  readonly address: string;
  readonly definition: AlarmDefinition;
  readonly metric: MetricDefinition;
  readonly series: SeriesKey;
}

/** Reads `count` periods that end at `endMs`, oldest first. What it throws becomes the alarm's state. */
export type MetricQuery = (
  series: SeriesKey,
  endMs: number,
  periodMs: number,
  count: number,
) => Promise<readonly PeriodData[]>;

export interface EvaluationSettings {
  readonly nowMs: number;
  readonly rehearsal?: boolean;
}

/**
 * Evaluates each alarm over the periods that have ended by now, and keeps what it found. A query that fails puts its alarm
 * into EVALUATION_ERROR, with the error, and tells who is told of an ALARM: an alarm that can't see is not OK.
 */
export async function evaluateAlarms(
  alarms: readonly BoundAlarm[],
  query: MetricQuery,
  store: AlarmStore,
  settings: EvaluationSettings,
): Promise<readonly AlarmRecord[]> {
  return Promise.all(alarms.map((alarm) => evaluateAlarm(alarm, query, store, settings)));
}

async function evaluateAlarm(
  alarm: BoundAlarm,
  query: MetricQuery,
  store: AlarmStore,
  settings: EvaluationSettings,
): Promise<AlarmRecord> {
  const before = store.state(alarm.address);
  const found = await judged(alarm, query, before, settings.nowMs);
  const from: ReportedState = before?.state ?? 'INSUFFICIENT_DATA';
  const sinceMs = before === undefined || from !== found.state ? settings.nowMs : before.sinceMs;
  const now: AlarmRecord = { alarm: alarm.address, ...found, sinceMs, evaluatedMs: settings.nowMs };
  if (store.keep(before, now, notificationsOf(alarm, from, now, settings.rehearsal === true))) return now;
  // Another process evaluated it meanwhile: what that one found stands.
  return store.state(alarm.address) ?? now;
}

async function judged(
  alarm: BoundAlarm,
  query: MetricQuery,
  before: AlarmRecord | undefined,
  nowMs: number,
): Promise<Pick<AlarmRecord, 'state' | 'evaluated' | 'reason' | 'value'>> {
  const { definition, series } = alarm;
  const { periodMs, evaluationPeriods } = definition;
  const evaluated = before?.evaluated ?? 'INSUFFICIENT_DATA';
  const endMs = evaluationEndMs(alarm, nowMs);
  try {
    const periods = await query(series, endMs, periodMs, evaluationRange(evaluationPeriods));
    const judgement = judgeAlarm(definition, periods, evaluated);
    return { ...judgement, evaluated: judgement.state };
  } catch (error) {
    return { state: 'EVALUATION_ERROR', evaluated, reason: `its metric can't be read: ${errorText(error)}` };
  }
}

/** CloudWatch evaluates every minute, and alarms of shorter periods every ten seconds; its windows slide by as much. */
export function evaluationIntervalMs({ periodMs }: AlarmRule): number {
  return periodMs < minutes(1) ? seconds(10) : minutes(1);
}

/**
 * Where the newest period ends. What is counted is whole when its minute has ended; a level is whole when it was sampled, and
 * who evaluates alarms has just done so: the minute under way is in its newest period.
 */
export function evaluationEndMs({ definition, metric }: BoundAlarm, nowMs: number): number {
  const everyMs = evaluationIntervalMs(definition);
  const endedMs = Math.floor(nowMs / everyMs) * everyMs;
  return measures[metric.measure].kind === 'level' ? endedMs + everyMs : endedMs;
}

const actionsOf: Readonly<Record<ReportedState, (actions: AlarmActions) => readonly string[]>> = {
  ALARM: ({ alarmActions }) => alarmActions,
  OK: ({ okActions }) => okActions,
  INSUFFICIENT_DATA: ({ insufficientDataActions }) => insufficientDataActions,
  EVALUATION_ERROR: ({ alarmActions, insufficientDataActions }) => [...alarmActions, ...insufficientDataActions],
};

function notificationsOf(alarm: BoundAlarm, from: ReportedState, now: AlarmRecord, rehearsal: boolean): Addressee[] {
  const { definition, metric, address } = alarm;
  const { namespace, name, dimensions } = metric;
  return [...new Set(actionsOf[now.state](definition))].map((notifier) => {
    const notification: AlarmNotification = {
      id: `${address}/${now.evaluatedMs}/${now.state}/${notifier}${rehearsal ? '/rehearsal' : ''}`,
      rehearsal,
      alarm: definition.name,
      address,
      description: definition.description,
      from,
      to: now.state,
      reason: now.reason,
      atMs: now.evaluatedMs,
      metric: { namespace, name, dimensions },
      rule: ruleOf(definition),
    };
    return { notifier, notification };
  });
}

function ruleOf(definition: AlarmDefinition): AlarmNotification['rule'] {
  const { statistic, periodMs, evaluationPeriods, datapointsToAlarm } = definition;
  const { comparisonOperator, threshold, treatMissingData } = definition;
  return {
    statistic,
    periodMs,
    evaluationPeriods,
    datapointsToAlarm,
    comparisonOperator,
    threshold,
    treatMissingData,
  };
}

function errorText(error: unknown): string {
  if (isPlayheadError(error)) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}
