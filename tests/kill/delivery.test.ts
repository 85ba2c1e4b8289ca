import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sideBySide } from '../../src/delivery/side-by-side.ts';
import { killRound, type Strikes } from './rounds.ts';

it('delivers and curates each record exactly once, whichever process is killed or overtaken at whichever step', async () => {
  const strikes: Strikes = new Map();
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  await sideBySide(seeds, 3, (seed) => killRound(seed, strikes));
  const struck = [...strikes.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(struck >= 36, `only ${struck} of 40 strikes found their step`);
});
