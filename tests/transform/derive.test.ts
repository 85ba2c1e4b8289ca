import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type Effects, testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { openSeries } from '../../src/commit/series.ts';
import { check } from '../../src/quality/definition.ts';
import { retain } from '../../src/table/retained.ts';
import type { DerivedCommit, DerivedPlan } from '../../src/transform/derive/derived-plan.ts';
import { type JobRun, runJob } from '../../src/transform/run-job.ts';
import { versionsPlanned } from '../../src/transform/versions-planned.ts';
import { type Bench, curateJob, downstreamJobs, openBench, play } from './job-bench.ts';

const effects = testEffects();
const curate = curateJob();
const [daily, total] = downstreamJobs();
let bench: Bench;
beforeEach(async () => {
  bench = await openBench(effects);
});
afterEach(() => bench.close());

const monday = (hour: string, n: number, more = {}): ReturnType<typeof play> =>
  play(n, { at: `2025-08-11T${hour}:00:00Z`, ...more });
const tuesday = (hour: string, n: number, more = {}): ReturnType<typeof play> =>
  play(n, { at: `2025-08-12T${hour}:00:00Z`, ...more });

async function runAll(with_: Effects = effects): Promise<readonly JobRun[]> {
  const runs: JobRun[] = [];
  for (const job of [curate, daily, total]) runs.push(await runJob(job, bench, with_));
  return runs;
}

const numbers = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  rows.map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));

/** Sums of what the commits of a job account for, against what its table and the partitions before it hold. */
async function accounted(job: string): Promise<{ read: number; written: number }> {
  const sum = { read: 0, written: 0 };
  for await (const { commit } of openSeries<DerivedPlan, DerivedCommit>(bench.store, job, effects).commits(0)) {
    sum.read += commit.total.read;
    sum.written += commit.total.written;
  }
  return sum;
}

const rowsOf = async (name: string): Promise<number> =>
  (await bench.catalog.objects('media', name)).reduce((sum, { rows }) => sum + rows, 0);

async function landTwoDays(): Promise<void> {
  await bench.land(monday('10', 1), monday('10', 2, { device: 'web' }), monday('11', 3), tuesday('09', 4));
}

test('a job over a job makes a day of its hours, and all of the days', async () => {
  await landTwoDays();
  const [, days, devices] = await runAll();
  assert.deepEqual(numbers(await bench.rows('play_days')), [
    ['2025/08/11', 'tv', 2, 4, 2],
    ['2025/08/11', 'web', 1, 2, 1],
    ['2025/08/12', 'tv', 1, 4, 1],
  ]);
  assert.deepEqual(numbers(await bench.rows('devices')), [
    ['', 'tv', 3, 2],
    ['', 'web', 1, 1],
  ]);
  assert.deepEqual([days?.read, days?.written, days?.restated], [4, 3, []]);
  assert.deepEqual([devices?.read, devices?.written, devices?.partitions], [3, 2, [[]]]);
});

test('a late event restates its hour, its day and what is made of the days, once, and no other day', async () => {
  await landTwoDays();
  await runAll();
  await bench.land(monday('10', 5));
  await bench.land(monday('11', 6));
  const [hours, days, devices] = await runAll();
  assert.deepEqual(hours?.restated, [
    ['2025', '08', '11', '10'],
    ['2025', '08', '11', '11'],
  ]);
  assert.deepEqual(days?.restated, [['2025', '08', '11']]);
  assert.deepEqual(days?.partitions, days?.restated);
  assert.deepEqual(devices?.restated, [[]]);
  assert.deepEqual(numbers(await bench.rows('play_days')).slice(0, 1), [['2025/08/11', 'tv', 4, 15, 2]]);
  assert.deepEqual(numbers(await bench.rows('devices'))[0], ['', 'tv', 5, 2]);
  for (const run of (await runAll()).slice(1)) assert.deepEqual(run.commits, [], 'nothing is left to do');
});

test('restated rows are accounted for once: the differences of all commits are what is there', async () => {
  await landTwoDays();
  await runAll();
  await bench.land(monday('10', 5), tuesday('10', 6, { device: 'web' }));
  await runAll();
  assert.deepEqual(await accounted('media.daily'), { read: await rowsOf('plays'), written: await rowsOf('play_days') });
  assert.deepEqual(await accounted('media.total'), {
    read: await rowsOf('play_days'),
    written: await rowsOf('devices'),
  });
});

test('several commits of the job before are one restatement, and one that was looked at already is none', async () => {
  await landTwoDays();
  await runJob(curate, bench, effects);
  await bench.land(monday('10', 5));
  await runJob(curate, bench, effects);
  const first = await runJob(daily, bench, effects);
  assert.equal(first.commits.length, 1);
  // As if the job had looked at the table before it counted the commits: it stands on their partitions already.
  const series = openSeries<DerivedPlan, DerivedCommit>(bench.store, 'media.daily', effects);
  const { next, last } = await series.head();
  if (last === undefined) assert.fail('the job committed');
  await series.commit(next, { ...last, positions: {}, derived: [], objects: [], partitions: [] });
  const again = await runJob(daily, bench, effects);
  assert.deepEqual(again.partitions, []);
});

test('a day whose hours have partly expired stays as it was, and the run says so', async () => {
  await landTwoDays();
  await runAll();
  const [gone] = await bench.catalog.objects('media', 'plays', [['2025', '08', '11', '11']]);
  await bench.catalog.dropPartitions('media', 'plays', [['2025', '08', '11', '11']]);
  assert.ok(gone);
  await bench.land(monday('10', 5));
  const [, days] = await runAll();
  assert.deepEqual(days?.kept, [['2025', '08', '11']]);
  assert.deepEqual(numbers(await bench.rows('play_days'))[0], ['2025/08/11', 'tv', 2, 4, 2]);
});

