import { it } from 'node:test';
import { sharedServers } from '../services/shared-delivery.ts';
import { soakSeeds } from './length.ts';

const seeds = soakSeeds(200, 1000);

it(`loses and doubles nothing over ${seeds.length} rounds of workers, a broker and a store that are killed`, async () => {
  const servers = await sharedServers();
  try {
    for (const seed of seeds) await servers.round(seed);
  } finally {
    await servers.stop();
  }
});
