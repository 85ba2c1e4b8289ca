import { it } from 'node:test';
import { killWriters } from '../stream/kill-writers.ts';
import { soakRounds, soakSeed } from './length.ts';

const rounds = soakRounds(60);
const firstSeed = soakSeed(1000);

it(`loses and doubles nothing in a log over ${rounds} rounds, its writers killed at every step`, async () => {
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) await killWriters(seed);
});
