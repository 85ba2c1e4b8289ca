import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { manualClock, testEffects } from '../../../src/base/effects.ts';
import { days } from '../../../src/base/units.ts';
import { traceByKey } from '../../../src/check/trace/by-key.ts';
import { traceByPosition } from '../../../src/check/trace/by-position.ts';
import { openTracer, type Tracer } from '../../../src/check/trace/tracer.ts';
import { check, lifecycle } from '../../../src/index.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { resolveAddress } from '../../../src/pipeline/graph/address.ts';
import { replayQuarantine } from '../../../src/pipeline/quarantine/replay-quarantine.ts';
import { openTestPipeline } from '../../../src/testing/index.ts';
import { shop, shopSections } from '../../pipeline/shop.ts';

type Lake = Awaited<ReturnType<typeof openTestPipeline>>;

const { curate } = shopSections.jobs;

async function traced<T>(
  lake: Lake,
  pipeline: ReturnType<typeof shop>,
  act: (tracer: Tracer, engine: Engine) => Promise<T>,
) {
  const effects = testEffects({ clock: manualClock(lake.clock.now()) });
  const engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home: lake.home }, effects);
  try {
    await using session = await (await engine.duck()).connect();
    return await act(await openTracer(engine, [pipeline], session, () => {}), engine);
  } finally {
    await engine.close();
  }
}

/** Of the one record at the start of the log: its outcome, by its position. */
async function outcomeOf(tracer: Tracer): Promise<string | undefined> {
  const topic = await tracer.stream.describe('orders');
  const partition = topic?.state.find(({ count }) => count > 0)?.partition ?? assert.fail();
  return (await traceByPosition(tracer, 'orders', partition, 0n)).records[0]?.outcome;
}

async function outcomesByKey(tracer: Tracer, wanted: Record<string, string>, all = false): Promise<string[]> {
  return (await traceByKey(tracer, wanted, all)).records.map(({ outcome }) => outcome);
}

const bought = { order_id: 'o1', placed_at: '2025-08-11T00:00:00Z', amount: 1 };

async function curated(pipeline: ReturnType<typeof shop>): Promise<Lake> {
  const lake = await openTestPipeline(pipeline, { now: '2025-08-11T01:00:00Z', schedules: [] });
  await lake.produce('orders', [bought]);
  await lake.deliver();
  await lake.run('curate');
  return lake;
}

it('finds what became of a record of a job without a key', async () => {
  const { unique: _, ...keyless } = curate;
  const pipeline = shop({ jobs: { curate: keyless }, schedules: {} });
  await using lake = await curated(pipeline);
  assert.equal(await traced(lake, pipeline, outcomeOf), 'delivered');
});

it('compares a key as the values that it has, however they are written', async () => {
  const pipeline = shop({
    jobs: { curate: { ...curate, unique: { key: ['amount', 'placed_at'], keep: 'first', within: 'unlimited' } } },
    schedules: {},
  });
  await using lake = await curated(pipeline);
  await traced(lake, pipeline, async (tracer) => {
    assert.equal(await outcomeOf(tracer), 'delivered');
    for (const [amount, at] of [
      ['1', '2025-08-11T00:00:00Z'],
      ['1.0', '2025-08-11 00:00:00'],
    ] as const)
      assert.deepEqual(await outcomesByKey(tracer, { amount, placed_at: at }), ['delivered'], amount);
    await assert.rejects(traceByKey(tracer, { amount: '2', placed_at: bought.placed_at }), {
      code: 'PH_RECORD_UNKNOWN',
    });
  });
});

it('finds a record that was replayed under another key, by its place and by both keys', async () => {
  const checks = [check.range('amount', { min: 5 })];
  const pipeline = shop({ jobs: { curate: { ...curate, checks } }, schedules: {} });
  await using lake = await curated(pipeline);
  await traced(lake, pipeline, async (tracer, engine) => {
    assert.equal(await outcomeOf(tracer), 'quarantined');
    const job = resolveAddress(engine.pipelines, 'curate', ['job']);
    const assignments = [
      { column: 'amount', expression: '5' },
      { column: 'order_id', expression: "'o2'" },
    ];
    await replayQuarantine(engine, job, { assignments }, new AbortController().signal);
  });
  await traced(lake, pipeline, async (tracer) => {
    assert.equal(await outcomeOf(tracer), 'delivered');
    assert.deepEqual(await outcomesByKey(tracer, { order_id: 'o2' }), ['delivered']);
    assert.deepEqual(await outcomesByKey(tracer, { order_id: 'o1' }, true), ['delivered']);
  });
});

it('tells what a lifecycle took from what is lost', async () => {
  const old = lifecycle([{ id: 'old', prefix: 'curated/', expirationDays: 2 }]);
  const pipeline = shop({ lifecycle: { old }, schedules: {} });
  await using lake = await curated(pipeline);
  await lake.clock.advance(days(4));
  await lake.run('old');
  await traced(lake, pipeline, async (tracer) => {
    assert.equal(await outcomeOf(tracer), 'expired');
    assert.deepEqual(await outcomesByKey(tracer, { order_id: 'o1' }, true), ['expired']);
  });
});

it('says that a row or its sidecar is gone where no lifecycle took it', async () => {
  const pipeline = shop({ schedules: {} });
  await using lake = await curated(pipeline);
  for (const gone of ['curated', '_playhead/sidecars']) {
    rmSync(join(lake.home, 'lake', gone), { recursive: true });
    assert.equal(await traced(lake, pipeline, outcomeOf), 'missing', gone);
  }
});
