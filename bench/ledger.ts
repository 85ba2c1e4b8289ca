import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acme } from '../pipelines/acme/index.ts';
import { systemEffects } from '../src/base/effects.ts';
import { pathFigures } from '../src/check/path-figures.ts';
import { traceByKey } from '../src/check/trace/by-key.ts';
import { traceByPosition } from '../src/check/trace/by-position.ts';
import { openTracer } from '../src/check/trace/tracer.ts';
import { accountOf, addsUp } from '../src/ledger/account.ts';
import { applyDefinitions } from '../src/pipeline/apply/apply.ts';
import { type Engine, openEngine } from '../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../src/pipeline/engine/profile.ts';
import { engineRunner } from '../src/pipeline/run/handlers.ts';
import type { Figure } from './figure.ts';

const firstDayMs = Date.UTC(2025, 7, 11);
const dayMs = 86_400_000;
const tracedKeys = 20;

/**
 * How long the account takes, and a trace, over simulated days that went through the whole pipeline. `PLAYHEAD_BENCH_DAYS=5`
 * makes it 10^7 events; `PLAYHEAD_BENCH_HOME` names a home that holds them already, and is kept.
 */
export async function benchLedger(
  days = Number(process.env['PLAYHEAD_BENCH_DAYS'] ?? '1'),
): Promise<readonly Figure[]> {
  const kept = process.env['PLAYHEAD_BENCH_HOME'];
  const home = kept ?? (await mkdtemp(join(tmpdir(), 'playhead-bench-ledger-')));
  const engine = openEngine({ pipelines: [acme], profile: embeddedProfile, home }, systemEffects());
  try {
    if (kept === undefined) await fill(engine, days);
    return await measured(engine);
  } finally {
    await engine.close();
    if (kept === undefined) await rm(home, { recursive: true, force: true });
  }
}

async function fill(engine: Engine, days: number): Promise<void> {
  await applyDefinitions(engine);
  const run = await engineRunner(engine);
  const { signal } = new AbortController();
  const step = async (address: string, kind: 'source' | 'delivery' | 'job', args = {}): Promise<void> => {
    await run({ address, kind, trigger: 'bench', arguments: args }, signal);
  };
  for (const address of ['acme.make-customers', 'acme.make-titles']) await step(address, 'source');
  for (let day = 0; day < days; day += 1) {
    const [from, to] = [day, day + 1].map((n) => new Date(firstDayMs + n * dayMs).toISOString());
    await step('acme.viewers', 'source', { from, to });
    await step('acme.firehose', 'delivery');
    await step('acme.curate', 'job');
  }
}

async function measured(engine: Engine): Promise<readonly Figure[]> {
  const account = await timed(async () => (await pathFigures(engine, acme)).map(accountOf));
  const again = await timed(async () => (await pathFigures(engine, acme)).map(accountOf));
  const [path] = again.result;
  if (path === undefined || !addsUp(path)) throw new Error(`the account does not add up: ${path?.problems.join('; ')}`);
  await using session = await (await engine.duck()).connect();
  const tracer = () => openTracer(engine, [acme], session, () => {});
  const keys = await someKeys(engine);
  const first = await timed(async () => traceByKey(await tracer(), { event_id: keys[0] ?? '' }));
  const traces: number[] = [];
  const cpu: number[] = [];
  const places: number[] = [];
  for (const key of keys.slice(1)) {
    const before = process.cpuUsage();
    const { ms, result } = await timed(async () => traceByKey(await tracer(), { event_id: key }));
    const { user, system } = process.cpuUsage(before);
    traces.push(ms);
    cpu.push((user + system) / 1000);
    const { topic, partition = 0, position = '0' } = result.records[0]?.stream ?? { topic: '' };
    places.push((await timed(async () => traceByPosition(await tracer(), topic, partition, BigInt(position)))).ms);
  }
  const times = (name: string, value: number, target?: number): Figure => {
    return { name, value, unit: 'ms', better: 'lower', ...(target === undefined ? {} : { target }) };
  };
  return [
    { name: 'records accounted for', value: path.produced, unit: '', better: 'higher' },
    times('account, the first in a process', account.ms),
    times('account, again', again.ms),
    times('trace by key, the first in a process', first.ms),
    times('trace by key, median', median(traces), 1000),
    times('trace by key, the slowest of 19', Math.max(...traces)),
    times('trace by key, CPU of all threads, median', median(cpu)),
    times('trace by position, median', median(places), 1000),
  ];
}

/** Keys from all over the table, the same ones each time. */
async function someKeys(engine: Engine): Promise<readonly string[]> {
  const objects = await (await engine.catalog()).objects('acme_telemetry', 'video_telemetry');
  const lake = await engine.lake();
  await using session = await (await engine.duck()).connect();
  const keys: string[] = [];
  for (let i = 0; i < tracedKeys; i += 1) {
    const object = objects[Math.floor((i * objects.length) / tracedKeys)];
    if (object === undefined) break;
    const path = (await lake.localFile(object.key)).replaceAll("'", "''");
    keys.push(
      String(await session.value(`SELECT event_id FROM read_parquet('${path}') LIMIT 1 OFFSET ${object.rows >> 1}`)),
    );
  }
  return keys;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const startedMs = performance.now();
  const result = await work();
  return { ms: performance.now() - startedMs, result };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
