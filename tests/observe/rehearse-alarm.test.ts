import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { type AlarmStore, openAlarmStore, type Rehearsal } from '../../src/observe/alarm-store.ts';
import { alarm, comparisonOperators, metric, missingDataTreatments } from '../../src/observe/definition.ts';
import type { BoundAlarm } from '../../src/observe/evaluate-alarms.ts';
import { type MetricHistory, openHistory } from '../../src/observe/history.ts';
import { instrumentName, measureNames, measures, measuring, subjectAttribute } from '../../src/observe/measures.ts';
import type { AlarmNotification, Notifier } from '../../src/observe/notifier.ts';
import { recorder } from '../../src/observe/recorder.ts';
import { rehearseAlarms } from '../../src/observe/rehearse-alarm.ts';

const nowMs = Date.UTC(2025, 7, 11, 12);

function bound(
  changes: Partial<Parameters<typeof alarm>[0]> = {},
  measured: 'run.failures' | 'run.duration' | 'delivery.success' = 'run.failures',
): BoundAlarm {
  const definition = alarm({
    name: 'Shop-Errors',
    metric: 'errors',
    statistic: 'Sum',
    period: 300_000,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 5,
    evaluationPeriods: 2,
    datapointsToAlarm: 1,
    alarmActions: ['alerts'],
    ...changes,
  });
  return {
    address: 'shop.errors-alarm',
    definition,
    metric: metric({ namespace: 'Shop', name: 'Errors', measure: measured, of: 'curate' }),
    series: { instrument: `playhead.${measured}`, attributes: { address: 'shop.curate' } },
  };
}

