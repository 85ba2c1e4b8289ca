import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { serviceNames } from '../../services/catalogue.ts';
import { installed } from '../../services/install.ts';
import { isAlive } from '../../services/process-identity.ts';
import { reap } from '../../services/remove.ts';
import { readState, type ServerState, type Stack } from '../../services/stack.ts';
import { startServers, stopServers } from '../../services/up.ts';

describe('servers for development', { timeout: 900_000 }, () => {
  let stack: Stack;

  before(async () => {
    stack = { folder: await mkdtemp(join(tmpdir(), 'playhead-stack-')) };
  });

  after(async () => {
    await stopServers(stack, serviceNames);
    await rm(stack.folder, { recursive: true });
  });

  it('answer when they are said to, and leave nothing when they are stopped', async () => {
    const held = await startServers(stack, ['s3'], () => {});
    const [state] = held.servers;
    assert.equal((await fetch(`${state?.settings['endpoint']}/health`)).ok, true);
    await held.stop();
    await leavesNothing(stack, state);
  });

  it('are started once, however many ask', async () => {
    const [first, second] = await Promise.all([
      startServers(stack, ['s3'], () => {}),
      startServers(stack, ['s3'], () => {}),
    ]);
    assert.deepEqual(first.servers, second.servers);
    await Promise.all([first.stop(), second.stop()]);
    await leavesNothing(stack, first.servers[0]);
  });

  it('end with whoever held them, also after kill -9', async () => {
    const holder = await hold(stack, 's3');
    const state = await readState(stack, 's3');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await leavesNothing(stack, state);
  });

  it('end with their keeper, also after kill -9, and what it left is found and removed', async () => {
    const held = await startServers(stack, ['s3'], () => {});
    const [state] = held.servers;
    assert.ok(state);
    process.kill(state.keeper.pid, 'SIGKILL');
    while (isAlive(state.keeper)) await turn();
    assert.deepEqual(await reap(stack, serviceNames), ['s3']);
    await leavesNothing(stack, state);
  });

  it('say what the machine lacks or has too old of, all at once, before anything starts', async () => {
    const oldest = { major: 9999, ask: ['--print', 'process.versions.node'] };
    const service = {
      version: '1',
      needs: { 'no-such-tool': { install: 'it from its makers' }, node: { install: 'one from the future', oldest } },
      pins: [],
    };
    const nothing = async (): Promise<never> => Promise.reject(new Error('never called'));
    await assert.rejects(
      installed('made-up', { ...service, install: nothing }, () => {}),
      /made-up needs .*:\n {2}no-such-tool is not on the path. Install it from its makers\n {2}node is too old: \d+.*\. Install one/,
    );
  });

  it('are fetched again where an installation was damaged', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'playhead-cache-'));
    const before = process.env['PLAYHEAD_SERVICES_CACHE'];
    process.env['PLAYHEAD_SERVICES_CACHE'] = cache;
    let installations = 0;
    const service = {
      version: '1',
      needs: {},
      pins: [],
      install: async (folder: string) => {
        installations++;
        await writeFile(join(folder, 'program'), 'whole');
      },
    };
    try {
      const folder = await installed('made-up', service, () => {});
      await installed('made-up', service, () => {});
      assert.equal(installations, 1);
      await writeFile(join(folder, 'program'), 'cut');
      await installed('made-up', service, () => {});
      assert.equal(installations, 2);
    } finally {
      if (before === undefined) delete process.env['PLAYHEAD_SERVICES_CACHE'];
      else process.env['PLAYHEAD_SERVICES_CACHE'] = before;
      await rm(cache, { recursive: true });
    }
  });
});

async function hold(stack: Stack, ...names: readonly string[]): Promise<ChildProcess> {
  const child = join(import.meta.dirname, 'child', 'hold.ts');
  const holder = spawn(process.execPath, [child, stack.folder, ...names], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
  assert.equal(String(said), 'ready\n');
  return holder;
}

/** Waits for the end of both processes; the test's own deadline is the limit. */
async function leavesNothing(stack: Stack, state: ServerState | undefined): Promise<void> {
  assert.ok(state?.server);
  while (isAlive(state.keeper) || isAlive(state.server)) await turn();
  assert.deepEqual(await readdir(stack.folder), []);
}
