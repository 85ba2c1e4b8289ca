import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { scaffoldExample } from '../check/chaos/scaffold-example.ts';
import { chaosIn } from '../check/chaos/small-chaos.ts';

/** Rounds, of which a fifth are on ACME, whose data takes longer; PLAYHEAD_SOAK_ROUNDS sets another number. */
const rounds = Number(process.env['PLAYHEAD_SOAK_ROUNDS'] ?? 500);
/** Another one finds other things. */
const seed = Number(process.env['PLAYHEAD_SOAK_SEED'] ?? 22);
const events = 600;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playhead-soak-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function hold(project: string, pipeline: string, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const home = join(folder, pipeline);
  const report = await chaosIn({ project, pipeline, rounds: numbers, folder: home, seed, events });
  const broken = report.rounds.flatMap(({ round, violations }) =>
    violations.map(({ invariant, problem }) => `round ${round}: ${invariant}: ${problem}`),
  );
  assert.equal(broken.join('\n'), '');
}

it('holds through rounds of faults on a scaffolded pipeline', async () => {
  const project = join(folder, 'project');
  await scaffoldExample(project, systemEffects());
  await hold(project, 'plays', rounds - Math.floor(rounds / 5));
});

it('holds through rounds of faults on ACME', () =>
  hold(join(import.meta.dirname, '../..'), 'acme', Math.floor(rounds / 5)));