describe('a rehearsal', () => {
  let folder: string;
  let scratch: MetricHistory;
  let scratchAlarms: AlarmStore;
  let alarms: AlarmStore;
  const sent: AlarmNotification[] = [];
  const listens: Notifier = {
    destination: 'a list',
    send: async (notification) => {
      sent.push(notification);
    },
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-rehearsal-'));
    scratch = openHistory(join(folder, 'metrics.sqlite'));
    scratchAlarms = openAlarmStore(join(folder, 'scratch.sqlite'));
    alarms = openAlarmStore(join(folder, 'alarms.sqlite'));
    sent.length = 0;
  });
  afterEach(() => {
    for (const store of [scratch, scratchAlarms, alarms]) store.close();
    rmSync(folder, { recursive: true });
  });
  const rehearseAll = (rehearsed: readonly BoundAlarm[], notifier = listens): Promise<readonly Rehearsal[]> => {
    const ports = { scratch, scratchAlarms, alarms, notifierOf: () => notifier };
    const effects = testEffects({ clock: manualClock(nowMs) });
    return rehearseAlarms(rehearsed, ports, new AbortController().signal, effects);
  };
  const rehearse = async (rehearsed: BoundAlarm, notifier = listens): Promise<Rehearsal> => {
    const [found] = await rehearseAll([rehearsed], notifier);
    assert.ok(found !== undefined);
    return found;
  };
  const measureNow = (value: number, times: number): void => {
    const { meter, take } = recorder(manualClock(nowMs - 60_000));
    for (let i = 0; i < times; i += 1) measuring(meter)('run.failures', value, 'shop.curate');
    scratch.write(take());
  };

  it('fires the alarm and brings it to its receivers, marked as a rehearsal', async () => {
    measureNow(0, 3);
    const { passed, finding } = await rehearse(bound());
    assert.equal(finding, 'fires, and alerts took it; last measured 1 min ago');
    assert.ok(passed);
    assert.deepEqual(
      sent.map(({ rehearsal, from, to }) => ({ rehearsal, from, to })),
      [{ rehearsal: true, from: 'OK', to: 'ALARM' }],
    );
    assert.equal(alarms.lastRehearsal('shop.errors-alarm')?.passed, true);
    assert.equal(alarms.notifications({ limit: 1 })[0]?.outcome, 'sent');
  });

  it('leaves states and their history alone, and judges whatever the metric says right now', async () => {
    measureNow(1, 500);
    assert.ok((await rehearse(bound())).passed);
    assert.equal(alarms.state('shop.errors-alarm'), undefined);
    assert.deepEqual(alarms.transitions({ limit: 1 }), []);
  });

  it('takes no alarm’s rehearsal for a measurement of the engine', async () => {
    const found = await rehearseAll([
      bound(),
      { ...bound({ statistic: 'Average', threshold: 1 }), address: 'shop.second' },
    ]);
    assert.deepEqual(
      found.map(({ passed, finding }) => [passed, /never measured here/.test(finding)]),
      [
        [true, true],
        [true, true],
      ],
    );
  });

  it('says where the engine never measured the metric here', async () => {
    assert.match((await rehearse(bound())).finding, /run\.failures was never measured here yet/);
  });

  it('fires each measure that there is, by the engine’s own instrumentation', async () => {
    for (const measure of measureNames) {
      const { subject } = measures[measure];
      const of = { store: 'get', reason: 'shop.door/not_one_of' }[String(subject)] ?? 'shop.orders';
      const attributes = { [subjectAttribute[subject]]: of };
      const low = measure === 'delivery.success';
      const rule = low
        ? ({ statistic: 'Average', comparisonOperator: 'LessThanThreshold', threshold: 0.9 } as const)
        : ({ statistic: 'Sum', comparisonOperator: 'GreaterThanThreshold', threshold: 3 } as const);
      const found = await rehearse({
        address: `shop.${measure}`,
        definition: bound(rule).definition,
        metric: metric({ namespace: 'Shop', name: measure, measure, of: 'orders' }),
        series: { instrument: instrumentName(measure), attributes },
      });
      // A request that is made is counted: there is no period with requests and none counted.
      const always = measure === 'store.requests' || measure === 'gateway.requests';
      assert.equal(found.passed, !always, `${measure}: ${found.finding}`);
      if (always) assert.match(found.finding, /can't be OK/);
    }
  });

  it('fails where the metric is not what the engine measures', async () => {
    const renamed = { ...bound(), series: { ...bound().series, instrument: 'playhead.run.errors' } };
    const { passed, finding } = await rehearse(renamed);
    assert.equal(passed, false);
    assert.match(finding, /INSUFFICIENT_DATA: no data in 4 periods/);
    assert.deepEqual(sent, []);
  });

  it('fails where no value of the measure can breach, or none can be OK', async () => {
    const never = bound({ statistic: 'Average', comparisonOperator: 'LessThanThreshold', threshold: 0 });
    assert.match((await rehearse(never)).finding, /^can't fire: .*1 of 2 asked, it is OK/);
    const always = bound({ statistic: 'Maximum', threshold: 0 });
    assert.match((await rehearse(always)).finding, /^can't be OK: .*it is ALARM/);
  });

  it('fails where the sink is gone, or nobody is told', async () => {
    const gone: Notifier = {
      destination: 'gone',
      send: () => Promise.reject(new PlayheadError('PH_NOTIFICATION_REFUSED', 'answered 404')),
    };
    const { passed, finding } = await rehearse(bound(), gone);
    assert.equal(passed, false);
    assert.equal(finding, 'fires, and is not heard: alerts: answered 404 (PH_NOTIFICATION_REFUSED)');
    assert.match((await rehearse(bound({ alarmActions: [] }))).finding, /tells nobody/);
  });

  it('finds values for every rule that a value can breach', async () => {
    const rule = fc.record({
      statistic: fc.constantFrom('SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum', 'p50', 'p99' as const),
      comparisonOperator: fc.constantFrom(...comparisonOperators),
      threshold: fc.double({ min: 1.5, max: 500, noNaN: true }),
      evaluationPeriods: fc.integer({ min: 1, max: 5 }),
      datapointsToAlarm: fc.integer({ min: 1, max: 5 }),
      treatMissingData: fc.constantFrom(...missingDataTreatments),
      evaluateLowSampleCountPercentile: fc.constantFrom('evaluate', 'ignore' as const),
    });
    await fc.assert(
      fc.asyncProperty(rule, async (changes) => {
        const datapointsToAlarm = Math.min(changes.datapointsToAlarm, changes.evaluationPeriods);
        const address = `shop.alarm-${alarms.transitions({ limit: 1 }).length}-${sent.length}`;
        const { passed, finding } = await rehearse({
          ...bound({ ...changes, datapointsToAlarm }, 'run.duration'),
          address,
        });
        assert.ok(passed, finding);
      }),
      { numRuns: 15 },
    );
  });
});
