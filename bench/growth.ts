import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acme } from '../pipelines/acme/index.ts';
import { systemEffects } from '../src/base/effects.ts';
import { applyDefinitions } from '../src/pipeline/apply/apply.ts';
import { openEngine } from '../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../src/pipeline/engine/profile.ts';
import { type EngineRunner, engineRunner } from '../src/pipeline/run/handlers.ts';
import type { Figure } from './figure.ts';

const firstDayMs = Date.UTC(2025, 7, 11);
const dayMs = 86_400_000;

/** The steps of a day, each with its CPU time (of all threads), µs. */
interface DayCost {
  readonly events: number;
  readonly simulate: number;
  readonly deliver: number;
  readonly curate: number;
}

const steps = ['simulate', 'deliver', 'curate'] as const;

/**
 * Simulated days through the whole pipeline, one after the other in one home: what the last costs an event, against the
 * first, step by step. Flat means that nothing grows with what is there already. `PLAYHEAD_BENCH_DAYS=5` makes it 10^7
 * events, 45 makes it 10^8.
 */
export async function benchGrowth(
  days = Number(process.env['PLAYHEAD_BENCH_DAYS'] ?? '4'),
): Promise<readonly Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'playhead-bench-growth-'));
  const effects = systemEffects();
  const engine = openEngine({ pipelines: [acme], profile: embeddedProfile, home }, effects);
  try {
    await applyDefinitions(engine);
    const run = await engineRunner(engine);
    for (const address of ['acme.make-customers', 'acme.make-titles']) await runSource(run, address);
    const costs: DayCost[] = [];
    for (let day = 0; day < days; day += 1) costs.push(await throughPipeline(run, firstDayMs + day * dayMs));
    const [first, last] = [costs[0], costs.at(-1)];
    if (first === undefined || last === undefined) return [];
    const whole = (of: DayCost): number => steps.reduce((sum, step) => sum + of[step], 0) / of.events;
    const ratio = whole(last) / whole(first);
    return [
      { name: 'events', value: costs.reduce((sum, { events }) => sum + events, 0), unit: '', better: 'higher' },
      { name: 'CPU an event, first day', value: whole(first), unit: 'µs', better: 'lower' },
      { name: 'CPU an event, last day', value: whole(last), unit: 'µs', better: 'lower' },
      ...steps.flatMap((step): Figure[] => [
        { name: `to ${step} it, first day`, value: first[step] / first.events, unit: 'µs', better: 'lower' },
        { name: `to ${step} it, last day`, value: last[step] / last.events, unit: 'µs', better: 'lower' },
      ]),
      { name: 'CPU an event, last day against first', value: ratio, unit: '×', better: 'lower', target: 1.2 },
    ];
  } finally {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function throughPipeline(run: EngineRunner, fromMs: number): Promise<DayCost> {
  const range = { from: new Date(fromMs).toISOString(), to: new Date(fromMs + dayMs).toISOString() };
  const { signal } = new AbortController();
  const step = async (address: string, kind: 'delivery' | 'job'): Promise<void> => {
    await run({ address, kind, trigger: 'bench', arguments: {} }, signal);
  };
  const [events, simulate] = await costOf(() => runSource(run, 'acme.viewers', range));
  const [, deliver] = await costOf(() => step('acme.firehose', 'delivery'));
  const [, curate] = await costOf(() => step('acme.curate', 'job'));
  return { events, simulate, deliver, curate };
}

async function costOf<T>(work: () => Promise<T>): Promise<[result: T, cpuMicros: number]> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [result, user + system];
}

async function runSource(run: EngineRunner, address: string, args: Record<string, string> = {}): Promise<number> {
  const request = { address, kind: 'source', trigger: 'bench', arguments: args } as const;
  const output = await run(request, new AbortController().signal);
  return 'logged' in output ? output.logged : 0;
}
