import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { workerRound, zombieRound } from './worker-rounds.ts';

async function inHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'playhead-workers-'));
  try {
    await work(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

describe('workers that share a delivery', { concurrency: 2 }, () => {
  it('lose and double nothing while some are killed, stopped, told to end, or ask for other lanes', () =>
    inHome((home) => workerRound(1, { home })));

  it('come to no harm by one that stood still past its lease', () =>
    inHome((home) => zombieRound('delivery.committing', { home })));

  for (const [step, ignored, found] of [
    ['delivery.committing', 'commit', /does not stay as it was written first/],
    ['delivery.planning', 'lease', /was held twice/],
  ] as const) {
    it(`are found out where no condition holds for what such a one writes: ${ignored}`, () =>
      inHome((home) => assert.rejects(zombieRound(step, { home }, ignored), found)));
  }
});
