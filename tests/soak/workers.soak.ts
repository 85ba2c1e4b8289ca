import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { workerRound } from '../kill/worker-rounds.ts';
import { sharedServers } from '../services/shared-delivery.ts';

/** Rounds; PLAYHEAD_SOAK_ROUNDS sets another number. */
const rounds = Number(process.env['PLAYHEAD_SOAK_ROUNDS'] ?? 200);
const firstSeed = 1000;

it(`loses and doubles nothing over ${rounds} rounds of workers that share an embedded delivery`, async () => {
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) {
    const home = await mkdtemp(join(tmpdir(), 'playhead-workers-'));
    await workerRound(seed, { home });
    await rm(home, { recursive: true });
  }
});

it(`loses and doubles nothing over ${rounds} rounds of workers, a broker and a store that are killed`, async () => {
  const servers = await sharedServers();
  try {
    for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) await servers.round(seed);
  } finally {
    await servers.stop();
  }
});
