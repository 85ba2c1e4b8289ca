import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acme } from '../pipelines/acme/index.ts';
import { systemEffects } from '../src/base/effects.ts';
import { pathFigures } from '../src/check/path-figures.ts';
import { accountOf, addsUp } from '../src/ledger/account.ts';
import { applyDefinitions } from '../src/pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../src/pipeline/definition.ts';
import { openEngine } from '../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../src/pipeline/engine/profile.ts';
import { engineRunner } from '../src/pipeline/run/handlers.ts';
import type { Figure } from './figure.ts';

/** Four hours in the evening: some 600,000 events, without a fault. */
const range = { from: '2025-08-11T18:00:00.000Z', to: '2025-08-11T22:00:00.000Z' };
const rounds = 3;

/** What one run took: seconds by the clock, and of CPU on all threads. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * What it costs to check every record and to account for it: delivery and curation with all of ACME's checks, then its
 * ledger, against delivery and curation without checks and without a ledger. The same log for both; rounds in turn.
 */
export async function benchChecks(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-bench-checks-'));
  try {
    const log = join(folder, 'log');
    await inHome(acme, log, async (step) => {
      for (const address of ['acme.make-customers', 'acme.make-titles']) await step(address, 'source');
      await step('acme.viewers', 'source', range);
    });
    const costs: Record<'checked' | 'unchecked', Cost[]> = { checked: [], unchecked: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const variant of round % 2 === 0
        ? (['checked', 'unchecked'] as const)
        : (['unchecked', 'checked'] as const)) {
        const home = join(folder, variant);
        await cp(log, home, { recursive: true });
        costs[variant].push(await costOfRun(home, variant === 'checked'));
        await rm(home, { recursive: true });
      }
    }
    const ratio = (of: keyof Cost): number =>
      median(costs.checked.map((cost) => cost[of])) / median(costs.unchecked.map((cost) => cost[of]));
    return [
      {
        name: 'with checks and ledger',
        value: median(costs.checked.map(({ wall }) => wall)),
        unit: 's',
        better: 'lower',
      },
      { name: 'without', value: median(costs.unchecked.map(({ wall }) => wall)), unit: 's', better: 'lower' },
      { name: 'with against without, CPU time', value: ratio('cpu'), unit: '×', better: 'lower' },
      { name: 'with against without', value: ratio('wall'), unit: '×', better: 'lower', target: 1.15 },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const { curate } = acme.jobs;
const unchecked = {
  ...acme,
  jobs: { ...acme.jobs, ...(curate === undefined ? {} : { curate: { ...curate, checks: [] } }) },
};

type Step = (address: string, kind: 'source' | 'delivery' | 'job', args?: Record<string, string>) => Promise<void>;

async function inHome<T>(
  pipeline: PipelineDefinition,
  home: string,
  work: (step: Step, engine: ReturnType<typeof openEngine>) => Promise<T>,
): Promise<T> {
  const engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, systemEffects());
  try {
    await applyDefinitions(engine);
    const run = await engineRunner(engine);
    const { signal } = new AbortController();
    const step: Step = async (address, kind, args = {}) => {
      await run({ address, kind, trigger: 'bench', arguments: args }, signal);
    };
    return await work(step, engine);
  } finally {
    await engine.close();
  }
}

async function costOfRun(home: string, isChecked: boolean): Promise<Cost> {
  return inHome(isChecked ? acme : unchecked, home, async (step, engine) => {
    const [begin, cpuBefore] = [performance.now(), process.cpuUsage()];
    await step('acme.firehose', 'delivery');
    await step('acme.curate', 'job');
    if (isChecked) {
      const accounts = (await pathFigures(engine, acme)).map(accountOf);
      if (accounts.length === 0 || !accounts.every(addsUp)) throw new Error('the account does not add up');
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wall: (performance.now() - begin) / 1000, cpu: (user + system) / 1e6 };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
