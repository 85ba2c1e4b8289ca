import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acme } from '../pipelines/acme/index.ts';
import { systemEffects } from '../src/base/effects.ts';
import { applyDefinitions } from '../src/pipeline/apply.ts';
import { openEngine } from '../src/pipeline/bind.ts';
import { type EngineRunner, engineRunner } from '../src/pipeline/handlers.ts';
import { embeddedProfile } from '../src/pipeline/profile.ts';
import type { Figure } from './figure.ts';

const firstDayMs = Date.UTC(2025, 7, 11);
const dayMs = 86_400_000;

/**
 * Simulated days through the whole pipeline, one after the other in one home: what the last costs an event, against the
 * first. Flat means that nothing grows with what is there already. `PLAYHEAD_BENCH_DAYS=45` makes it 10^8 events.
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
    const costs: number[] = [];
    let events = 0;
    for (let day = 0; day < days; day += 1) {
      const before = process.cpuUsage();
      const logged = await throughPipeline(run, firstDayMs + day * dayMs);
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / logged);
      events += logged;
    }
    const [first = 0, last = 0] = [costs[0], costs.at(-1)];
    return [
      { name: 'events', value: events, unit: '', better: 'higher' },
      { name: 'CPU an event, first day', value: first, unit: 'µs', better: 'lower' },
      { name: 'CPU an event, last day', value: last, unit: 'µs', better: 'lower' },
      { name: 'CPU an event, last day against first', value: last / first, unit: '×', better: 'lower', target: 1.2 },
    ];
  } finally {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function throughPipeline(run: EngineRunner, fromMs: number): Promise<number> {
  const range = { from: new Date(fromMs).toISOString(), to: new Date(fromMs + dayMs).toISOString() };
  const logged = await runSource(run, 'acme.viewers', range);
  const { signal } = new AbortController();
  await run({ address: 'acme.firehose', kind: 'delivery', trigger: 'bench', arguments: {} }, signal);
  await run({ address: 'acme.curate', kind: 'job', trigger: 'bench', arguments: {} }, signal);
  return logged;
}

async function runSource(run: EngineRunner, address: string, args: Record<string, string> = {}): Promise<number> {
  const request = { address, kind: 'source', trigger: 'bench', arguments: args } as const;
  const output = await run(request, new AbortController().signal);
  return 'logged' in output ? output.logged : 0;
}
