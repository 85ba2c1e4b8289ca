import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { newFolder, valuesIn } from './open-gateway.ts';

it('loses nothing that it acknowledged when it is killed at once after', async (test) => {
  const folder = newFolder();
  test.after(folder.remove);
  const program = join(import.meta.dirname, 'child/gateway-to-kill.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  test.after(() => child.kill('SIGKILL'));
  const early = once(child, 'exit').then(() => ['']);
  const [said] = await Promise.race([once(child.stdout, 'data'), early]);
  const [url, token] = String(said).trim().split(' ');
  const acknowledged: string[] = [];
  const dead = once(child, 'exit');
  const sending = Array.from({ length: 8 }, async (_, sender) => {
    for (let n = 0; ; n += 1) {
      const records = [0, 1, 2].map((i) => ({ play_id: `${sender}-${n}-${i}`, seconds: n }));
      const answer = await fetch(`${url}/v1/streams/p.plays/records`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': `${sender}-${n}`,
        },
        body: JSON.stringify(records),
      });
      assert.equal(answer.status, 200);
      // Its status is on its way once everything is in the stream: what follows is not waited for.
      acknowledged.push(...records.map((record) => JSON.stringify(record)));
      if (acknowledged.length > 100) child.kill('SIGKILL');
    }
  });
  // Each ends by the connection that breaks.
  await Promise.allSettled(sending);
  assert.equal((await dead)[1], 'SIGKILL');
  const log = await openEmbeddedStream(join(folder.path, 'log'), systemEffects());
  test.after(() => log.close());
  const logged = await valuesIn(log, 'plays');
  const kept = new Set(logged);
  assert.ok(acknowledged.length > 100);
  assert.deepEqual(
    acknowledged.filter((value) => !kept.has(value)),
    [],
  );
  assert.equal(kept.size, logged.length, 'and nothing is there twice');
});
