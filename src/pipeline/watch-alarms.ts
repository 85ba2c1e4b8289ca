import { hours, seconds } from '../base/units.ts';
import type { AlarmRecord } from '../observe/alarm-store.ts';
import { evaluateAlarms, evaluationIntervalMs, type MetricQuery } from '../observe/evaluate-alarms.ts';
import { instrumentName } from '../observe/measures.ts';
import type { QueuedNotification } from '../observe/notification-queue.ts';
import { openNotifier } from '../observe/open-notifier.ts';
import { type NotifierByName, nextDueMs, sendDue } from '../observe/send-notifications.ts';
import { addressed } from './address.ts';
import type { Engine } from './bind.ts';
import { boundAlarms } from './bound-alarms.ts';
import { sampleDeliveries } from './sample-deliveries.ts';

/** Samples levels, writes what was measured, and evaluates every alarm as of now. */
export async function evaluateAllAlarms(engine: Engine): Promise<readonly AlarmRecord[]> {
  const nowMs = engine.effects.clock.now();
  const failures = await sampleDeliveries(engine);
  // A history that can't be written can't be read either, or says so below: it becomes the state of each alarm.
  await engine.writeMetrics().catch(() => {});
  return evaluateAlarms(boundAlarms(engine.pipelines), metricQuery(engine, failures), await engine.alarms(), { nowMs });
}

/** Reads the history; for what could not be sampled, fails with the reason. */
function metricQuery(engine: Engine, failures: ReadonlyMap<string, unknown>): MetricQuery {
  return async (series, ...window) => {
    const sampled = series.instrument === instrumentName('delivery.freshness');
    const failure = sampled ? failures.get(String(series.attributes['address'])) : undefined;
    if (failure !== undefined) throw failure;
    return (await engine.metrics()).read(series, ...window);
  };
}

/** Opens the notifiers that the engine's profile binds. */
export function boundNotifiers(engine: Engine): NotifierByName {
  return (name) => openNotifier(name, engine.profile.notifiers, engine.effects);
}

export interface WatchSettings {
  readonly stop: AbortSignal;
  readonly onTransition: (record: AlarmRecord) => void;
  readonly onAttempt: (queued: QueuedNotification, error: string | undefined) => void;
}

/** Between two looks at the queue, ms. */
const leastWaitMs = seconds(1);

/** Evaluates alarms each period and sends what follows, until the stop. What is not sent by then, the next watch sends. */
export async function watchAlarms(engine: Engine, settings: WatchSettings): Promise<void> {
  const { clock } = engine.effects;
  const alarms = addressed(engine.pipelines, 'alarm');
  if (alarms.length === 0) return;
  const everyMs = Math.min(...alarms.map(({ definition }) => evaluationIntervalMs(definition)));
  const send = { signal: settings.stop, onAttempt: settings.onAttempt };
  let evaluateAtMs = (Math.floor(clock.now() / everyMs) + 1) * everyMs;
  let rollUpAtMs = clock.now();
  await sampleDeliveries(engine);
  while (!settings.stop.aborted) {
    const nowMs = clock.now();
    // A clock that went back is followed: waiting for it to come round again would be silence.
    if (nowMs >= evaluateAtMs || evaluateAtMs - nowMs > everyMs) {
      for (const record of await evaluateAllAlarms(engine)) {
        if (record.sinceMs === record.evaluatedMs && record.sinceMs >= nowMs) settings.onTransition(record);
      }
      evaluateAtMs = (Math.floor(nowMs / everyMs) + 1) * everyMs;
    }
    if (nowMs >= rollUpAtMs) {
      (await engine.metrics()).rollUp(nowMs);
      rollUpAtMs = nowMs + hours(1);
    }
    const queue = await engine.alarms();
    await sendDue(queue, boundNotifiers(engine), send, engine.effects);
    const dueMs = nextDueMs(queue, send);
    await clock
      .sleep(Math.max(leastWaitMs, Math.min(dueMs, evaluateAtMs) - clock.now()), settings.stop)
      .catch(() => {});
  }
}
