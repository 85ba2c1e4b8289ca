import { type Effects, manualClock } from '../base/effects.ts';
import { formatDuration, seconds } from '../base/units.ts';
import type { AlarmRecord, AlarmStore, Rehearsal } from './alarm-store.ts';
import { type BoundAlarm, evaluateAlarms, evaluationEndMs, evaluationIntervalMs } from './evaluate-alarms.ts';
import type { MetricHistory } from './history.ts';
import { evaluationRange } from './judge-alarm.ts';
import { measures, subjectAttribute } from './measures.ts';
import { recorder, slotMs } from './recorder.ts';
import { rehearsalSamples } from './rehearsal-data.ts';
import { rehearsedWork } from './rehearsed-work.ts';
import { type NotifierByName, sendUntil } from './send-notifications.ts';

export interface RehearsalPorts {
  /** A copy of the history: the rehearsal writes into it. */
  readonly scratch: MetricHistory;
  /** States of the rehearsal alone. */
  readonly scratchAlarms: AlarmStore;
  /** Where the rehearsal and what it sent are recorded. */
  readonly alarms: AlarmStore;
  readonly notifierOf: NotifierByName;
}

/** A sink that does not take the rehearsal within this is gone. */
const patienceMs = seconds(20);
const attempts = 3;

/**
 * Proves that alarms can fire and be heard: into a copy of the history goes what the engine's own instrumentation measures
 * of work that comes out first well, then badly; the production evaluator must say OK, then ALARM; and each notifier of its alarmActions
 * must take the notification, which says that it is a rehearsal. Records what it found.
 */
export async function rehearseAlarms(
  alarms: readonly BoundAlarm[],
  ports: RehearsalPorts,
  signal: AbortSignal,
  effects: Effects,
): Promise<readonly Rehearsal[]> {
  const atMs = effects.clock.now();
  // Before anything is rehearsed, which measures too.
  const seen = alarms.map((alarm) => lastMeasured(alarm, ports.scratch, atMs));
  const faults: (string | undefined)[] = [];
  // One after the other: alarms on the same metric would measure into each other's periods.
  for (const alarm of alarms) faults.push(await firing(alarm, ports, atMs));
  return Promise.all(
    alarms.map(async (alarm, i) => {
      const found = faults[i] ?? (await hearing(alarm, ports, signal, effects));
      const heard = `fires, and ${alarm.definition.alarmActions.join(', ')} took it; ${seen[i]}`;
      const rehearsal = { alarm: alarm.address, atMs, passed: found === undefined, finding: found ?? heard };
      ports.alarms.keepRehearsal(rehearsal);
      return rehearsal;
    }),
  );
}

/** Why the alarm does not fire; undefined where it does. Its transition to ALARM is then in the scratch states. */
async function firing(alarm: BoundAlarm, ports: RehearsalPorts, nowMs: number): Promise<string | undefined> {
  const { definition, metric } = alarm;
  const { periodMs, evaluationPeriods, datapointsToAlarm } = definition;
  const stepMs = evaluationIntervalMs(definition);
  const atMs = Math.floor(nowMs / stepMs) * stepMs;
  const endMs = evaluationEndMs(alarm, atMs);
  const quietMs = evaluationPeriods * periodMs;
  const quietEndMs = endMs - quietMs;
  ports.scratch.forget(alarm.series, quietEndMs - evaluationRange(evaluationPeriods) * periodMs, endMs + slotMs);
  await work(alarm, ports.scratch, 'healthy', quietEndMs);
  const quiet = await evaluated({ ...alarm, definition: { ...definition, okActions: [] } }, ports, atMs - quietMs);
  if (quiet.state !== 'OK')
    return `can't be OK: with the best values that ${metric.measure} has it is ${quiet.state}: ${quiet.reason}`;
  await work(alarm, ports.scratch, 'breaching', endMs);
  const breached = await evaluated(alarm, ports, atMs);
  if (breached.state === 'ALARM') return undefined;
  const asked = `${datapointsToAlarm} of ${evaluationPeriods}`;
  return `can't fire: with the worst values that ${metric.measure} has, ${asked} asked, it is ${breached.state}: ${breached.reason}`;
}

/** Does what the metric measures, in each of N periods that end at `endMs`. */
async function work(
  alarm: BoundAlarm,
  scratch: MetricHistory,
  wanted: 'breaching' | 'healthy',
  endMs: number,
): Promise<void> {
  const { definition, metric, series } = alarm;
  const { value, times } = rehearsalSamples(definition, metric.measure, wanted);
  const clock = manualClock(endMs);
  const recorded = recorder(clock);
  const perform = rehearsedWork(recorded.meter, clock.now);
  const of = String(series.attributes[subjectAttribute[measures[metric.measure].subject]]);
  for (let period = 1; period <= definition.evaluationPeriods; period += 1) {
    clock.jumpTo(endMs - period * definition.periodMs);
    for (let i = 0; i < times; i += 1) await perform(metric.measure, value, of);
  }
  scratch.write(recorded.take());
}

async function evaluated(alarm: BoundAlarm, ports: RehearsalPorts, nowMs: number): Promise<AlarmRecord> {
  const query = async (...window: Parameters<MetricHistory['read']>) => ports.scratch.read(...window);
  const [record] = await evaluateAlarms([alarm], query, ports.scratchAlarms, { nowMs, rehearsal: true });
  if (record === undefined) throw new RangeError(`${alarm.address} was not evaluated`);
  return record;
}

/** Who did not take the notification, and why; undefined where all did. */
async function hearing(
  { address, definition }: BoundAlarm,
  { scratchAlarms, alarms, notifierOf }: RehearsalPorts,
  signal: AbortSignal,
  effects: Effects,
): Promise<string | undefined> {
  if (definition.alarmActions.length === 0) return 'fires, and tells nobody: it has no alarmActions';
  const atMs = effects.clock.now();
  const ids = new Set(
    scratchAlarms
      .pending()
      .filter(({ notification }) => notification.address === address)
      // Sent from the real queue, so that each attempt is recorded where all others are.
      .map(({ notifier, notification }) => alarms.enqueue({ notifier, notification: { ...notification, atMs } })),
  );
  const only = ({ id }: { readonly id: number }): boolean => ids.has(id);
  await sendUntil(atMs + patienceMs, alarms, notifierOf, { signal, attempts, only }, effects);
  const sent = alarms.notifications({ alarm: address, limit: ids.size }).filter(only);
  const deaf = sent.filter(({ outcome }) => outcome !== 'sent');
  if (sent.length < new Set(definition.alarmActions).size) return 'fires, and not everyone of its alarmActions is told';
  if (deaf.length === 0) return undefined;
  const faults = deaf.map(({ notifier, tried }) => `${notifier}: ${tried.at(-1)?.error ?? 'no attempt was made'}`);
  return `fires, and is not heard: ${faults.join('; ')}`;
}

/** Whether the engine ever measured it here: a metric that nobody feeds fires in a rehearsal only. */
function lastMeasured({ series, metric }: BoundAlarm, scratch: MetricHistory, nowMs: number): string {
  const attributes = JSON.stringify(series.attributes);
  const found = scratch.series(series.instrument).find((each) => JSON.stringify(each.attributes) === attributes);
  if (found === undefined) return `${metric.measure} was never measured here yet`;
  return `last measured ${formatDuration(Math.max(0, nowMs - found.lastMs))} ago`;
}
