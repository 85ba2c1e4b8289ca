import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isAlive } from '../../services/process-identity.ts';
import { readState } from '../../services/stack.ts';

const main = resolve(import.meta.dirname, '../../services/main.ts');
const playhead = resolve(import.meta.dirname, '../../src/cli/main.ts');

describe('npm run services', { timeout: 900_000 }, () => {
  const folders: string[] = [];
  let stack: string;
  let home: string;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'playhead-command-'));
    folders.push(folder);
    stack = join(folder, 'run');
    home = join(folder, 'home');
  });
  after(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  function start(...words: readonly string[]): ChildProcess {
    return spawn(process.execPath, [main, ...words], {
      env: { ...process.env, PLAYHEAD_SERVICES_RUN: stack, PLAYHEAD_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function run(...words: readonly string[]): Promise<{ code: number; said: string }> {
    const child = start(...words);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (said += bytes));
    const [code] = await once(child, 'close');
    return { code, said };
  }

  it('starts servers that stay, offers them to the home as a profile without secrets, and takes all of it back', async () => {
    const up = await run('up', 's3');
    assert.equal(up.code, 0, up.said);
    const state = await readState({ folder: stack }, 's3');
    assert.ok(state?.server && isAlive(state.server));
    const text = await readFile(join(home, 'profiles', 'services.json'), 'utf8');
    assert.equal(JSON.parse(text).lake.endpoint, state.settings['endpoint']);
    const secret = await readFile(state.settings['credentials'] ?? '', 'utf8');
    for (const value of secret.match(/(?<= = ).+/g) ?? []) assert.ok(!text.includes(value) && !up.said.includes(value));

    assert.match((await run('status')).said, /^s3 \S+ {2}ready$/m);
    assert.match((await run('down')).said, /^stopped: s3$/m);
    assert.ok(!isAlive(state.server) && !isAlive(state.keeper));
    assert.ok(!existsSync(stack) && !existsSync(home));
    assert.match((await run('down')).said, /^nothing ran$/m);
  });

  it('keeps what else is in the home', async () => {
    const notes = join(home, 'notes');
    const { code } = await run('up', 's3', '--home', notes);
    assert.equal(code, 0);
    await run('up', 's3');
    assert.deepEqual((await readdir(home)).sort(), ['notes', 'profiles']);
    await run('down');
    assert.ok(!existsSync(home));
  });

  it('leaves nothing when it is killed while servers start', async () => {
    const up = start('up', 's3');
    assert.ok(up.stdout);
    await once(up.stdout, 'data');
    up.kill('SIGKILL');
    await once(up, 'exit');
    // The keeper notices, ends what it had begun and goes; the test's own deadline is the limit.
    while ((await readdir(stack)).length > 0) await turn();
  });

  it('finds a server that died, alone or with its keeper, fails what runs on it, and starts it again', async () => {
    await run('up', 's3');
    const profile = await readFile(join(home, 'profiles', 'services.json'), 'utf8');
    for (const victim of ['server', 'keeper'] as const) {
      const state = await readState({ folder: stack }, 's3');
      const killed = state?.[victim];
      assert.ok(state && killed);
      process.kill(killed.pid, 'SIGKILL');
      while (isAlive(state.keeper)) await turn();
      const { code, said } = await run('status');
      assert.equal(code, 1);
      assert.match(
        said,
        victim === 'server' ? /failed\n[\s\S]*it ended by itself, with SIGKILL: \S+log\n/ : /its keeper was killed\n/,
      );
      assert.match(said, /start it again: .*npm run services -- up s3 --home \S+home$/m);
      assert.ok(said.split('\n').length < 15, said);
      if (victim === 'server') assert.equal(await readFile(join(home, 'profiles', 'services.json'), 'utf8'), profile);
      const doctor = spawn(process.execPath, [playhead, '--home', home, '--profile', 'services', 'query', 'SELECT 1'], {
        cwd: stack,
      });
      let complaint = '';
      doctor.stderr.on('data', (bytes: Buffer) => (complaint += bytes));
      const [failed] = await once(doctor, 'close');
      assert.equal(failed, 5, complaint);
      assert.match(
        complaint,
        /nothing listens at 127\.0\.0\.1:\d+[\s\S]*→ Start it again: .*npm run services -- up s3/,
      );
      assert.equal((await run('up', 's3')).code, 0);
    }
    await run('down');
    assert.ok(!existsSync(stack) && !existsSync(join(home, 'profiles')));
  });

  it('goes on to its end when nobody reads what it says', async () => {
    const up = start('up', 's3');
    up.stdout?.destroy();
    let complaint = '';
    up.stderr?.on('data', (bytes: Buffer) => (complaint += bytes));
    const [code] = await once(up, 'close');
    assert.deepEqual([code, complaint], [0, '']);
    assert.equal((await run('down')).code, 0);
  });

  it('refuses what it does not know, with the names that there are', async () => {
    for (const command of ['up', 'down']) {
      const { code, said } = await run(command, 's4');
      assert.equal(code, 2);
      assert.match(said, /no service is called s4[\s\S]*NAME: kafka \(.+\), s3 \(.+\)/);
    }
    assert.equal((await run('status', 's3')).code, 2);
  });
});
