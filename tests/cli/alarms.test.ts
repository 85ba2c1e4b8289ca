import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AlarmRecord, Rehearsal } from '../../src/observe/alarm-store.ts';
import { openSink, type Sink } from '../observe/sink.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const pipelineText = (metricKey: string) => `
  import { alarm, crawler, defineRecord, definePipeline, delivery, field, json, metric, minutes, stream } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string() } });
  const whole = { period: minutes(1), evaluationPeriods: 1, alarmActions: ['alerts'], okActions: ['log'] };
  export const plays = definePipeline('plays', {
    streams: { records: stream({ topic: 'plays', record: play, key: 'play_id', partitions: 2 }) },
    deliveries: { deliver: delivery({ from: 'records', format: json({ compression: 'gzip' }), prefix: 'plays/' }) },
    metrics: {
      ${metricKey}: metric({ namespace: 'Plays', name: 'Errors', dimensions: { Of: 'deliver' }, measure: 'run.failures', of: 'deliver' }),
      sent: metric({ namespace: 'Plays', name: 'Sent', measure: 'stream.appended', of: 'records' }),
      throttles: metric({ namespace: 'Plays', name: 'Throttles', measure: 'stream.throttles', of: 'records' }),
      freshness: metric({ namespace: 'Plays', name: 'Freshness', measure: 'delivery.freshness', of: 'deliver' }),
    },
    alarms: {
      failing: alarm({ name: 'Plays-Failing', metric: 'errors', statistic: 'Sum', threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold', treatMissingData: 'notBreaching', ...whole }),
      stale: alarm({ name: 'Plays-Stale', metric: 'freshness', statistic: 'Maximum', threshold: 600,
        comparisonOperator: 'GreaterThanThreshold', treatMissingData: 'breaching', ...whole }),
    },
  });
`;
const configText = (folder: string) => `
  import { defineConfig } from 'playhead';
  import { plays } from './pipelines/plays.ts';
  export const config = defineConfig({ pipelines: [plays], profiles: { embedded: { notifiers: {
    alerts: { backend: 'webhook', url: 'http://127.0.0.1:9', headers: { authorization: { file: '${join(folder, 'token')}' } } },
    log: { backend: 'command', command: ['sh', '-c', 'cat >> ${join(folder, 'log.ndjson')}'] },
  } } } });
`;

/** A project in a folder of its own, whose sink is nobody unless the config is changed. */
function project(metricKey: string, changed: (config: string) => string = (text) => text): string {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-alarms-'));
  mkdirSync(join(folder, 'pipelines'));
  writeFileSync(join(folder, 'token'), 'sesame-open\n');
  writeFileSync(join(folder, 'pipelines/plays.ts'), pipelineText(metricKey));
  writeFileSync(join(folder, 'playhead.config.ts'), changed(configText(folder)));
  return folder;
}

interface Listed {
  readonly alarms: readonly (AlarmRecord & { readonly name: string; readonly rehearsal?: Rehearsal })[];
}

/** One project; each test goes on where the one before stopped. */
describe('alarms on the command line', () => {
  let folder: string;
  let terminal: Terminal;
  let sink: Sink;
  before(async () => {
    sink = await openSink();
    folder = project('errors', (text) => text.replace('http://127.0.0.1:9', sink.url));
    terminal = openTerminal(folder);
  });
  after(async () => {
    await sink.close();
    rmSync(folder, { recursive: true });
  });
  const nextMinute = () => terminal.clock.advance(60_000);
  const stateOf = ({ alarms }: Listed, name: string): string | undefined =>
    alarms.find((alarm) => alarm.name === name)?.state;

  it('rehearses each alarm to its sink before anything ever ran', async () => {
    const { exitCode, out, err } = await terminal.run(['alarms', 'rehearse']);
    assert.equal(exitCode, 0, out + err);
    assert.match(out, /plays\.failing +fires, and alerts took it; run\.failures was never measured here yet/);
    assert.match(out, /All 2 can fire, and are heard/);
    assert.deepEqual(
      sink.received.map(({ message }) => [message['AlarmName'], message['NewStateValue'], message['Rehearsal']]).sort(),
      [
        ['Plays-Failing', 'ALARM', true],
        ['Plays-Stale', 'ALARM', true],
      ],
    );
  });

  it('measures what commands do, under the names that the pipeline gives', async () => {
    const input = ['{"play_id":"a"}', '{"play_id":"b"}'].join('\n');
    assert.equal((await terminal.run(['produce', 'records'], { input })).exitCode, 0);
    assert.equal((await terminal.run(['deliver', '--drain'])).exitCode, 0);
    const { metrics } = await terminal.json<{ metrics: { name: string; periods: { Sum?: number }[] }[] }>(['metrics']);
    const last = (name: string) => metrics.find((metric) => metric.name === name)?.periods.at(-1)?.Sum;
    assert.deepEqual([last('Sent'), last('Errors'), last('Throttles')], [2, 0, 0]);
    assert.match((await terminal.run(['metrics', 'plays'])).out, /Plays +Sent/);
    assert.match((await terminal.run(['metrics', 'sent'])).out, /Plays Sent \(stream\.appended of records\)/);
  });

  it('judges a level by the sample that the evaluation takes, whatever nobody sampled before it', async () => {
    await terminal.clock.advance(14 * 60_000);
    assert.equal(stateOf(await terminal.json<Listed>(['alarms', 'evaluate']), 'Plays-Stale'), 'OK');
  });

  it('goes to ALARM when runs fail, and tells the webhook with its secret', async () => {
    await nextMinute();
    await terminal.run(['alarms', 'evaluate']);
    // A folder where the delivery's object must go: the put fails, and with it the run.
    const input = '{"play_id":"c"}';
    await terminal.run(['produce', 'records'], { input });
    rmSync(join(folder, '.playhead/lake/plays'), { recursive: true });
    writeFileSync(join(folder, '.playhead/lake/plays'), 'a file stands where the folder was');
    assert.notEqual((await terminal.run(['deliver', '--drain'])).exitCode, 0);
    await nextMinute();
    const evaluated = await terminal.json<Listed>(['alarms', 'evaluate']);
    assert.equal(stateOf(evaluated, 'Plays-Failing'), 'ALARM');
    const told = sink.received.at(-1);
    assert.equal(told?.message['NewStateValue'], 'ALARM');
    assert.equal(told.message['Rehearsal'], false);
    assert.equal(told.headers['authorization'], 'sesame-open');
  });

  it('lists state, since when, value and reason without evaluating', async () => {
    await nextMinute();
    const { out, exitCode } = await terminal.run(['alarms']);
    assert.equal(exitCode, 0);
    assert.match(out, /Plays-Failing +ALARM +1 min +1 .*1 of 1 data points with Sum >= 1: 1 .*✓/);
  });

  it('fits a narrow terminal, and cuts no name and no reason', async () => {
    for (const words of [['alarms'], ['metrics'], ['alarms', 'rehearse'], ['alarms', 'history']]) {
      const [wide, narrow] = [await terminal.run(words), await terminal.run(words, { columns: 64 })];
      const lines = narrow.out.split('\n');
      assert.ok(
        wide.out.split('\n').some((line) => line.length > 64) && lines.every((line) => line.length <= 64),
        narrow.out,
      );
      assert.doesNotMatch(narrow.out, /…/);
    }
  });

  it('takes records that wait too long for stale, by the clock', async () => {
    await terminal.clock.advance(11 * 60_000);
    await terminal.run(['alarms', 'evaluate']);
    await nextMinute();
    assert.equal(stateOf(await terminal.json<Listed>(['alarms', 'evaluate']), 'Plays-Stale'), 'ALARM');
  });

  it('keeps the history of states, and of each notification', async () => {
    const { out } = await terminal.run(['alarms', 'history', 'failing']);
    assert.match(out, /Plays-Failing +OK +ALARM +1 of 1 data points/);
    assert.match(out, /Plays-Failing +ALARM +alerts +sent +1/);
    assert.match(out, /Plays-Failing +OK +log +sent +1/);
    assert.match(readFileSync(join(folder, 'log.ndjson'), 'utf8'), /"NewStateValue":"OK"/);
  });

  it('keeps no secret anywhere in the home', () => {
    const home = join(folder, '.playhead');
    for (const name of readdirSync(home, { recursive: true, withFileTypes: true }))
      if (name.isFile()) assert.ok(!readFileSync(join(name.parentPath, name.name)).includes('sesame-open'), name.name);
  });

  it('says of a history that can’t be read that it can’t see, and tells that too', async () => {
    const file = join(folder, '.playhead/metrics.sqlite');
    const kept = readFileSync(file);
    for (const name of readdirSync(join(folder, '.playhead')))
      if (name.startsWith('metrics.sqlite-')) rmSync(join(folder, '.playhead', name));
    writeFileSync(file, 'not a database, but long enough to be looked at as one'.repeat(40));
    await nextMinute();
    const { exitCode, out } = await terminal.run(['alarms', 'evaluate', '--json']);
    assert.equal(exitCode, 1);
    const { alarms } = JSON.parse(out) as Listed;
    assert.deepEqual(
      alarms.map(({ state }) => state),
      ['EVALUATION_ERROR', 'EVALUATION_ERROR'],
    );
    assert.match(alarms[0]?.reason ?? '', /metrics\.sqlite is damaged|metrics file .* damaged/);
    assert.equal(sink.received.at(-1)?.message['NewStateValue'], 'EVALUATION_ERROR');
    writeFileSync(file, kept);
  });

  it('says of a level that can’t be sampled why, and of no other alarm', async () => {
    rmSync(join(folder, '.playhead/log'), { recursive: true });
    await terminal.run(['produce', 'records'], { input: '{"play_id":"d"}' });
    await nextMinute();
    const { out } = await terminal.run(['alarms', 'evaluate', '--json']);
    const listed = JSON.parse(out) as Listed;
    assert.equal(stateOf(listed, 'Plays-Stale'), 'EVALUATION_ERROR');
    assert.equal(stateOf(listed, 'Plays-Failing'), 'OK');
    assert.match(listed.alarms.find(({ name }) => name === 'Plays-Stale')?.reason ?? '', /PH_DELIVERY_GAP/);
  });

  it('fails to rehearse where the sink refuses, with the reason', async () => {
    sink.answer(410);
    const { exitCode, out } = await terminal.run(['alarms', 'rehearse', 'Plays-Failing']);
    assert.equal(exitCode, 1);
    assert.match(out, /✗ plays\.failing +fires, and is not heard: alerts: .*answered 410/);
    assert.match(out, /1 of 1 would not be heard/);
  });
});

describe('a rehearsal', () => {
  it('does not say that anyone hears it where no notifier is bound', async () => {
    const folder = project('errors', () => configText('').replace(/, profiles:[\s\S]*/, ' });'));
    const { exitCode, out } = await openTerminal(folder).run(['alarms', 'rehearse', 'Plays-Stale']);
    assert.equal(exitCode, 0, out);
    assert.match(out, /It can fire, and no person hears of it: notifications\.ndjson/);
    assert.match(out, /bind a notifier/);
    const { rehearsals } = await openTerminal(folder).json<{ rehearsals: { alarm: string; name: string }[] }>([
      'alarms',
      'rehearse',
      'plays.stale',
    ]);
    assert.deepEqual([rehearsals[0]?.alarm, rehearsals[0]?.name], ['plays.stale', 'Plays-Stale']);
    rmSync(folder, { recursive: true });
  });

  it('fails where the profile binds no sink, and says which name it misses', async () => {
    const folder = project('errors', (text) => text.replace('alerts:', 'elsewhere:'));
    const { exitCode, out } = await openTerminal(folder).run(['alarms', 'rehearse']);
    assert.equal(exitCode, 1);
    assert.match(
      out,
      /✗ plays\.failing +fires, and is not heard: alerts: the notifier "alerts" is bound to no backend/,
    );
    rmSync(folder, { recursive: true });
  });

  it('is refused, as every command is, where an alarm’s metric was renamed, with the metrics that there are', async () => {
    const folder = project('failures');
    const { exitCode, err } = await openTerminal(folder).run(['alarms', 'rehearse']);
    assert.equal(exitCode, 2);
    assert.match(
      err,
      /alarms\.failing\.metric: no metric is called "errors"\. There are: plays\.failures, plays\.sent/,
    );
    rmSync(folder, { recursive: true });
  });
});
