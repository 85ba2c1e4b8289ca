import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { minutes } from '../../../src/base/units.ts';
import { type StorageFaultKind, storageFaults } from '../../../src/check/chaos/fault-plan.ts';
import { namedSteps } from '../../../src/check/chaos/named-steps.ts';
import type { ActOutcome, ChaosReport } from '../../../src/check/chaos/report.ts';
import type { Fault } from '../../../src/check/chaos/round-plan.ts';
import { scaffoldExample } from './scaffold-example.ts';
import { chaosIn } from './small-chaos.ts';

const small = join(import.meta.dirname, 'small');
/** Between them, they strike at each step and meet each kind of fault: what is left out meets some of it a second time. */
const numbers = { small: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16], plays: [11, 18, 20] };
const kindsOfFault: readonly Fault['kind'][] = ['strike', 'moment', 'storage', 'clock', 'twins', 'damage'];

describe('rounds of faults', () => {
  let folder: string;
  const struck: ActOutcome[] = [];
  const kinds: Fault['kind'][] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-chaos-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function run(project: string, pipeline: string, rounds: readonly number[]): Promise<ChaosReport> {
    const report = await chaosIn({ project, pipeline, rounds, folder: join(folder, pipeline) });
    kinds.push(...report.rounds.flatMap(({ acts }) => acts.map(({ fault }) => fault.kind)));
    struck.push(...report.rounds.flatMap(({ acts }) => acts.filter(({ struckAt }) => struckAt !== undefined)));
    return report;
  }

  function held({ rounds: all, failed }: ChaosReport): void {
    const broken = all.flatMap(({ round, violations }) =>
      violations.map(({ invariant, problem }) => `round ${round}: ${invariant}: ${problem}`),
    );
    assert.equal(broken.join('\n'), '');
    assert.equal(failed, 0);
  }

  // A machine that has much else to do needs its time for it.
  it('leave each record of a simulated pipeline in its place', { timeout: minutes(5) }, async () =>
    held(await run(small, 'small', numbers.small)),
  );

  it('leave each record of a scaffolded pipeline in its place', async () => {
    const project = join(folder, 'project');
    await scaffoldExample(project, systemEffects());
    held(await run(project, 'plays', numbers.plays));
  });

  it('strike at each named step, and meet each kind of fault and each of the storage', () => {
    const missed: string[] = [];
    for (const [work, steps] of Object.entries(namedSteps))
      for (const { step } of steps)
        if (!struck.some((act) => act.work === work && act.fault.kind === 'strike' && act.fault.step === step))
          missed.push(`${work} at ${step}`);
    const met = new Set(struck.flatMap(({ fault }) => (fault.kind === 'storage' ? [fault.storage] : [])));
    for (const kind of Object.keys(storageFaults) as StorageFaultKind[])
      if (!met.has(kind)) missed.push(`storage ${kind}`);
    for (const kind of kindsOfFault) if (!kinds.includes(kind)) missed.push(kind);
    assert.deepEqual(missed, []);
  });
});
