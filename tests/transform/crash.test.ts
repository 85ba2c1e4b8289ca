import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Effects, testEffects } from '../../src/base/effects.ts';
import { copyFolder } from '../../src/check/chaos/copy-folder.ts';
import { openSeries } from '../../src/commit/series.ts';
import { sweepRetained } from '../../src/table/retained.ts';
import { jobAccount } from '../../src/transform/account.ts';
import type { JobPlan } from '../../src/transform/job-plan.ts';
import { runJob } from '../../src/transform/run-job.ts';
import { versionsPlanned } from '../../src/transform/versions-planned.ts';
import { type Bench, curateJob, downstreamJobs, openBench, play } from './job-bench.ts';

const effects = testEffects();
const job = curateJob();
/** Homes as tests begin with them, laid out once and copied: all is landed; a second run is due; the jobs downstream are too. */
const layouts = {
  landed: landFirst,
  due: async (bench: Bench) => {
    await landFirst(bench);
    await runJob(job, bench, effects);
    await landSecond(bench);
  },
  downstreamDue: async (bench: Bench) => {
    await landFirst(bench);
    await runDownstream(bench);
    await landSecond(bench);
  },
};
let homes: string;
let folder: string;
/** What a second run makes that nothing disturbs. */
let expected: unknown;
before(async () => {
  homes = await fs.mkdtemp(join(tmpdir(), 'playhead-crash-'));
  folder = join(homes, 'home');
  for (const [name, layOut] of Object.entries(layouts)) {
    await using bench = await openBench(effects, join(homes, name));
    await layOut(bench);
  }
  await using bench = await begin('due');
  await runJob(job, bench, effects);
  expected = await outcome(bench);
});
after(() => fs.rm(homes, { recursive: true }));

/** Opens the folder as a copy of a layout, and nothing else. */
async function begin(layout: keyof typeof layouts): Promise<Bench> {
  await fs.rm(folder, { recursive: true, force: true });
  await copyFolder(join(homes, layout), folder, effects);
  return await openBench(effects, folder);
}

/** Three hours, each with a duplicate and a conflict; a second landing that restates two of them. */
async function landFirst(bench: Bench): Promise<void> {
  for (const hour of ['10', '11', '12']) {
    const at = `2025-08-11T${hour}:00:00Z`;
    const n = Number(hour) * 10;
    await bench.land(
      play(n, { at }),
      play(n, { at }),
      play(n + 1, { at }),
      play(n, { at, city: 'Bonn' }),
      play(n, { at, seconds: 1.5 }),
    );
  }
}

async function landSecond(bench: Bench): Promise<void> {
  await bench.land(play(100, { at: '2025-08-11T10:00:00Z' }), play(105, { at: '2025-08-11T10:00:00Z' }));
  await bench.land(play(111, { at: '2025-08-11T11:00:00Z', city: 'Ulm' }));
}

/** All that must be the same, whoever died meanwhile. */
async function outcome(bench: Bench): Promise<unknown> {
  const quarantine: string[] = [];
  const totals = [];
  for await (const { total, inputs, partitions } of jobAccount(bench.store, job.name, effects))
    totals.push({ total, inputs, partitions });
  for (const key of (await bench.store.list('_playhead/quarantine/')).objects) quarantine.push(key.key);
  return { totals, rows: await bench.curated(), quarantined: await bench.quarantined(quarantine) };
}

async function killedAt(step: string, nth: number): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'child/job.ts'), folder, step, String(nth)],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL', `the child must die at ${step}`);
}

const deaths: [step: string, nth: number, run: 'first' | 'second'][] = [
  ['job.planned', 1, 'second'],
  ['job.sidecar', 1, 'first'],
  ['job.sidecar', 1, 'second'],
  ['job.object', 2, 'first'],
  ['job.object', 1, 'second'],
  ['job.quarantined', 1, 'second'],
  ['job.committed', 1, 'second'],
  ['job.registered', 1, 'first'],
];

test('a run killed at any step is finished by the next one, and nothing is lost or doubled', async () => {
  for (const [step, nth, run] of deaths) {
    const bench = await begin(run === 'first' ? 'landed' : 'due');
    await killedAt(step, nth);
    if (run === 'first') {
      await runJob(job, bench, effects);
      await landSecond(bench);
    }
    await runJob(job, bench, effects);
    assert.deepEqual(await outcome(bench), expected, `killed at ${step} ${nth}`);
    await bench.close();
  }
});

