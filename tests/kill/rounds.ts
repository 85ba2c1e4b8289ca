import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEffects } from '../../src/base/effects.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { listAll, type ObjectStore } from '../../src/lake/object-store.ts';
import { type ChildOrders, runChild } from './child-orders.ts';
import { openSmallCuration } from './small-curation.ts';
import { openSmallPipeline, readLanding } from './small-pipeline.ts';

interface KillStep {
  readonly work: ChildOrders['work'];
  readonly step: string;
  /** How often the work surely reaches the step: it is struck at one of these times. */
  readonly reaches: number;
}

const landingSteps: readonly KillStep[] = [
  { work: 'produce', step: 'stream.segment-written', reaches: 2 },
  { work: 'produce', step: 'stream.indexed', reaches: 2 },
  { work: 'deliver', step: 'delivery.planning', reaches: 2 },
  { work: 'deliver', step: 'delivery.planned', reaches: 2 },
  { work: 'deliver', step: 'delivery.object', reaches: 2 },
  { work: 'deliver', step: 'delivery.committed', reaches: 2 },
  { work: 'deliver', step: 'delivery.registered', reaches: 2 },
  { work: 'deliver', step: 'any', reaches: 10 },
];

const curationSteps: readonly KillStep[] = [
  { work: 'curate', step: 'job.planning', reaches: 1 },
  { work: 'curate', step: 'job.planned', reaches: 1 },
  { work: 'curate', step: 'table.publishing', reaches: 2 },
  { work: 'curate', step: 'job.object', reaches: 2 },
  { work: 'curate', step: 'job.committed', reaches: 1 },
  { work: 'curate', step: 'job.registered', reaches: 1 },
  { work: 'curate', step: 'any', reaches: 8 },
];

/** Every named step of the way from a record to the curated table, with the work that reaches it. */
export const killSteps: readonly KillStep[] = [...landingSteps, ...curationSteps];

export type Strikes = Map<string, number>;

const recordsAStrike = 240;
const leaseTtlMs = 20;

/** Where a round strikes: at named steps in turn, or at moments drawn while the child is at work. */
export type Targets = 'steps' | 'moments';

/**
 * One round: a few processes one after the other, each killed, or stopped and continued after another has overtaken it, at a
 * step; then the rest is produced, delivered and curated in peace. Throws unless each record is in the lake exactly once, and
 * in the curated table exactly once where it is sound. Counts in `strikes` at which steps a process was really struck.
 */
export async function killRound(seed: number, strikes: Strikes, targets: Targets = 'steps'): Promise<void> {
  const random = seededRandom(seed);
  const home = await mkdtemp(join(tmpdir(), 'playhead-kill-'));
  const effects = systemEffects();
  const pipeline = await openSmallPipeline(home, effects);
  const curation = await openSmallCuration(home, pipeline.ports, effects);
  const land = async (total: number): Promise<void> => {
    await pipeline.produce(total);
    await pipeline.deliver({ leaseTtlMs });
  };
  try {
    let total = 0;
    const decided: string[] = [];
    for (const target of targetsOf(seed)) {
      const { work } = target;
      if (work === 'curate') {
        // So that the run that is struck restates one partition and makes another.
        await land(total + recordsAStrike / 2);
        await curation.curate();
      }
      total += recordsAStrike;
      const struck = targets === 'steps' ? atStep(target, seed, random) : atMoment(seed, random);
      if (work === 'deliver') await pipeline.produce(total);
      if (work === 'curate') await land(total);
      await strikeOnce({ home, total, leaseTtlMs, work, ...struck }, strikes, async () => {
        await land(total + 40);
        if (work === 'curate') await curation.curateUnleased();
        decided.push(...(await plansAndCommits(pipeline.ports.lake)));
      });
    }
    total += 60;
    await land(total);
    await curation.curate();
    const expected = Array.from({ length: total }, (_, n) => n);
    assert.deepEqual(await readLanding(pipeline.ports, effects), expected);
    await curation.check(total);
    const present = new Set(await plansAndCommits(pipeline.ports.lake));
    assert.deepEqual(
      decided.filter((object) => !present.has(object)),
      [],
      'plans and commits stay as they were written first',
    );
  } catch (cause) {
    throw new Error(`round of seed ${seed}`, { cause });
  } finally {
    await curation.close();
    await pipeline.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** What decides, with its content's hash: an overtaken process must not write any of it anew. */
async function plansAndCommits(lake: ObjectStore): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key, etag } of listAll(lake, '_playhead/series/')) {
    if (!key.endsWith('/checkpoint.json')) found.push(`${key} ${etag}`);
  }
  return found;
}

/** Neighbouring seeds begin at neighbouring steps, so that some rounds in a row reach them all. Curation only comes first: it is dear. */
function targetsOf(seed: number): readonly KillStep[] {
  return [killSteps[seed % killSteps.length], landingSteps[(seed + 3) % landingSteps.length]].filter(
    (step) => step !== undefined,
  );
}

async function strikeOnce(orders: ChildOrders, strikes: Strikes, overtake: () => Promise<void>): Promise<void> {
  const { signal, step, work } = orders;
  const child = await runChild(orders);
  if (child.struckAt !== undefined) {
    const struck = strikeName(signal, work, step);
    strikes.set(struck, (strikes.get(struck) ?? 0) + 1);
    // Who is stopped while it holds a lock of SQLite (a writer of the log does; anyone may at a drawn moment) keeps all
    // others waiting: nobody overtakes it, it goes on where it stood.
    if (signal === 'SIGSTOP' && work !== 'produce' && step !== 'moment') await overtake();
  }
  await child.finish();
}

/** Under what a strike is counted. */
export function strikeName(signal: ChildOrders['signal'], work: ChildOrders['work'], step: string): string {
  return `${signal} at ${step} of ${work}`;
}

type Strike = Pick<ChildOrders, 'step' | 'nth' | 'signal'>;

/** The steps are odd in number: each time through all of them, each gets the other signal. */
function signalOf(seed: number): ChildOrders['signal'] {
  return seed % 2 === 0 ? 'SIGKILL' : 'SIGSTOP';
}

function atStep({ step, reaches }: KillStep, seed: number, random: Random): Strike {
  return { step, nth: 1 + (random.uint32() % reaches), signal: signalOf(seed) };
}

function atMoment(seed: number, random: Random): Strike {
  return { step: 'moment', nth: 100 + (random.uint32() % 500), signal: signalOf(seed) };
}
