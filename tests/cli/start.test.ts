import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openSink, type Sink } from '../observe/sink.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const pipelineText = `
  import { alarm, defineRecord, definePipeline, delivery, every, field, json, metric, minutes, run, stream } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string() } });
  export const plays = definePipeline('plays', {
    streams: { records: stream({ topic: 'plays', record: play }) },
    deliveries: { deliver: delivery({ from: 'records', format: json({ compression: 'gzip' }), prefix: 'plays/' }) },
    schedules: { often: every(minutes(1), run('deliver')) },
    metrics: {
      runs: metric({ namespace: 'Plays', name: 'Runs', measure: 'run.failures', of: 'deliver' }),
      fresh: metric({ namespace: 'Plays', name: 'Fresh', measure: 'delivery.freshness', of: 'deliver' }),
    },
    alarms: { stale: alarm({ name: 'Plays-Stale', metric: 'fresh', statistic: 'Maximum', period: minutes(1),
      comparisonOperator: 'GreaterThanThreshold', threshold: 600, evaluationPeriods: 1, treatMissingData: 'breaching',
      alarmActions: ['alerts'], okActions: ['alerts'] }) },
  });
`;
const configText = (url: string) => `
  import { defineConfig } from 'playhead';
  import { plays } from './plays.ts';
  export const config = defineConfig({ pipelines: [plays],
    profiles: { embedded: { notifiers: { alerts: { backend: 'webhook', url: '${url}' } } } } });
`;

describe('playhead start', () => {
  let folder: string;
  let terminal: Terminal;
  let sink: Sink;
  before(async () => {
    sink = await openSink();
    folder = mkdtempSync(join(tmpdir(), 'playhead-start-'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plays.ts'), pipelineText);
    writeFileSync(join(folder, 'playhead.config.ts'), configText(sink.url));
    terminal = openTerminal(folder);
  });
  after(async () => {
    await sink.close();
    rmSync(folder, { recursive: true });
  });

  /** Lets time pass, slowly enough for what is done in it, until something is so; fails where it never is. */
  const until = async (holds: () => boolean): Promise<void> => {
    for (let i = 0; i < 500_000 && !holds(); i += 1) {
      if (i % 20 === 19) await terminal.clock.advance(500);
      await turn();
    }
    assert.ok(holds(), 'it never came');
  };

  it('runs the pipeline that is named, if it is there', async () => {
    const { exitCode, err } = await terminal.run(['start', 'movies']);
    assert.deepEqual([exitCode, /no pipeline is called "movies"\n.*There are: plays/.test(err)], [2, true], err);
  });

  it('asks which one where no config puts pipelines together, and begins no home', async () => {
    const shipped = join(folder, 'none');
    mkdirSync(shipped);
    writeFileSync(join(shipped, 'playhead.config.ts'), 'export const config = { profiles: {} };');
    const { exitCode, err } = await openTerminal(shipped).run(['start', '--now']);
    assert.deepEqual([exitCode, /which pipeline\?\n.*There are: acme, tally/.test(err)], [2, true], err);
    assert.deepEqual(readdirSync(shipped), ['playhead.config.ts']);
  });

  it('evaluates alarms beside the schedules, tells their sinks, and serves metrics until it is stopped', async (test) => {
    const stop = new AbortController();
    test.after(() => stop.abort());
    let [err, ended] = ['', false];
    const running = terminal
      .run(['start', 'plays', '--metrics-port', '0'], { signal: stop.signal, onErr: (text) => (err += text) })
      .finally(() => (ended = true));
    const states = (): unknown[] => sink.received.map(({ message }) => message['NewStateValue']);
    await until(() => ended || (states().includes('OK') && /✓ plays\.deliver/.test(err)));
    assert.ok(!ended, err);
    assert.match(err, /OK plays\.stale 0 of 1 data points with Maximum > 600: 0/);
    const url = /metrics at (\S+)/.exec(err)?.[1] ?? '';
    assert.match(await (await fetch(url)).text(), /^playhead_run_failures_total\{address="plays\.deliver".*\} 0$/m);
    stop.abort();
    await until(() => ended);
    assert.equal((await running).exitCode, 0);
    await assert.rejects(fetch(url));
    const { metrics } = await terminal.json<{ metrics: { periods: { SampleCount?: number }[] }[] }>(['metrics']);
    assert.ok((metrics[0]?.periods.at(-1)?.SampleCount ?? 0) >= 1, 'what it measured is kept');
  });
});
