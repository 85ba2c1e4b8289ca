import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sideBySide } from '../../src/delivery/side-by-side.ts';
import { killSteps } from './kill-steps.ts';
import { killRound, type Strikes, strikeName } from './rounds.ts';
import { seededRound } from './seeded-round.ts';
import { works } from './small-home.ts';

const signals = ['SIGKILL', 'SIGSTOP'] as const;

/** From here on, deliveries and curations are overtaken at each step, also just before each conditional write. */
const firstSeed = 18;

it('delivers and curates each record exactly once, whichever process is killed or overtaken at whichever step', async () => {
  const strikes: Strikes = new Map();
  const seeds = Array.from({ length: 20 }, (_, i) => firstSeed + i);
  await sideBySide(seeds, 3, (seed) => killRound(`of seed ${seed}`, seededRound(seed, 'steps'), strikes));
  const missed = killSteps.filter(({ work, step }) =>
    signals.every((signal) => !strikes.has(strikeName({ signal, work, step }))),
  );
  assert.deepEqual(missed, [], 'each step is struck');
  for (const work of works.filter((each) => each !== 'trim')) {
    for (const signal of signals)
      assert.ok(
        [...strikes.keys()].some((name) => name.startsWith(signal) && name.endsWith(work)),
        `${signal} ${work}`,
      );
  }
});
