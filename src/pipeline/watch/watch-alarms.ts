import { isPlayheadError } from '../../base/errors.ts';
import { hours, seconds } from '../../base/units.ts';
import type { AlarmRecord } from '../../observe/alarm-store.ts';
import { evaluateAlarms, evaluationIntervalMs, type MetricQuery } from '../../observe/evaluate-alarms.ts';
import { fileNotifier } from '../../observe/file-notifier.ts';
import { instrumentName } from '../../observe/measures.ts';
import type { QueuedNotification } from '../../observe/notification-queue.ts';
import { openNotifier } from '../../observe/open-notifier.ts';
import { type NotifierByName, sendDue } from '../../observe/send-notifications.ts';
import type { Engine } from '../engine/bind.ts';
import { addressed } from '../graph/address.ts';
import { boundAlarms } from './bound-alarms.ts';
import { sampleDeliveries } from './sample-deliveries.ts';

/** Samples levels, writes what was measured, and evaluates every alarm as of now. */
export async function evaluateAllAlarms(engine: Engine): Promise<readonly AlarmRecord[]> {
  const nowMs = engine.effects.clock.now();
  const failures = await sampleDeliveries(engine);
  // What could not be written is not in what is read: no alarm may judge by that, and each says why.
  const unwritten = await engine.keeper.write().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const query: MetricQuery = async (...asked) => {
    if (unwritten !== undefined) throw unwritten.error;
    return metricQuery(engine, failures)(...asked);
  };
  return evaluateAlarms(boundAlarms(engine.pipelines), query, await engine.alarms(), { nowMs });
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

/** Opens the notifiers that the engine's profile binds; where it says nothing of them, everyone is told in a file of the home. */
export function boundNotifiers(engine: Engine): NotifierByName {
  const { effects, home, profile } = engine;
  const { notifiers } = profile;
  if (notifiers === undefined) return () => fileNotifier(home.notificationsFile, effects);
  return (name) => openNotifier(name, notifiers, effects);
}

/** Evaluates alarms each period until the stop. */
export async function evaluateEachPeriod(
  engine: Engine,
  stop: AbortSignal,
  onTransition: (record: AlarmRecord) => void,
): Promise<void> {
  const { clock } = engine.effects;
  const alarms = addressed(engine.pipelines, 'alarm');
  if (alarms.length === 0) return;
  const everyMs = Math.min(...alarms.map(({ definition }) => evaluationIntervalMs(definition)));
  let evaluateAtMs = (Math.floor(clock.now() / everyMs) + 1) * everyMs;
  let rollUpAtMs = clock.now();
  await sampleDeliveries(engine);
  while (!stop.aborted) {
    const nowMs = clock.now();
    // A clock that went back is followed: waiting for it to come round again would be silence.
    if (nowMs >= evaluateAtMs || evaluateAtMs - nowMs > everyMs) {
      for (const record of await evaluateAllAlarms(engine)) {
        if (record.sinceMs === record.evaluatedMs && record.sinceMs >= nowMs) onTransition(record);
      }
      evaluateAtMs = (Math.floor(nowMs / everyMs) + 1) * everyMs;
    }
    if (nowMs >= rollUpAtMs) {
      await rollUpHistory(engine, nowMs);
      rollUpAtMs = nowMs + hours(1);
    }
    await clock.sleep(Math.max(leastWaitMs, evaluateAtMs - clock.now()), stop).catch(() => {});
  }
}

/** A history that can't be rolled up only grows: nobody's watch may end of it. */
async function rollUpHistory(engine: Engine, nowMs: number): Promise<void> {
  try {
    (await engine.metrics()).rollUp(nowMs);
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    engine.effects.log.log('warn', `the history of metrics is not rolled up: ${error.message}`);
  }
}

/** Between two looks at what is due, ms. */
const leastWaitMs = seconds(1);

/**
 * Sends notifications as they come due, until the stop; what is not sent by then, the next process sends. Apart from the
 * evaluation: a receiver that takes its time must not hold it up.
 */
export async function sendAsDue(
  engine: Engine,
  stop: AbortSignal,
  onAttempt: (queued: QueuedNotification, error: string | undefined) => void,
): Promise<void> {
  const queue = await engine.alarms();
  while (!stop.aborted) {
    await sendDue(queue, boundNotifiers(engine), { signal: stop, onAttempt }, engine.effects);
    await engine.effects.clock.sleep(leastWaitMs, stop).catch(() => {});
  }
}
