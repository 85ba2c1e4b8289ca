import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { scaffoldExample } from '../check/chaos/scaffold-example.ts';
import { chaosIn } from '../check/chaos/small-chaos.ts';
import { soakRounds, soakSeed } from './length.ts';

/** Of which a fifth are on ACME, whose data takes longer. */
const rounds = soakRounds(500);
const onAcme = Math.ceil(rounds / 5);
const seed = soakSeed(22);
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
  await hold(project, 'plays', Math.max(1, rounds - onAcme));
});

it('holds through rounds of faults on ACME', () => hold(join(import.meta.dirname, '../..'), 'acme', onAcme));
