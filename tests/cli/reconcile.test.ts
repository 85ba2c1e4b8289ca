import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Reconciliation } from '../../src/check/reconcile/settings.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const pipelineText = `
  import { defineConfig, defineRecord, definePipeline, delivery, field, json, stream, table } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string(), played_at: field.timestamp(), seconds: field.int() } });
  export const config = defineConfig({ pipelines: [definePipeline('plays', {
    streams: { records: stream({ topic: 'played', record: play, key: 'play_id', partitions: 2 }) },
    tables: { landing: table({ database: 'plays', name: 'landing', record: play, location: 'plays/', format: 'json', partitions: { hour: 'int' } }) },
    deliveries: { deliver: delivery({ from: 'records', table: 'landing', format: json({ compression: 'snappy' }), prefix: 'plays/hour=!{timestamp:HH}/' }) },
  })] });
`;
const play = (n: number): string => `{"play_id":"p${n}","played_at":"2025-08-11T11:0${n}:00Z","seconds":${n}}`;

describe('reconcile on the command line', () => {
  let folder: string;
  let terminal: Terminal;
  const own = ['reconcile', '--stream', 'records', '--lake', 'plays/', '--key', 'play_id'];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-reconcile-'));
    writeFileSync(join(folder, 'playhead.config.ts'), pipelineText);
    terminal = openTerminal(folder);
    await terminal.run(['produce', 'records'], { input: [1, 2, 3].map(play).join('\n') });
    await terminal.run(['deliver', '--drain']);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('finds a delivered stream whole, by its address and by its topic', async () => {
    for (const name of ['plays.records', 'records', 'played', 'topic:played']) {
      const { exitCode, out } = await terminal.run(own.with(2, name));
      assert.equal(exitCode, 0);
      assert.match(out, /whole +3 .*\n.*missing +0[\s\S]*once and as it was sent/);
    }
  });

  it('names what the lake does not have, or has otherwise, and exits with 4', async () => {
    await terminal.run(['produce', 'records'], { input: play(4) });
    const hour = join(folder, '.playhead/lake/plays/hour=12');
    writeFileSync(
      join(hour, 'later.json'),
      `${play(2).replace('11:02:00Z', '13:02:00+02:00')}\n${play(3).replace(':3}', ':33}')}\n`,
    );
    const { exitCode, out } = await terminal.run(own);
    assert.equal(exitCode, 4);
    assert.match(out, /2025-08-11 12 +4 +5 +1 +1 +1 +0\n/);
    assert.match(out, /missing\n {4}p4 {2}stream played\/[01]:\d\n/);
    assert.match(out, /altered, in seconds \(1\)\n {4}p3 .*later\.json:2\n {6}seconds: 3 → 33\n/);
    const found: Reconciliation & { agrees: boolean } = JSON.parse((await terminal.run([...own, '--json'])).out);
    assert.deepEqual([found.agrees, found.samples.length, found.objects], [false, 3, readdirSync(hour).length]);
    const ignoring = await terminal.run([
      ...own,
      '--ignore',
      'seconds',
      '--time',
      'played_at',
      '--to',
      '2025-08-11T11:02',
    ]);
    assert.match(ignoring.out, /1 records in the stream, 1 in the lake/);
    rmSync(join(hour, 'later.json'));
  });

  it('does not call missing what the delivery could not parse and keeps under its error prefix', async () => {
    await terminal.run(['produce', 'records', '--source', 'broken'], { input: 'no record\n' });
    const before = await terminal.run(own);
    assert.deepEqual([before.exitCode, /missing +2/.test(before.out)], [4, true], 'while it waits, it is');
    await terminal.run(['deliver', '--drain']);
    const { exitCode, out } = await terminal.run(own);
    assert.match(out, /missing +0/);
    assert.match(out, /! 1 record of the topic could not be parsed: set aside by the delivery/);
    assert.equal(exitCode, 0);
    const elsewhere = await terminal.run(own.with(4, './.playhead/lake/plays'));
    assert.match(elsewhere.out, /missing +1/, 'a folder is nobody’s lake');
  });

  it('takes files and a folder that are nobody’s pipeline', async () => {
    writeFileSync(join(folder, 'sent.ndjson'), [1, 2].map(play).join('\n'));
    const lake = './.playhead/lake/plays';
    const words = ['reconcile', '--stream', 'sent.ndjson', '--lake', lake, '--key', 'play_id', '--samples', '1'];
    const { exitCode, out } = await terminal.run(words);
    assert.equal(exitCode, 4);
    assert.match(out, /extra\n {4}p[34] {2}lake hour=12\//);
  });

  it('refuses what it cannot compare', async () => {
    const refusals: [readonly string[], RegExp][] = [
      [['reconcile', '--stream', 'records'], /--stream, --lake and --key/],
      [own.with(2, 'plays.record'), /neither a stream, nor a topic, nor a file\n.*Did you mean "plays\.records"/],
      [own.with(2, 'topic:records'), /log has no topic records/],
      [own.with(4, 's3://elsewhere/plays/'), /which region it is in\n.*AWS_REGION/],
      [own.with(4, 'play/'), /no object under play\/\n.*Did you mean "plays\/"/],
      [own.with(6, 'playd_id'), /no record of the stream has the key playd_id\n.*Did you mean "play_id"/],
      [[...own, '--by', 'day'], /told by hour/],
      [[...own, '--time', 'played_at:hours'], /seconds, milliseconds or microseconds/],
      [own.with(2, './nowhere'), /no such file or folder/],
    ];
    for (const [words, message] of refusals) {
      const { exitCode, err } = await terminal.run(words);
      assert.ok(exitCode === 2 || exitCode === 4, words.join(' '));
      assert.match(err, message);
    }
  });
});