test('a one-to-one job over a job says where its SQL makes more or fewer rows', async () => {
  const [dropping] = downstreamJobs({ rows: 'one-to-one' });
  await landTwoDays();
  await runJob(curate, bench, effects);
  await assert.rejects(runJob(dropping, bench, effects), (error) => {
    assert.ok(isPlayheadError(error, 'PH_DOES_NOT_ADD_UP'));
    assert.match(error.message, /partition 2025\/08\/11: 3 rows in, 2 out/);
    assert.match(error.hint ?? '', /rows: 'aggregate'/);
    return true;
  });
  assert.deepEqual(await bench.rows('play_days'), []);
});

test('checks are judged on what a derived job makes: one that fails publishes nothing', async () => {
  const [strict] = downstreamJobs({
    checks: [
      check.range('plays', { max: 1 }, { severity: 'fail' }),
      check.unique(['device']),
      check.oneOf('device', ['tv'], { severity: 'warn' }),
    ],
  });
  await bench.land(monday('10', 1), tuesday('09', 4, { device: 'web' }));
  await runJob(curate, bench, effects);
  const run = await runJob(strict, bench, effects);
  assert.deepEqual(
    run.checks.map(({ check: name, verdict, broken, samples }) => [name, verdict, broken, samples]),
    [
      ['plays_range', 'passed', 0, []],
      ['device_unique', 'passed', 0, []],
      ['device_one_of', 'broken', 1, ['web']],
    ],
  );
  const before = await bench.rows('play_days');
  await bench.land(monday('10', 2));
  await runJob(curate, bench, effects);
  await assert.rejects(runJob(strict, bench, effects), (error) => isPlayheadError(error, 'PH_CHECK_FAILED'));
  assert.deepEqual(await bench.rows('play_days'), before);
});

test('what a plan of a derived job is made from is kept until it is done', async () => {
  await landTwoDays();
  await runJob(curate, bench, effects);
  const dying = testEffects({
    reached: (step) => {
      if (step === 'job.planned') throw new Error('dead');
    },
  });
  await assert.rejects(runJob(daily, bench, dying), /dead/);
  const needed = await versionsPlanned(bench.store, effects);
  const hours = await bench.catalog.objects('media', 'plays');
  for (const { key, etag } of hours)
    assert.ok(
      needed.some((other) => other.key === key && other.etag === etag),
      key,
    );
  for (const object of hours) await retain(bench.store, object);
  // The job before goes on: the plan is finished from the contents that it names, and the next one takes the newer ones.
  await bench.land(monday('10', 5));
  await runJob(curate, bench, effects);
  const run = await runJob(daily, bench, effects);
  assert.equal(run.commits.length, 2);
  assert.deepEqual(numbers(await bench.rows('play_days'))[0], ['2025/08/11', 'tv', 3, 9, 2]);
});

test('a job that reads days before makes those after a changed day anew too, and none of a day without input', async () => {
  const [windowed] = downstreamJobs({ daysBefore: 1 });
  await landTwoDays();
  await bench.land(play(8, { at: '2025-08-14T10:00:00Z' }));
  await runJob(curate, bench, effects);
  await runJob(windowed, bench, effects);
  const plays = async (): Promise<unknown[][]> => numbers(await bench.rows('play_days')).map((row) => row.slice(0, 3));
  assert.deepEqual(await plays(), [
    ['2025/08/11', 'tv', 2],
    ['2025/08/11', 'web', 1],
    ['2025/08/12', 'tv', 3],
    ['2025/08/12', 'web', 1],
    ['2025/08/14', 'tv', 1],
  ]);
  await bench.land(monday('12', 9));
  await runJob(curate, bench, effects);
  const run = await runJob(windowed, bench, effects);
  assert.deepEqual(
    run.restated.map((values) => values.join('/')),
    ['2025/08/11', '2025/08/12'],
  );
  assert.deepEqual(
    (await plays()).filter(([, device]) => device === 'tv'),
    [
      ['2025/08/11', 'tv', 3],
      ['2025/08/12', 'tv', 4],
      ['2025/08/14', 'tv', 1],
    ],
  );
  assert.equal((await accounted('media.daily')).written, await rowsOf('play_days'));
});

test('where a table that is looked up changes, every day is made anew, by its present content, once', async () => {
  const text = `SELECT device, count(*) AS plays, (SELECT coalesce(sum(plays), 0) FROM media.devices) AS seconds, 0 AS hours
    FROM media.plays GROUP BY device`;
  const definition = { ...daily.definition, sql: text, lookUps: ['devices'] };
  const looking = { ...daily, definition, lookUps: [total.target] };
  const looked = async (): Promise<unknown[][]> => numbers(await bench.rows('play_days')).map((row) => row.slice(0, 4));
  await bench.land(monday('10', 1), tuesday('09', 4));
  await runJob(curate, bench, effects);
  await runJob(looking, bench, effects);
  assert.deepEqual(await looked(), [
    ['2025/08/11', 'tv', 1, 0],
    ['2025/08/12', 'tv', 1, 0],
  ]);
  await runJob(total, bench, effects);
  const run = await runJob(looking, bench, effects);
  assert.deepEqual(
    run.restated.map((values) => values.join('/')),
    ['2025/08/11', '2025/08/12'],
  );
  assert.deepEqual(await looked(), [
    ['2025/08/11', 'tv', 1, 2],
    ['2025/08/12', 'tv', 1, 2],
  ]);
  assert.deepEqual((await runJob(looking, bench, effects)).commits, []);
  assert.deepEqual(await accounted('media.daily'), { read: await rowsOf('plays'), written: await rowsOf('play_days') });
});
