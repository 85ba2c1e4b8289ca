import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEffects } from '../../src/base/effects.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { type ChildOrders, runChild } from './child-orders.ts';
import { openSmallPipeline, readLanding } from './small-pipeline.ts';

/** Every named step of the way from a record to its table, with the work that reaches it. */
export const killSteps = [
  { work: 'produce', step: 'stream.segment-written' },
  { work: 'produce', step: 'stream.indexed' },
  { work: 'deliver', step: 'delivery.planning' },
  { work: 'deliver', step: 'delivery.planned' },
  { work: 'deliver', step: 'delivery.object' },
  { work: 'deliver', step: 'delivery.committed' },
  { work: 'deliver', step: 'delivery.registered' },
  { work: 'deliver', step: 'any' },
] as const;

export type Strikes = Map<string, number>;

const recordsAStrike = 240;

/** Where a round strikes: at named steps in turn, or at moments drawn while the child is at work. */
export type Targets = 'steps' | 'moments';

/**
 * One round: a few processes one after the other, each killed, or stopped and continued after another has overtaken it, at a
 * step; then the rest is produced and delivered in peace. Throws unless each record is in the lake exactly once.
 * Counts in `strikes` at which steps a process was really struck.
 */
export async function killRound(seed: number, strikes: Strikes, targets: Targets = 'steps'): Promise<void> {
  const random = seededRandom(seed);
  const home = await mkdtemp(join(tmpdir(), 'playhead-kill-'));
  const effects = systemEffects();
  const pipeline = await openSmallPipeline(home, effects);
  try {
    let total = 0;
    // Neighbouring seeds begin at neighbouring steps, so that some rounds in a row reach them all.
    for (let strike = 0; strike < 2; strike += 1) {
      total += recordsAStrike;
      const target = killSteps[(seed + strike * 3) % killSteps.length] ?? killSteps[0];
      const orders = {
        home,
        total,
        leaseTtlMs: 20,
        work: target.work,
        ...(targets === 'steps' ? atStep(target.step, random) : atMoment(random)),
      };
      if (orders.work === 'deliver') await pipeline.produce(total);
      await strikeOnce(orders, strikes, async () => {
        await pipeline.produce(total + 40);
        await pipeline.deliver({ leaseTtlMs: 20 });
      });
    }
    await pipeline.produce(total + 60);
    await pipeline.deliver({ leaseTtlMs: 20 });
    const expected = Array.from({ length: total + 60 }, (_, n) => n);
    assert.deepEqual(await readLanding(pipeline.ports, effects), expected, `seed ${seed}`);
  } finally {
    await pipeline.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function strikeOnce(orders: ChildOrders, strikes: Strikes, overtake: () => Promise<void>): Promise<void> {
  const child = await runChild(orders);
  if (child.struckAt !== undefined) {
    const struck = `${orders.signal} at ${orders.step}`;
    strikes.set(struck, (strikes.get(struck) ?? 0) + 1);
    // A stopped writer of the log holds its file's lock: nobody overtakes it, it goes on where it stood.
    if (orders.signal === 'SIGSTOP' && orders.work === 'deliver') await overtake();
  }
  await child.finish();
}

type Strike = Pick<ChildOrders, 'step' | 'nth' | 'signal'>;

function atStep(step: string, random: Random): Strike {
  return { step, nth: 1 + (random.uint32() % 2), signal: random.uint32() % 3 === 0 ? 'SIGSTOP' : 'SIGKILL' };
}

/** Killed only: a process stopped inside a transaction of SQLite keeps all others waiting until it goes on. */
function atMoment(random: Random): Strike {
  return { step: 'moment', nth: 100 + (random.uint32() % 500), signal: 'SIGKILL' };
}
