// A pipeline on a small disk, which its parent mounted at the folder that is the one argument. Again and again another few
// pages are left free, and all the work is tried, until it succeeds; then there is room, and all must be there. Says on
// standard output how each try ended, as JSON.
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { listAll } from '../../../src/lake/object-store.ts';
import { openRuns } from '../../../src/orchestrate/runs.ts';
import { checkRecords } from '../check-records.ts';
import type { Failure } from '../full-disk.test.ts';
import { type Extent, openSmallHome, works } from '../small-home.ts';

const folder = process.argv[2] ?? '';
const ballast = join(folder, 'ballast');
const ballastBytes = 64 * 1024 ** 2;
const pageBytes = 4096;
const effects = systemEffects();

async function leaveFree(bytes: number): Promise<void> {
  await truncate(ballast, 0).catch(() => undefined);
  const filled = await fill();
  await truncate(ballast, Math.max(0, filled - bytes));
}

/** Fills the disk; how much went in. */
async function fill(): Promise<number> {
  const { open } = effects.fs;
  const file = await open(ballast, 'w');
  let filled = 0;
  try {
    for (const part = Buffer.alloc(pageBytes); filled < ballastBytes; ) filled += (await file.write(part)).bytesWritten;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    await file.close();
  }
  return filled;
}

/** All the work, as a process that begins anew; why it failed, if it did. */
async function attempt(extent: Extent): Promise<Failure | undefined> {
  try {
    const home = await openSmallHome(join(folder, 'home'), effects);
    try {
      const { lake } = home.pipeline.ports;
      const runs = await openRuns(join(folder, 'runs.sqlite'), effects);
      try {
        const run = runs.start({ address: 'kill.all', kind: 'job', trigger: 'command', input: {} });
        // Who held a lease has ended, whatever it could still write.
        for await (const { key } of listAll(lake, '_playhead/leases/')) await lake.delete(key);
        for (const work of works) await home.work[work](extent);
        runs.finish(run, { outcome: 'succeeded', durationMs: 0 });
      } finally {
        runs.close();
      }
    } finally {
      await home.close();
    }
    return undefined;
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    return { code: error.code, message: error.message, hint: error.hint ?? '' };
  }
}

const failures: Failure[] = [];
let extent: Extent = { ticks: 200, slots: 4, lanes: 1 };
await writeFile(ballast, '');
for (let free = 0, done = 0; done < 3; free += pageBytes * 3) {
  await leaveFree(free);
  const failure = await attempt(extent);
  if (failure === undefined) done += 1;
  else failures.push(failure);
}
await truncate(ballast, 0);
extent = { ...extent, ticks: extent.ticks + 20 };
const last = await attempt(extent);
if (last !== undefined) throw new Error(`with room again: ${JSON.stringify(last)}`);
const home = await openSmallHome(join(folder, 'home'), effects);
await checkRecords(home, extent, effects);
await home.close();
process.stdout.write(`${JSON.stringify(failures)}\n`);
