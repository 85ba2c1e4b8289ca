import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { acme } from '../../pipelines/acme/index.ts';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import type { BoundAlarm } from '../../src/observe/evaluate-alarms.ts';
import { conditionText } from '../../src/observe/judge-alarm.ts';
import { openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { addressed } from '../../src/pipeline/graph/address.ts';
import { boundAlarms, boundMetric } from '../../src/pipeline/watch/bound-alarms.ts';
import { rehearseInCopy } from '../../src/pipeline/watch/rehearse-alarms.ts';
import { openSink } from '../observe/sink.ts';

describe('the alarms of ACME', () => {
  it('are the eight of the original', () => {
    const alarms = boundAlarms([acme]).map(({ definition, metric, series }) => {
      const { name, evaluationPeriods: n, datapointsToAlarm: m, periodMs, treatMissingData } = definition;
      const every = `${m} of ${n} x ${periodMs / 60_000} min`;
      return `${name}: ${conditionText(definition)} ${every} ${treatMissingData}, ${metric.name} = ${series.instrument} ${Object.values(series.attributes)}`;
    });
    assert.deepEqual(alarms, [
      'ACME-Telemetry-Generator-Errors: Sum >= 5 1 of 2 x 5 min notBreaching, Errors = playhead.run.failures acme.viewers',
      'ACME-Telemetry-Generator-Duration: Average > 30000 2 of 3 x 5 min notBreaching, Duration = playhead.run.duration acme.viewers',
      'ACME-Telemetry-Generator-Throttles: Sum >= 1 1 of 1 x 5 min notBreaching, Throttles = playhead.run.throttles acme.viewers',
      'ACME-Telemetry-Producer-Errors: Sum >= 5 1 of 2 x 5 min notBreaching, Errors = playhead.stream.failures acme-telemetry',
      'ACME-Telemetry-Producer-Duration: Average > 10000 2 of 3 x 5 min notBreaching, Duration = playhead.stream.duration acme-telemetry',
      'ACME-Telemetry-Producer-Throttles: Sum >= 1 1 of 1 x 5 min notBreaching, Throttles = playhead.stream.throttles acme-telemetry',
      'ACME-Telemetry-Firehose-DataFreshness: Maximum > 600 2 of 2 x 5 min breaching, DeliveryToS3.DataFreshness = playhead.delivery.freshness acme.firehose',
      'ACME-Telemetry-Firehose-DeliverySuccess: Average < 0.95 2 of 3 x 5 min missing, DeliveryToS3.Success = playhead.delivery.success acme.firehose',
    ]);
  });

  it('have the namespace and the four names of the original beside them', () => {
    const names = addressed([acme], 'metric')
      .map((entry) => boundMetric([acme], entry).definition)
      .filter(({ namespace }) => namespace === 'AcmeTelemetry');
    assert.deepEqual(
      names.map(({ name }) => name),
      ['EventsGenerated', 'EventsSent', 'EventErrors', 'ProcessingTime'],
    );
  });

  it('can all fire, and are all told in a file of the home where nobody else is to be; not where that can’t be written', async () => {
    const home = mkdtempSync(join(tmpdir(), 'playhead-acme-alarms-'));
    const engine = openEngine(
      { pipelines: [acme], profile: embeddedProfile, home },
      testEffects({ clock: manualClock() }),
    );
    const rehearse = async (alarms: readonly BoundAlarm[]) =>
      rehearseInCopy(engine, alarms, new AbortController().signal);
    const rehearsals = await rehearse(boundAlarms([acme]));
    assert.deepEqual(
      rehearsals.filter(({ passed }) => !passed),
      [],
    );
    const file = join(home, 'notifications.ndjson');
    const told = readFileSync(file, 'utf8').trim().split('\n');
    assert.equal(new Set(told.map((line) => JSON.parse(line).AlarmName)).size, 8);
    rmSync(file);
    mkdirSync(file);
    const [unheard] = await rehearse(boundAlarms([acme]).slice(0, 1));
    assert.equal(unheard?.passed, false);
    assert.match(JSON.stringify(unheard), /notifications\.ndjson: EISDIR/);
    rmSync(file, { recursive: true });
    const [bound] = boundAlarms([acme]);
    assert.ok(bound !== undefined);
    const renamed = { ...bound, series: { ...bound.series, instrument: 'playhead.run.failed' } };
    assert.equal((await rehearse([renamed]))[0]?.passed, false);
    await engine.close();
    rmSync(home, { recursive: true });
  });

  it('can all fire, and are all heard by the topic’s sink', async () => {
    const [sink, home] = [await openSink(), mkdtempSync(join(tmpdir(), 'playhead-acme-alarms-'))];
    const profile = {
      ...embeddedProfile,
      notifiers: { 'acme-telemetry-alerts': { backend: 'webhook', url: sink.url } },
    } as const;
    const effects = testEffects({ clock: manualClock() });
    const engine = openEngine({ pipelines: [acme], profile, home }, effects);
    const rehearsals = await rehearseInCopy(engine, boundAlarms([acme]), new AbortController().signal);
    await engine.close();
    assert.deepEqual(
      rehearsals.filter(({ passed }) => !passed),
      [],
    );
    assert.equal(new Set(sink.received.map(({ message }) => message['AlarmName'])).size, 8);
    await sink.close();
    rmSync(home, { recursive: true });
  });
});
