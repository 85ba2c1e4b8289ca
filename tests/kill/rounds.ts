import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, systemEffects } from '../../src/base/effects.ts';
import { contradicted, readDecisions, takeLeasesAway } from '../../src/check/chaos/decisions.ts';
import { checkRecords } from './check-records.ts';
import { type ChildOrders, runChild } from './child-orders.ts';
import { curationLease } from './small-curation.ts';
import { type Extent, openSmallHome, type SmallHome } from './small-home.ts';

/** One process of a round, and where it is struck. */
export interface Strike extends Omit<ChildOrders, 'home' | 'extent'> {
  /** Over how many lanes the process delivers, and all after it; as many as before where absent. */
  readonly lanes?: number;
  /** Over how many lanes it is overtaken, where that is another number. */
  readonly overtakenLanes?: number;
}

const recordsAStrike = 240;
const slotsAStrike = 8;

/**
 * One round: a few processes one after the other, each killed, or stopped and continued after another has overtaken it; then
 * the rest is produced, delivered and curated in peace. Throws unless each record that the sources made is in the lake
 * exactly once, sound or broken, and in the curated table exactly once by its key where it is sound.
 */
export async function killRound(name: string, planned: readonly Strike[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-kill-'));
  const effects = systemEffects();
  const home = await openSmallHome(folder, effects);
  try {
    const round: Round = { home, folder, effects, extent: { ticks: 0, slots: 0, lanes: 1 } };
    for (const strike of planned) await strikeOnce(round, strike);
    grow(round, 60, 1);
    await land(round);
    await home.work.curate(round.extent);
    await checkRecords(home, round.extent, effects);
  } catch (cause) {
    throw new Error(`round ${name}`, { cause });
  } finally {
    await home.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly home: SmallHome;
  readonly folder: string;
  readonly effects: Effects;
  extent: Extent;
}

function grow(round: Round, ticks: number, slots: number): void {
  const { extent } = round;
  round.extent = { ...extent, ticks: extent.ticks + ticks, slots: extent.slots + slots };
}

/** All that the sources have so far is made, and delivered. */
async function land({ home, extent }: Round): Promise<void> {
  await home.work.generate(extent);
  await home.work.produce(extent);
  await home.work.deliver(extent);
}

/** Brings the home to where the process has work in which every step of it is reached. */
async function prepare(round: Round, { work, lanes }: Strike): Promise<void> {
  const { home } = round;
  if (work === 'trim' || work === 'curate' || lanes !== undefined) {
    grow(round, recordsAStrike, 0);
    await land(round);
  }
  // A run that is struck restates one partition and makes another.
  if (work === 'curate') await home.work.curate(round.extent);
  if (work === 'generate') grow(round, 0, slotsAStrike);
  else if (work !== 'trim') grow(round, recordsAStrike, 0);
  if (work === 'deliver') {
    await home.work.generate(round.extent);
    await home.work.produce(round.extent);
  }
  if (work === 'curate') await land(round);
  if (lanes !== undefined) round.extent = { ...round.extent, lanes };
}

async function strikeOnce(round: Round, strike: Strike): Promise<void> {
  const { lake } = round.home.pipeline.ports;
  await prepare(round, strike);
  const child = await runChild({ ...strike, home: round.folder, extent: round.extent });
  assert.equal(child.struckAt, strike.step, 'the process comes to its step');
  if (strike.signal === 'SIGSTOP') await overtake(round, strike);
  const before = await readDecisions(lake);
  await child.finish();
  assert.deepEqual(contradicted(before, await readDecisions(lake)), []);
}

/** Another process does the stopped one's work, and goes on with more. */
async function overtake(round: Round, { work, leaseTtlMs, overtakenLanes }: Strike): Promise<void> {
  const { home } = round;
  const { lake } = home.pipeline.ports;
  if (overtakenLanes !== undefined) round.extent = { ...round.extent, lanes: overtakenLanes };
  // Who holds its lease for long is not told that it lost it: the conditions of its writes must do without.
  if (leaseTtlMs === undefined) await takeLeasesAway(lake);
  grow(round, 40, 1);
  await land(round);
  if (work !== 'curate') return;
  await lake.delete(curationLease);
  await home.work.curate(round.extent);
}
