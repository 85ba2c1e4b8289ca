import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sideBySide } from '../../src/delivery/side-by-side.ts';
import { killRound, killSteps, type Strikes } from '../kill/rounds.ts';

/** Rounds; PLAYHEAD_SOAK_ROUNDS sets another number. */
const rounds = Number(process.env['PLAYHEAD_SOAK_ROUNDS'] ?? 240);
const firstSeed = 1000;

it(`delivers each record exactly once over ${rounds} rounds, every step struck ten times and more`, async () => {
  const strikes: Strikes = new Map();
  const seeds = Array.from({ length: rounds }, (_, i) => firstSeed + i);
  await sideBySide(seeds, 3, (seed) => killRound(seed, strikes));
  for (const { step } of killSteps) {
    const struck = [...strikes]
      .filter(([name]) => name.endsWith(` at ${step}`))
      .reduce((sum, [, count]) => sum + count, 0);
    assert.ok(struck >= 10, `${step} was struck ${struck} times`);
  }
});

it(`delivers each record exactly once over ${rounds} rounds, struck at any moment`, async () => {
  const strikes: Strikes = new Map();
  const seeds = Array.from({ length: rounds }, (_, i) => firstSeed + i);
  await sideBySide(seeds, 3, (seed) => killRound(seed, strikes, 'moments'));
  const struck = [...strikes.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(struck >= rounds / 2, `${struck} strikes found a process at work`);
});
