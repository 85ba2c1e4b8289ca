import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { openSmallCuration } from './small-curation.ts';
import { openSmallPipeline, readLanding } from './small-pipeline.ts';

/** A store that does what it is told and ignores on what condition: as a bucket without conditional writes would. */
function withoutConditions(lake: ObjectStore): ObjectStore {
  return { ...lake, put: (key, body) => lake.put(key, body), delete: (key) => lake.delete(key) };
}

/** Holds a process at the first reach of a step, until it is let go. */
function heldAt(step: string) {
  const arrival = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let reached = 0;
  return {
    arrived: arrival.promise,
    letGo: () => release.resolve(),
    reached: (name: string) => {
      if (name !== step) return undefined;
      reached += 1;
      if (reached > 1) return undefined;
      arrival.resolve();
      return release.promise;
    },
  };
}

/**
 * Two writers of one delivery: the first stands still before it writes its plan, the second overtakes it, with more records
 * to deliver, and stands still before its commit; then the first goes on to its end, and last the second.
 */
async function race(lakeOf?: (lake: ObjectStore) => ObjectStore): Promise<{ read: number[]; sent: number }> {
  const home = await mkdtemp(join(tmpdir(), 'playhead-race-'));
  const first = heldAt('delivery.planning');
  const second = heldAt('delivery.object');
  const one = await openSmallPipeline(home, systemEffects({ reached: first.reached }), lakeOf);
  const other = await openSmallPipeline(home, systemEffects({ reached: second.reached }), lakeOf);
  try {
    await one.produce(20);
    const delivered = one.deliver({ leaseTtlMs: 1 });
    await first.arrived;
    await one.produce(60);
    const overtaking = other.deliver({ leaseTtlMs: 1 });
    await second.arrived;
    first.letGo();
    // Where conditions hold, the first waits for the lease that it lost until the second has ended.
    if (lakeOf !== undefined) await delivered;
    second.letGo();
    await Promise.all([delivered, overtaking]);
    return { read: await readLanding(other.ports, systemEffects()), sent: 60 };
  } finally {
    await Promise.all([one.close(), other.close()]);
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * Two runs of one job, as the two writers above: the first stands still before it writes its plan, the second overtakes it,
 * with more to read, and stands still before its commit; then the first goes on, and last the second. What the first says
 * at its end is returned, if it fails.
 */
async function raceOfRuns(lakeOf?: (lake: ObjectStore) => ObjectStore): Promise<{ failure: unknown }> {
  const home = await mkdtemp(join(tmpdir(), 'playhead-race-'));
  const first = heldAt('job.planning');
  const second = heldAt('job.object');
  const one = await openSmallPipeline(home, systemEffects(), lakeOf);
  const firstRun = await openSmallCuration(home, one.ports, systemEffects({ reached: first.reached }));
  const secondRun = await openSmallCuration(home, one.ports, systemEffects({ reached: second.reached }));
  try {
    await one.produce(20);
    await one.deliver();
    const curated = firstRun.curate().then(
      () => undefined,
      (error: unknown) => error,
    );
    await first.arrived;
    await one.produce(60);
    await one.deliver();
    const overtaking = secondRun.curateUnleased();
    await second.arrived;
    first.letGo();
    const failure = await curated;
    second.letGo();
    await overtaking;
    await secondRun.check(60);
    return { failure };
  } finally {
    await Promise.all([firstRun.close(), secondRun.close()]);
    await one.close();
    await rm(home, { recursive: true, force: true });
  }
}

describe('two writers of one delivery, one of them held up', () => {
  it('deliver each record once where the lake keeps the conditions of writes', async () => {
    const { read, sent } = await race();
    assert.deepEqual(
      read,
      Array.from({ length: sent }, (_, n) => n),
    );
  });

  it('are found out by the same check where the lake ignores them', async () => {
    await assert.rejects(race(withoutConditions), /objects that no commit names/);
  });
});

describe('two runs of one job, one of them held up', () => {
  it('curate each record once where the lake keeps the conditions of writes', async () => {
    const { failure } = await raceOfRuns();
    assert.ok(isPlayheadError(failure, 'PH_LEASE_LOST'), 'who was overtaken gives up');
  });

  it('are found out by the same check where the lake ignores them', async () => {
    await assert.rejects(raceOfRuns(withoutConditions), /each landed object is read once/);
  });
});
