import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import { minutes, seconds } from '../base/units.ts';
import type { NotificationQueue, QueuedNotification } from './notification-queue.ts';
import type { Notifier } from './notifier.ts';

/** Opens the notifier of a name, or throws. */
export type NotifierByName = (name: string) => Notifier;

export interface SendSettings {
  readonly signal: AbortSignal;
  /** How many attempts a notification gets; default 10, which spread over some nine minutes. */
  readonly attempts?: number;
  /** Of all that are pending, these; default all but rehearsals, whose process waits for what becomes of them. */
  readonly only?: (queued: QueuedNotification) => boolean;
  /** Told of each attempt. */
  readonly onAttempt?: (queued: QueuedNotification, error: string | undefined) => void;
}

/** While an attempt is under way nobody else makes one; a process that died in it is taken over after this. */
const claimMs = minutes(1);

/** Makes one attempt for each notification that is due, and records it. What fails for good is recorded too, and never thrown. */
export async function sendDue(
  queue: NotificationQueue,
  notifierOf: NotifierByName,
  settings: SendSettings,
  effects: Effects,
): Promise<void> {
  const due = pendingOf(queue, settings).filter(({ dueMs }) => dueMs <= effects.clock.now());
  await Promise.all(due.map((queued) => attempt(queued, queue, notifierOf, settings, effects)));
}

/** Sends until nothing is pending, waiting between attempts, or until `untilMs`: what is then left is sent by the next call. */
export async function sendUntil(
  untilMs: number,
  queue: NotificationQueue,
  notifierOf: NotifierByName,
  settings: SendSettings,
  effects: Effects,
): Promise<void> {
  for (;;) {
    await sendDue(queue, notifierOf, settings, effects);
    const next = nextDueMs(queue, settings);
    if (next > untilMs) return;
    await effects.clock.sleep(Math.max(0, next - effects.clock.now()), settings.signal);
  }
}

/** When the next attempt is due; infinite where none is pending. */
function nextDueMs(queue: NotificationQueue, settings: SendSettings): number {
  return pendingOf(queue, settings).reduce((min, { dueMs }) => Math.min(min, dueMs), Number.POSITIVE_INFINITY);
}

function pendingOf(queue: NotificationQueue, { only = isReal }: SendSettings): readonly QueuedNotification[] {
  return queue.pending().filter(only);
}

function isReal({ notification }: QueuedNotification): boolean {
  return !notification.rehearsal;
}

async function attempt(
  queued: QueuedNotification,
  queue: NotificationQueue,
  notifierOf: NotifierByName,
  { signal, attempts = 10, onAttempt = () => {} }: SendSettings,
  effects: Effects,
): Promise<void> {
  const { clock, random } = effects;
  if (!queue.claim(queued, clock.now() + claimMs)) return;
  const number = queued.attempts + 1;
  try {
    await notifierOf(queued.notifier).send(queued.notification, signal);
    queue.attempted(queued, { number, atMs: clock.now() }, 'sent');
    onAttempt(queued, undefined);
  } catch (error) {
    const atMs = clock.now();
    if (!isPlayheadError(error)) {
      // A fault of ours: it ends neither the schedules beside it nor the other notifications. Its words may quote a secret.
      const words = `the notifier broke with ${error instanceof Error ? error.name : typeof error}`;
      queue.attempted(queued, { number, atMs, error: words }, 'failed');
      onAttempt(queued, words);
      return;
    }
    // An interrupted attempt may have arrived: it is made again by the next process, under the same id.
    const again = error.code === 'PH_INTERRUPTED' || (error.retryable && number < attempts);
    const next = again ? { dueMs: atMs + backoffMs(number, random.float()) } : 'failed';
    queue.attempted(queued, { number, atMs, error: `${error.message} (${error.code})` }, next);
    onAttempt(queued, error.message);
  }
}

/** 1 s, then twice as long each time, five minutes at most; spread by a quarter, so that not all call at once. */
function backoffMs(number: number, random: number): number {
  const wait = Math.min(minutes(5), seconds(1) * 2 ** (number - 1));
  return Math.round(wait * (0.75 + random / 2));
}
