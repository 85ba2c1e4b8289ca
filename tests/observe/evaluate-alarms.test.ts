import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type ManualClock, manualClock, testEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { aggregateOf } from '../../src/observe/aggregate.ts';
import { type AlarmStore, openAlarmStore } from '../../src/observe/alarm-store.ts';
import { alarm, metric } from '../../src/observe/definition.ts';
import { type BoundAlarm, evaluateAlarms, type MetricQuery } from '../../src/observe/evaluate-alarms.ts';
import type { AlarmNotification, Notifier } from '../../src/observe/notifier.ts';
import { sendDue, sendUntil } from '../../src/observe/send-notifications.ts';

const startMs = Date.UTC(2025, 7, 11, 12);

const errors: BoundAlarm = {
  address: 'shop.errors-alarm',
  definition: alarm({
    name: 'Shop-Errors',
    metric: 'errors',
    statistic: 'Sum',
    period: 60_000,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 5,
    evaluationPeriods: 1,
    treatMissingData: 'ignore',
    alarmActions: ['alerts', 'pager'],
    okActions: ['alerts'],
  }),
  metric: metric({ namespace: 'Shop', name: 'Errors', measure: 'run.failures', of: 'curate' }),
  series: { instrument: 'playhead.run.failures', attributes: { address: 'shop.curate' } },
};

/** Each period that is asked for holds this sum; undefined: nothing. */
const says =
  (sum: number | undefined): MetricQuery =>
  async (_, __, ___, count) =>
    Array.from({ length: count }, () => (sum === undefined ? undefined : aggregateOf(sum)));
const breaks: MetricQuery = () => Promise.reject(new PlayheadError('PH_STATE_CORRUPT', 'the metrics file is damaged'));

