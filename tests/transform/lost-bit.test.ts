import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { listAll } from '../../src/lake/object-store.ts';
import { runJob } from '../../src/transform/run-job.ts';
import { type Bench, curateJob, openBench, play } from './job-bench.ts';

const effects = testEffects();
const job = curateJob();

/** Turns one bit of the file's last third; its size and times stay, as on a disk that forgets. */
function loseBit(path: string): void {
  const times = join(tmpdir(), `playhead-times-${process.pid}`);
  execFileSync('cp', ['-p', path, times]);
  const bytes = readFileSync(path);
  const at = Math.floor((bytes.length * 2) / 3);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(path, bytes);
  execFileSync('touch', ['-r', times, path]);
  rmSync(times);
}

async function lastUnder(bench: Bench, prefix: string): Promise<{ key: string; path: string }> {
  let key = '';
  // The store takes note of each hash.
  for await (const object of listAll(bench.store, prefix)) key = object.key;
  return { key, path: await bench.store.localFile(key) };
}

for (const [name, prefix] of [
  ['an object that it reads', 'landing/'],
  ['a partition that it adds to', 'curated/'],
] as const)
  it(`a job fails and names ${name} where a bit of it is lost, and makes nothing of it`, async () => {
    const bench = await openBench(effects);
    try {
      await bench.land(play(1, { at: '2025-08-11T10:00:00Z' }));
      await runJob(job, bench, effects);
      await bench.land(play(2, { at: '2025-08-11T10:00:01Z' }));
      const before = await bench.curated();
      const { key, path } = await lastUnder(bench, prefix);
      const whole = `${path}.whole`;
      copyFileSync(path, whole);
      loseBit(path);
      await assert.rejects(runJob(job, bench, effects), (error) => {
        return isPlayheadError(error, 'PH_OBJECT_CORRUPT') && error.details['key'] === key;
      });
      writeFileSync(path, readFileSync(whole));
      rmSync(whole);
      assert.deepEqual(await bench.curated(), before);
      assert.equal((await runJob(job, bench, effects)).written, 1);
    } finally {
      await bench.close();
    }
  });
