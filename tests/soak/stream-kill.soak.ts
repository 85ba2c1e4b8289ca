import { it } from 'node:test';
import { killWriters } from '../stream/kill-writers.ts';

/** Rounds; PLAYHEAD_SOAK_ROUNDS sets another number. */
const rounds = Number(process.env['PLAYHEAD_SOAK_ROUNDS'] ?? 60);
const firstSeed = 1000;

it(`loses and doubles nothing in a log over ${rounds} rounds, its writers killed at every step`, async () => {
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) await killWriters(seed);
});