/** Stops at the n-th reach of a step until it is told to go on. */
function stalling(step: string): { effects: Effects; stalled: Promise<void>; wake: () => void } {
  const stalled = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  let first = true;
  const reached = async (name: string): Promise<void> => {
    if (name !== step || !first) return;
    first = false;
    stalled.resolve();
    await woken.promise;
  };
  return { effects: testEffects({ reached }), stalled: stalled.promise, wake: woken.resolve };
}

test('a run that slept while another took over adopts what that one did, at every step', async () => {
  for (const step of ['job.planned', 'job.sidecar', 'job.object', 'job.quarantined', 'job.committed']) {
    const bench = await begin('due');
    const sleeper = stalling(step);
    const slept = runJob(job, bench, sleeper.effects, { workers: 1 }).catch((error: unknown) => error);
    await sleeper.stalled;
    // As if its lease had run out: the conditional writes must do without it.
    await bench.store.delete(`_playhead/leases/${job.name}.json`);
    const other = await openBench(effects, folder);
    await runJob(job, other, effects);
    sleeper.wake();
    await slept;
    assert.deepEqual(await outcome(other), expected, `slept at ${step}`);
    await runJob(job, other, effects);
    assert.deepEqual(await outcome(other), expected);
    await other.close();
    await bench.close();
  }
});

test('a run that slept just before a put, while others went on, overwrites nothing', async () => {
  const bench = await begin('due');
  const sleeper = stalling('table.publishing');
  const slept = runJob(job, bench, sleeper.effects, { workers: 1 }).catch((error: unknown) => error);
  await sleeper.stalled;
  await bench.store.delete(`_playhead/leases/${job.name}.json`);
  const other = await openBench(effects, folder);
  await runJob(job, other, effects);
  await other.land(play(107, { at: '2025-08-11T10:00:00Z' }), play(117, { at: '2025-08-11T11:00:00Z' }));
  await runJob(job, other, effects);
  const before = await outcome(other);
  sleeper.wake();
  await slept;
  assert.deepEqual(await outcome(other), before);
  await other.close();
  await bench.close();
});

test('what a dead run still needs is not swept by another job', async () => {
  const bench = await begin('due');
  await killedAt('job.object', 1);
  const { next, pendingPlan } = await openSeries<JobPlan, unknown>(bench.store, job.name, effects).head();
  assert.equal(next, 1);
  assert.equal(pendingPlan?.partitions.length, 2);
  for (const { key } of (await bench.store.list('_playhead/retained/')).objects)
    await fs.utimes(join(folder, 'lake', key), new Date(0), new Date(0));
  assert.equal(await sweepRetained(bench.store, () => versionsPlanned(bench.store, effects)), 0);
  await runJob(job, bench, effects);
  assert.deepEqual(await outcome(bench), expected);
  await bench.close();
});

/** Tables and accounts of the jobs downstream, for what they are made from. */
async function downstreamOutcome(bench: Bench): Promise<unknown> {
  const accounts = [];
  for (const { name } of downstreamJobs())
    for await (const { total, partitions } of jobAccount(bench.store, name, effects))
      accounts.push({ total, partitions });
  return { days: await bench.rows('play_days'), devices: await bench.rows('devices'), accounts };
}

async function runDownstream(bench: Bench): Promise<void> {
  for (const each of [job, ...downstreamJobs()]) await runJob(each, bench, effects);
}

/** The job of records publishes two hours, then a day is made of them, then all: steps are counted over the three. */
const downstreamDeaths: [step: string, nth: number][] = [
  ['job.registered', 1],
  ['job.planned', 2],
  ['job.object', 3],
  ['job.committed', 2],
  ['job.object', 4],
];

test('a restatement that is killed on its way downstream is finished by the next run, and counted once', async () => {
  const undisturbed = await begin('downstreamDue');
  await runDownstream(undisturbed);
  const expectedDownstream = await downstreamOutcome(undisturbed);
  await undisturbed.close();
  for (const [step, nth] of downstreamDeaths) {
    const bench = await begin('downstreamDue');
    await killedAt(step, nth);
    await runDownstream(bench);
    assert.deepEqual(await downstreamOutcome(bench), expectedDownstream, `killed at ${step} ${nth}`);
    await bench.close();
  }
});
