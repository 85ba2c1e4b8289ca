import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testEffects } from '../../src/base/effects.ts';
import { jobAccount } from '../../src/transform/account.ts';
import { mendBySql } from '../../src/transform/mend-by-sql.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { type Bench, curateJob, openBench, play, setSeconds } from './job-bench.ts';

const effects = testEffects();
const job = curateJob();
const record = job.input.table.record;

/** Two records that can be mended, one that cannot, one in conflict, and one that is sound. */
export async function landed(folder?: string): Promise<Bench> {
  const bench = await openBench(effects, folder);
  await bench.land(
    play(1),
    play(2, { seconds: -5 }),
    play(3, { seconds: 'x', at: '2025-08-11T11:00:00Z' }),
    play(4, { device: 'radio' }),
    play(1, { city: 'Bonn' }),
  );
  await runJob(job, bench, effects);
  return bench;
}

/** All that a replay changes. */
export async function outcome(bench: Bench): Promise<unknown> {
  const total = { read: 0, written: 0, quarantined: 0, deduplicated: 0, superseded: 0 };
  for await (const account of jobAccount(bench.store, job.name, effects))
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += account.total[name];
  const rows = await bench.curated('SELECT id, seconds, city FROM plays ORDER BY id');
  const objects = await bench.catalog.objects('media', 'plays_quarantine');
  const quarantined = await bench.quarantined(objects.map(({ key }) => key));
  const places = quarantined.map(([reason, , row, text]) => [reason, Number(row), JSON.parse(String(text)).id]);
  return { total, rows, places, counted: objects.reduce((sum, { rows: n }) => sum + n, 0) };
}

export const mended = {
  total: { read: 5, written: 3, quarantined: 2, deduplicated: 0, superseded: 0 },
  rows: [
    ['P1', 1, 'Köln'],
    ['P2', 5, 'Köln'],
    ['P3', 0, 'Köln'],
  ],
  places: [
    ['not_one_of', 3, 'P4'],
    ['key_conflict', 4, 'P1'],
  ],
  counted: 2,
};

/** A step at which a replay dies, the n-th time that it gets there, and who finishes it. */
export type Death = readonly [step: string, nth: number, finisher: 'replay' | 'run'];

/** Whatever it was killed at, the replay is finished by who comes next, and each repaired record is written once. */
export async function killReplays(deaths: readonly Death[]): Promise<void> {
  for (const [step, nth, finisher] of deaths) {
    const folder = await fs.mkdtemp(join(tmpdir(), 'playhead-replay-'));
    const bench = await landed(folder);
    const child = join(import.meta.dirname, 'child/replay.ts');
    const words = ['--disable-warning=ExperimentalWarning', child, folder, step, String(nth)];
    const [, signal] = await once(spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit');
    assert.equal(signal, 'SIGKILL', `the child must die at ${step}`);
    const finished = finisher === 'run' ? await runJob(job, bench, effects) : undefined;
    await replayJob(job, await mendBySql(record, setSeconds, undefined), bench, effects);
    const what = `killed at ${step} ${nth}, finished by a ${finisher}`;
    assert.deepEqual(await outcome(bench), mended, what);
    if (finished !== undefined && finished.commits.length > 0)
      assert.deepEqual([finished.read, finished.replayed, finished.written, finished.quarantined], [0, 4, 2, 2], what);
    await bench.close();
    await fs.rm(folder, { recursive: true });
  }
}
