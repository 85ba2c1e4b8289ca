import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { openTerminal, type Terminal } from './terminal.ts';

const configText = `
  import { defineConfig, definePipeline, defineRecord, field, stream } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string() } });
  const plays = definePipeline('plays', { streams: { records: stream({ topic: 'plays', record: play, partitions: 2 }) } });
  export const config = defineConfig({ pipelines: [plays] });
`;

describe('produce', () => {
  let folder: string;
  let terminal: Terminal;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-produce-'));
    writeFileSync(join(folder, 'playhead.config.ts'), configText);
    terminal = openTerminal(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('fails where a named source sends other content than before, and says what to do', async () => {
    const words = ['produce', 'records', '--source', 'file'];
    await terminal.run(words, { input: '{"play_id":"a"}\n{"play_id":"b"}\n' });
    const { exitCode, out, err } = await terminal.run(words, { input: '{"play_id":"a"}\n{"play_id":"c"}\n' });
    assert.equal(exitCode, 1);
    assert.match(err, /line 2: the log has another record as line 2 of the source file \(not logged\)/);
    assert.match(out, /2 lines: 0 logged, 1 there before, 1 in conflict with what is there/);
    assert.match(out, /another --source/);
  });

  it('ends at a signal though its input neither brings more nor ends, and says what is in the log', async () => {
    const line = Buffer.from('{"play_id":"a"}\n');
    const wantsMore = Promise.withResolvers<void>();
    let isSent = false;
    const input = new Readable({
      highWaterMark: 1,
      read() {
        if (isSent) return wantsMore.resolve();
        isSent = true;
        this.push(line);
      },
    });
    const interrupt = new AbortController();
    const running = terminal.run(['produce', 'records', '--json'], { input, signal: interrupt.signal });
    await wantsMore.promise;
    interrupt.abort();
    const { exitCode, err } = await running;
    assert.deepEqual([exitCode, input.destroyed], [130, true]);
    const { code, details } = JSON.parse(err).error;
    assert.deepEqual([code, details.acknowledgedThrough], ['PH_INTERRUPTED', 1]);
  });

  it('refuses a folder for a file', async () => {
    mkdirSync(join(folder, 'input'));
    const { exitCode, err } = await terminal.run(['produce', 'records', '--file', 'input']);
    assert.equal(exitCode, 2);
    assert.match(err, /--file input is a folder/);
  });
});
