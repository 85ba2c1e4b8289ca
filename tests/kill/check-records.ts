import assert from 'node:assert/strict';
import type { Effects } from '../../src/base/effects.ts';
import { checkCurated } from './small-curation.ts';
import type { Extent, SmallHome } from './small-home.ts';
import { readLanding } from './small-pipeline.ts';
import { trueEvents } from './small-sessions.ts';
import { trueTicks } from './small-ticks.ts';

/**
 * Fails unless each record that the sources made is in the lake exactly once, sound or broken, and in the curated table
 * exactly once by its key where it is sound.
 */
export async function checkRecords(home: SmallHome, extent: Extent, effects: Effects): Promise<void> {
  const jobPorts = await home.jobPorts();
  const truth = [...trueTicks(extent.ticks), ...(await trueEvents(jobPorts, extent.slots))];
  const sound = truth.filter(({ broken }) => !broken);
  const lines = {
    sound: sound.map(({ line }) => line).sort(),
    broken: truth.flatMap(({ line, broken }) => (broken ? [line] : [])).sort(),
  };
  assert.deepEqual(await readLanding(home.pipeline.ports, effects), lines);
  await checkCurated(sound, jobPorts, effects);
}
