import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sideBySide } from '../../src/delivery/side-by-side.ts';
import { killSteps } from '../kill/kill-steps.ts';
import { killRound, type Strikes, strikeName } from '../kill/rounds.ts';
import { seededRound, type Targets } from '../kill/seeded-round.ts';

/** Rounds that strike at steps, and a third of them at drawn moments; PLAYHEAD_SOAK_ROUNDS sets another number. */
const rounds = Number(process.env['PLAYHEAD_SOAK_ROUNDS'] ?? 360);
const firstSeed = 1000;
const signals = ['SIGKILL', 'SIGSTOP'] as const;

/** Runs so many rounds; each failure names its seed. Returns how often was struck where. */
async function soak(count: number, targets: Targets): Promise<Strikes> {
  const strikes: Strikes = new Map();
  const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
  await sideBySide(seeds, 3, (seed) => killRound(`of ${targets}, seed ${seed}`, seededRound(seed, targets), strikes));
  return strikes;
}

it(`delivers and curates each record exactly once over ${rounds} rounds, killed and stopped ten times at every step`, async (test) => {
  const strikes = await soak(rounds, 'steps');
  test.diagnostic(JSON.stringify(Object.fromEntries(strikes)));
  // Fewer rounds than usual are for trying out: they can't promise as much.
  const due = rounds < 360 ? 0 : 10;
  for (const { work, step } of killSteps) {
    for (const signal of signals) {
      const name = strikeName({ signal, work, step });
      const struck = strikes.get(name) ?? 0;
      assert.ok(struck >= due, `${name}: ${struck} times, ${due} due`);
    }
  }
});

it(`delivers and curates each record exactly once over ${rounds / 3} rounds, struck at any moment`, async (test) => {
  const strikes = await soak(rounds / 3, 'moments');
  test.diagnostic(JSON.stringify(Object.fromEntries(strikes)));
  const due = rounds < 360 ? 0 : 10;
  for (const work of ['generate', 'produce', 'deliver', 'curate'] as const) {
    for (const signal of signals) {
      const name = strikeName({ signal, work, step: 'moment' });
      const struck = strikes.get(name) ?? 0;
      assert.ok(struck >= due, `${name}: ${struck} times, ${due} due`);
    }
  }
});
