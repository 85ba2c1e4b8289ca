import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runStruck, type StruckChild } from '../../src/check/chaos/struck-child.ts';
import { openTerminal } from './terminal.ts';

const configText = `
  import { defineConfig, definePipeline, defineRecord, delivery, field, json, seconds, stream, table } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string() } });
  const plays = definePipeline('plays', {
    streams: { records: stream({ topic: 'plays', record: play, partitions: 1 }) },
    tables: { landing: table({ database: 'plays', name: 'landing', record: play, location: 'plays/', format: 'json' }) },
    deliveries: {
      deliver: delivery({ from: 'records', table: 'landing', prefix: 'plays/', format: json(), buffer: { interval: seconds(1) } }),
    },
  });
  export const config = defineConfig({ pipelines: [plays] });
`;
const source = join(import.meta.dirname, '../../src/cli');

describe('a delivery beside one that another process does', () => {
  let folder: string;
  let live: StruckChild;
  const processes: ChildProcess[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-beside-'));
    writeFileSync(join(folder, 'playhead.config.ts'), configText);
    await openTerminal(folder).run(['produce', 'records'], { input: '{"play_id":"a"}\n' });
    // Stands still with the lease in its hands.
    live = await runStruck(
      { script: join(source, 'struck-main.ts'), arguments: ['deliver'], workingDirectory: folder, env: process.env },
      { home: join(folder, '.playhead'), strike: { step: 'delivery.planning', nth: 1, signal: 'SIGSTOP' } },
    );
    assert.equal(live.struckAt, 'delivery.planning');
  });
  after(async () => {
    for (const child of processes) child.kill('SIGKILL');
    process.kill(holder(), 'SIGINT');
    await live.finish();
    rmSync(folder, { recursive: true });
  });

  /** The process that the lease names. */
  const holder = (): number =>
    JSON.parse(readFileSync(join(folder, '.playhead/lake/_playhead/leases/plays.deliver.l0.json'), 'utf8')).holder.pid;

  /** What a second process says first; it is interrupted then. */
  async function saidFirst(...flags: readonly string[]): Promise<{ said: string; exitCode: number | null }> {
    const words = ['--disable-warning=ExperimentalWarning', join(source, 'main.ts'), 'deliver', '--drain', ...flags];
    const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    processes.push(child);
    const ended = once(child, 'close');
    const [said] = await Promise.race([once(child.stderr, 'data'), ended.then(() => ['ended without a word'])]);
    child.kill('SIGINT');
    const [exitCode] = await ended;
    return { said: String(said), exitCode: exitCode as number | null }; // of ChildProcess' `close`
  }

  const waits = (pid: number): string =>
    `waiting for delivery plays.deliver (process ${pid}), which delivers plays.deliver now: stop that process, or leave the work to it and end this call`;

  it('says at once who holds it and what to do, and goes when it is told to', async () => {
    const { said, exitCode } = await saidFirst();
    assert.equal(said, `! ${waits(holder())}\n`);
    assert.equal(exitCode, 130);
  });

  it('says so where it answers with JSON, too', async () => {
    const { said, exitCode } = await saidFirst('--json');
    assert.deepEqual(JSON.parse(said), { warning: { message: waits(holder()) } });
    assert.equal(exitCode, 130);
  });
});
