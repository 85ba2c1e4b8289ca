import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sideBySide } from '../../src/delivery/side-by-side.ts';
import { killRound, killSteps, type Strikes, strikeName } from '../kill/rounds.ts';

/** Rounds; PLAYHEAD_SOAK_ROUNDS sets another number. */
const rounds = Number(process.env['PLAYHEAD_SOAK_ROUNDS'] ?? 360);
const firstSeed = 1000;

it(`delivers and curates each record exactly once over ${rounds} rounds, killed and stopped ten times at every step`, async () => {
  const strikes: Strikes = new Map();
  const seeds = Array.from({ length: rounds }, (_, i) => firstSeed + i);
  await sideBySide(seeds, 3, (seed) => killRound(seed, strikes));
  // Fewer rounds than usual are for trying out: they can't promise as much.
  const due = Math.min(10, Math.floor(rounds / killSteps.length / 2) - 1);
  for (const { work, step } of killSteps) {
    for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
      const name = strikeName(signal, work, step);
      const struck = strikes.get(name) ?? 0;
      assert.ok(struck >= due, `${name}: ${struck} times, ${due} due`);
    }
  }
});

it(`delivers and curates each record exactly once over ${rounds} rounds, struck at any moment`, async () => {
  const strikes: Strikes = new Map();
  const seeds = Array.from({ length: rounds }, (_, i) => firstSeed + i);
  await sideBySide(seeds, 3, (seed) => killRound(seed, strikes, 'moments'));
  const struck = [...strikes.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(struck >= rounds / 2, `${struck} strikes found a process at work`);
});
