import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, isPlayheadError } from '../../src/base/errors.ts';
import type { AlarmNotification, Notifier } from '../../src/observe/notifier.ts';

export const notification: AlarmNotification = {
  id: 'shop.errors/1/ALARM/alerts',
  rehearsal: false,
  alarm: 'Shop-Errors',
  address: 'shop.errors',
  description: 'too many “errors”',
  from: 'OK',
  to: 'ALARM',
  reason: '1 of 1 data points with Sum >= 5: 7',
  atMs: Date.UTC(2025, 7, 11, 12),
  metric: { namespace: 'Shop', name: 'Errors', dimensions: { FunctionName: 'curate' } },
  rule: {
    statistic: 'Sum',
    periodMs: 300_000,
    evaluationPeriods: 2,
    datapointsToAlarm: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 5,
    treatMissingData: 'notBreaching',
  },
};

/** A receiver that the suite tells how to behave, and asks what it took. */
export interface Receiver {
  readonly notifier: Notifier;
  /** JSON of each notification that arrived. */
  received(): readonly Record<string, unknown>[];
  /** What the notifier must never say. */
  readonly secret: string;
  /** `taken`, `busy` (worth another attempt), `silent` (never answers), `gone` (nobody is there). */
  behave(as: 'taken' | 'busy' | 'silent' | 'gone'): Promise<void> | void;
  /** What being gone throws: some receivers may come back, a program that is not there does not. */
  readonly goneCode: ErrorCode;
  close(): Promise<void> | void;
}

const unaborted = new AbortController().signal;

/** Longer than any machine takes: who answers is waited for, however busy the machine is. */
const patientMs = 60_000;
/** For one that never answers: however early its time is up, it is up rightly. */
const impatientMs = 50;

/** What every notifier does; `open` gives one that waits for an answer as long as it is told. */
export function notifierConformance(name: string, open: (timeoutMs: number) => Promise<Receiver>): void {
  const withReceiver = async (
    work: (receiver: Receiver) => Promise<void>,
    timeoutMs: number = patientMs,
  ): Promise<void> => {
    const receiver = await open(timeoutMs);
    try {
      await work(receiver);
    } finally {
      await receiver.close();
    }
  };
  const failure = async ({ notifier }: Receiver, signal = unaborted): Promise<{ code: ErrorCode; message: string }> => {
    const error: unknown = await notifier.send(notification, signal).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(isPlayheadError(error), `${error}`);
    return error;
  };

  describe(`${name}: notifier`, () => {
    it('brings the message in CloudWatch’s shape, whole', () =>
      withReceiver(async (receiver) => {
        await receiver.notifier.send(notification, unaborted);
        const [message] = receiver.received();
        assert.equal(message?.['AlarmName'], 'Shop-Errors');
        assert.equal(message['AlarmDescription'], 'too many “errors”');
        assert.equal(message['NewStateValue'], 'ALARM');
        assert.equal(message['OldStateValue'], 'OK');
        assert.equal(message['StateChangeTime'], '2025-08-11T12:00:00.000Z');
        assert.equal(message['Rehearsal'], false);
        assert.equal(message['NotificationId'], notification.id);
        assert.deepEqual(message['Trigger'], {
          MetricName: 'Errors',
          Namespace: 'Shop',
          Dimensions: [{ name: 'FunctionName', value: 'curate' }],
          Statistic: 'Sum',
          Period: 300,
          EvaluationPeriods: 2,
          DatapointsToAlarm: 1,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          Threshold: 5,
          TreatMissingData: 'notBreaching',
        });
      }));

    it('says of a rehearsal that it is one, where people read', () =>
      withReceiver(async (receiver) => {
        await receiver.notifier.send({ ...notification, rehearsal: true }, unaborted);
        const [message] = receiver.received();
        assert.equal(message?.['Rehearsal'], true);
        assert.match(String(message['NewStateReason']), /^REHEARSAL, nothing is wrong/);
        assert.match(String(message['AlarmDescription']), /^REHEARSAL/);
      }));

    it('fails with another attempt in view where the receiver can’t take it now, and keeps its secret', () =>
      withReceiver(async (receiver) => {
        await receiver.behave('busy');
        const { code, message } = await failure(receiver);
        assert.equal(code, 'PH_NOTIFICATION_FAILED');
        assert.ok(!message.includes(receiver.secret), message);
      }));

    it('fails where nobody is there', () =>
      withReceiver(async (receiver) => {
        await receiver.behave('gone');
        const { code, message } = await failure(receiver);
        assert.equal(code, receiver.goneCode);
        assert.ok(!message.includes(receiver.secret), message);
      }));

    it('gives up on a receiver that never answers', () =>
      withReceiver(async (receiver) => {
        await receiver.behave('silent');
        assert.equal((await failure(receiver)).code, 'PH_NOTIFICATION_FAILED');
      }, impatientMs));

    it('ends when it is interrupted', () =>
      withReceiver(async (receiver) => {
        await receiver.behave('silent');
        const controller = new AbortController();
        const failed = failure(receiver, controller.signal);
        controller.abort();
        assert.equal((await failed).code, 'PH_INTERRUPTED');
      }));

    it('names where it goes without its secret', () =>
      withReceiver(async ({ notifier, secret }) => {
        assert.ok(notifier.destination.length > 0 && !notifier.destination.includes(secret));
      }));
  });
}