describe('evaluation of alarms', () => {
  let folder: string;
  let store: AlarmStore;
  let clock: ManualClock;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-alarms-'));
    store = openAlarmStore(join(folder, 'alarms.sqlite'));
    clock = manualClock(startMs);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const evaluate = async (query: MetricQuery, minute: number, on = store): Promise<string | undefined> =>
    (await evaluateAlarms([errors], query, on, { nowMs: startMs + minute * 60_000 }))[0]?.state;
  const transitions = () =>
    store.transitions({ limit: 100 }).map(({ from, to, atMs }) => `${from} ${to} ${(atMs - startMs) / 60_000}`);
  const queued = (): string[] => store.pending().map(({ notifier, notification }) => `${notification.to} ${notifier}`);

  it('keeps each change with its time, and a notification for each action of the new state', async () => {
    for (const [minute, sum] of [0, 0, 7, 8, 1].entries()) await evaluate(says(sum), minute);
    assert.deepEqual(transitions(), ['ALARM OK 4', 'OK ALARM 2', 'INSUFFICIENT_DATA OK 0']);
    assert.deepEqual(queued(), ['OK alerts', 'ALARM alerts', 'ALARM pager', 'OK alerts']);
    const { sinceMs, evaluatedMs, value, reason } = store.state(errors.address) ?? {};
    assert.deepEqual([sinceMs, evaluatedMs, value], [startMs + 240_000, startMs + 240_000, 1]);
    assert.match(reason ?? '', /0 of 1 data points with Sum >= 5: 1/);
  });

  it('asks for whole minutes that have ended, as many as the evaluation range', async () => {
    const asked: number[][] = [];
    const query: MetricQuery = async (series, ...window) => {
      asked.push(window);
      return says(0)(series, ...window);
    };
    await evaluateAlarms([errors], query, store, { nowMs: startMs + 59_999 });
    const fast = { ...errors, address: 'shop.fast', definition: { ...errors.definition, periodMs: 10_000 } };
    await evaluateAlarms([fast], query, store, { nowMs: startMs + 59_999 });
    assert.deepEqual(asked, [
      [startMs, 60_000, 3],
      [startMs + 50_000, 10_000, 3],
    ]);
    asked.length = 0;
    const level = metric({ namespace: 'Shop', name: 'Age', measure: 'delivery.freshness', of: 'deliver' });
    await evaluateAlarms([{ ...errors, address: 'shop.stale', metric: level }], query, store, {
      nowMs: startMs + 59_999,
    });
    assert.deepEqual(asked, [[startMs + 60_000, 60_000, 3]], 'a level, just sampled, up to now');
  });

  it('makes a query that fails a state of its own, with its error, that tells who is told of an ALARM', async () => {
    await evaluate(says(0), 0);
    assert.equal(await evaluate(breaks, 1), 'EVALUATION_ERROR');
    assert.equal(await evaluate(breaks, 2), 'EVALUATION_ERROR');
    const record = store.state(errors.address);
    assert.match(record?.reason ?? '', /the metrics file is damaged \(PH_STATE_CORRUPT\)/);
    assert.equal(record?.sinceMs, startMs + 60_000);
    assert.deepEqual(queued(), ['OK alerts', 'EVALUATION_ERROR alerts', 'EVALUATION_ERROR pager']);
  });

  it('goes on from the state before the error where missing data is ignored', async () => {
    await evaluate(says(9), 0);
    await evaluate(breaks, 1);
    assert.equal(await evaluate(says(undefined), 2), 'ALARM');
  });

  it('tells once of a change that two processes see', async () => {
    await evaluate(says(0), 0);
    const other = openAlarmStore(join(folder, 'alarms.sqlite'));
    // Both have read the state before either writes.
    const states = await Promise.all([evaluate(says(9), 1), evaluate(says(9), 1, other)]);
    other.close();
    assert.deepEqual(states, ['ALARM', 'ALARM']);
    assert.deepEqual(queued(), ['OK alerts', 'ALARM alerts', 'ALARM pager']);
  });

  describe('its notifications', () => {
    const sent: AlarmNotification[] = [];
    let faults: PlayheadError[] = [];
    const notifier: Notifier = {
      destination: 'a list',
      send: async (notification) => {
        const fault = faults.shift();
        if (fault !== undefined) throw fault;
        sent.push(notification);
      },
    };
    const settings = { signal: new AbortController().signal };
    beforeEach(async () => {
      sent.length = 0;
      faults = [];
      await evaluate(says(0), 0);
    });
    const failing = (code: 'PH_NOTIFICATION_FAILED' | 'PH_NOTIFICATION_REFUSED'): PlayheadError =>
      new PlayheadError(code, 'no');

    it('are sent, and each attempt is kept', async () => {
      await sendDue(store, () => notifier, settings, testEffects({ clock }));
      assert.deepEqual(
        sent.map(({ to }) => to),
        ['OK'],
      );
      const [kept] = store.notifications({ limit: 1 });
      assert.equal(kept?.outcome, 'sent');
      assert.deepEqual(kept.tried, [{ number: 1, atMs: startMs }]);
      assert.deepEqual(store.pending(), []);
    });

    it('are tried again with growing waits until they are taken', async () => {
      faults = [
        failing('PH_NOTIFICATION_FAILED'),
        failing('PH_NOTIFICATION_FAILED'),
        failing('PH_NOTIFICATION_FAILED'),
      ];
      const sending = sendUntil(startMs + 60_000, store, () => notifier, settings, testEffects({ clock }));
      for (let i = 0; i < 30 && sent.length === 0; i += 1) await clock.advance(1000);
      await sending;
      const tried = store.notifications({ limit: 1 })[0]?.tried ?? [];
      assert.deepEqual(
        tried.map(({ error }) => error === undefined),
        [false, false, false, true],
      );
      const waits = tried.slice(1).map(({ atMs }, i) => atMs - (tried[i]?.atMs ?? 0));
      // The clock moves by whole seconds, so that each may be late by what it moved too far.
      assert.ok(
        waits.every((wait, i) => wait >= 750 * 2 ** i),
        `${waits}`,
      );
    });

    it('are given up after the last attempt, and at once where they are refused', async () => {
      faults = [failing('PH_NOTIFICATION_FAILED'), failing('PH_NOTIFICATION_FAILED')];
      const two = { ...settings, attempts: 2 };
      await sendDue(store, () => notifier, two, testEffects({ clock }));
      assert.equal(store.pending().length, 1);
      await clock.advance(2000);
      await sendDue(store, () => notifier, two, testEffects({ clock }));
      assert.equal(store.notifications({ limit: 1 })[0]?.outcome, 'failed');
      await evaluate(says(9), 1);
      await clock.advance(60_000);
      faults = [failing('PH_NOTIFICATION_REFUSED'), failing('PH_NOTIFICATION_REFUSED')];
      await sendDue(store, () => notifier, settings, testEffects({ clock }));
      assert.deepEqual(
        store.notifications({ limit: 2 }).map(({ outcome, attempts }) => [outcome, attempts]),
        [
          ['failed', 1],
          ['failed', 1],
        ],
      );
    });

    it('are sent by the next process where one died before it sent them, or while it did', async () => {
      const [dying] = store.pending();
      assert.ok(dying !== undefined && store.claim(dying, clock.now() + 60_000));
      assert.equal(store.claim(dying, clock.now() + 60_000), false, 'who is on it is on it alone');
      await sendDue(store, () => notifier, settings, testEffects({ clock }));
      assert.equal(sent.length, 0);
      await clock.advance(60_000);
      await sendDue(store, () => notifier, settings, testEffects({ clock }));
      assert.equal(sent.length, 1);
    });

    it('survive a process that is killed while it sends: the next one sends them, under the same id', async () => {
      const modules = [
        'observe/alarm-store',
        'observe/evaluate-alarms',
        'observe/send-notifications',
        'base/effects',
        'observe/aggregate',
      ];
      const [stores, alarms, sends, base, aggregates] = modules.map(
        (name) => `await import(${JSON.stringify(new URL(`../../src/${name}.ts`, import.meta.url).href)})`,
      );
      const code = `
        const { openAlarmStore } = ${stores};
        const { evaluateAlarms } = ${alarms};
        const { sendDue } = ${sends};
        const { manualClock, testEffects } = ${base};
        const { aggregateOf } = ${aggregates};
        const store = openAlarmStore(${JSON.stringify(join(folder, 'alarms.sqlite'))});
        const nowMs = ${startMs + 60_000};
        await evaluateAlarms([${JSON.stringify(errors)}], async () => [aggregateOf(9)], store, { nowMs });
        const notifier = { destination: 'nowhere', send: async () => process.kill(process.pid, 'SIGKILL') };
        const effects = testEffects({ clock: manualClock(nowMs) });
        await sendDue(store, () => notifier, { signal: new AbortController().signal }, effects);`;
      const node = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code];
      const { signal, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8' });
      assert.equal(signal, 'SIGKILL', stderr);
      assert.equal(store.state(errors.address)?.state, 'ALARM');
      const waiting = store.pending().map(({ notification }) => notification.id);
      await clock.advance(2 * 60_000);
      await sendDue(store, () => notifier, settings, testEffects({ clock }));
      assert.deepEqual(sent.map(({ id }) => id).sort(), waiting.sort());
      assert.ok(waiting.some((id) => id.includes('/ALARM/')));
    });

    it('are sent once where two processes see them due', async () => {
      const other = openAlarmStore(join(folder, 'alarms.sqlite'));
      const both = [store, other].map((queue) => sendDue(queue, () => notifier, settings, testEffects({ clock })));
      await Promise.all(both);
      other.close();
      assert.equal(sent.length, 1);
    });

    it('leave those of a rehearsal to the process that rehearses', async () => {
      const [queued] = store.pending();
      assert.ok(queued !== undefined);
      store.enqueue({ notifier: 'alerts', notification: { ...queued.notification, rehearsal: true } });
      await sendDue(store, () => notifier, settings, testEffects({ clock }));
      assert.deepEqual(
        sent.map(({ rehearsal }) => rehearsal),
        [false],
      );
    });

    it('to a name that nobody is bound to fail with that, and leave the others alone', async () => {
      await evaluate(says(9), 1);
      await clock.advance(60_000);
      const notifierOf = (name: string): Notifier => {
        if (name === 'alerts') return notifier;
        throw new PlayheadError('PH_CONFIG_INVALID', `"${name}" is bound to no backend`);
      };
      await sendDue(store, notifierOf, settings, testEffects({ clock }));
      assert.deepEqual(
        sent.map(({ to }) => to),
        ['OK', 'ALARM'],
      );
      const pager = store.notifications({ limit: 9 }).find((each) => each.notifier === 'pager');
      assert.match(pager?.tried[0]?.error ?? '', /"pager" is bound to no backend/);
    });

    it('leave no secret behind: what is kept is the message and the notifier’s name', async () => {
      await sendDue(store, () => notifier, settings, testEffects({ clock, env: { TOKEN: 'sesame-open' } }));
      for (const file of readdirSync(folder)) assert.ok(!readFileSync(join(folder, file)).includes('sesame-open'));
    });
  });
});
