import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { workerRound } from '../kill/worker-rounds.ts';
import { soakSeeds } from './length.ts';

const seeds = soakSeeds(200, 1000);

it(`loses and doubles nothing over ${seeds.length} rounds of workers that share an embedded delivery`, async () => {
  for (const seed of seeds) {
    const home = await mkdtemp(join(tmpdir(), 'playhead-workers-'));
    await workerRound(seed, { home });
    await rm(home, { recursive: true });
  }
});
