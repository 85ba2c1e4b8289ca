import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { hours } from '../../src/base/units.ts';
import { openSeries } from '../../src/commit/series.ts';
import { hashOf } from '../../src/transform/fingerprint.ts';
import type { JobCommit } from '../../src/transform/job-plan.ts';
import { lookUpKey } from '../../src/transform/look-up-key.ts';
import { runJob } from '../../src/transform/run-job.ts';
import { sidecarsOf } from '../../src/transform/sidecar.ts';
import { type Bench, curateJob, openBench, play } from './job-bench.ts';

const effects = testEffects();
const job = curateJob();
let bench: Bench;
beforeEach(async () => {
  bench = await openBench(effects);
});
afterEach(() => bench.close());

const at = (hour: number, day = 11): { at: string } => ({
  at: `2025-08-${day}T${String(hour).padStart(2, '0')}:00:00Z`,
});
const rows = (): Promise<readonly (readonly unknown[])[]> =>
  bench.curated('SELECT id, "at", city FROM plays ORDER BY ALL');
const fates = async (key: string): Promise<unknown> => {
  await using session = await bench.duck.connect();
  const found = await lookUpKey(session, bench.store, job.name, key, effects);
  return found.map(({ partition, version, fate, source, row }) => [partition?.[3], version, fate, source, row]);
};

test('one key in two hours is one row, whether one run reads both or two', async () => {
  for (const settings of [{}, { mostBytes: 1 }]) {
    await using fresh = await openBench(effects);
    await fresh.land(play(1, at(10)));
    await fresh.land(play(1, at(11)), play(2, at(11)));
    const run = await runJob(job, fresh, effects, settings);
    assert.deepEqual([run.read, run.written, run.quarantined, run.deduplicated], [3, 2, 1, 0]);
    assert.deepEqual(await fresh.curated('SELECT id, "at" FROM plays ORDER BY id'), [
      ['P1', at(10).at],
      ['P2', at(11).at],
    ]);
  }
});

test('records of one key further apart than the window are two rows, unless it is unlimited', async () => {
  const written = async (within: number | 'unlimited' | undefined, ...plays: object[]): Promise<number> => {
    await using fresh = await openBench(effects);
    const unique = { key: ['id'], ...(within === undefined ? {} : { within }) };
    for (const one of plays) await fresh.land(play(1, { ...one }));
    const run = await runJob(curateJob({ unique }), fresh, effects, { mostBytes: 1 });
    return run.written;
  };
  assert.equal(await written(hours(2), at(10), at(12)), 1);
  assert.equal(await written(hours(2), at(10), at(13)), 2);
  assert.equal(await written(0, at(10), at(11)), 2);
  assert.equal(await written(undefined, at(10), at(10, 12)), 1);
  assert.equal(await written(undefined, at(10), at(11, 12)), 2);
  assert.equal(await written('unlimited', at(10), at(11, 28)), 1);
});

test('who arrived first wins, though it was read last: the row of the other hour goes to quarantine', async () => {
  const late = await bench.landArrived(2_000, play(1, at(11)), play(2, at(11)));
  const before = await runJob(job, bench, effects);
  assert.deepEqual([before.written, before.restated], [2, []]);
  const early = await bench.landArrived(1_000, play(1, { ...at(10), city: 'Bonn' }));
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined, run.deduplicated], [1, 1, 0, 0]);
  assert.deepEqual(run.restated, [['2025', '08', '11', '11']]);
  assert.deepEqual(await rows(), [
    ['P1', at(10).at, 'Bonn'],
    ['P2', at(11).at, 'Köln'],
  ]);
  assert.deepEqual(
    (await bench.quarantined(run.quarantine)).map((found) => found.slice(0, 3)),
    [['key_conflict', late, 0n]],
  );
  assert.deepEqual(await fates('P1'), [
    ['10', 1, 'written', early, 0],
    ['11', 1, 'key_conflict', late, 0],
  ]);
});

test('a record that lost still stands against what comes after it', async () => {
  const narrow = curateJob({ unique: { key: ['id'], within: hours(1) } });
  for (const hour of [10, 11, 12]) {
    await bench.land(play(1, at(hour)));
    await runJob(narrow, bench, effects);
  }
  assert.deepEqual(await rows(), [['P1', at(10).at, 'Köln']]);
});

test('duplicate or conflict is told by what came in, also where the table has less of it', async () => {
  const text = `SELECT id, at, seconds, share, device, 'x' AS city, from_iso8601_timestamp(at) AS played FROM media.plays_json`;
  const narrowing = curateJob({ sql: { text, path: 'x.sql' } });
  await bench.land(play(1));
  await runJob(narrowing, bench, effects);
  await bench.land(play(1), play(1, { city: 'Bonn' }));
  const run = await runJob(narrowing, bench, effects);
  assert.deepEqual([run.written, run.deduplicated, run.quarantined], [0, 1, 1]);
});

test('two keys of one hash are two keys', async () => {
  await bench.land(play(1));
  await runJob(job, bench, effects);
  const key = '_playhead/sidecars/media.curate/partitions/year=2025/month=08/day=11/hour=10/data.parquet';
  const forged = join(bench.folder, 'forged.parquet');
  await using session = await bench.duck.connect();
  await session.run(`COPY (SELECT * REPLACE (${hashOf('P2')}::UBIGINT AS key_hash) FROM '${await bench.store.localFile(key)}')
    TO '${forged}' (FORMAT parquet)`);
  await bench.store.put(key, await readFile(forged));
  await bench.land(play(2));
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.written, run.quarantined, run.deduplicated], [1, 0, 0]);
});

test('a sidecar says what became of each record, and where it came from', async () => {
  const a = await bench.land(play(1), play(1), play(1, { seconds: -1 }), play(2, { id: 'X' }));
  await runJob(job, bench, effects);
  const { last } = await openSeries<unknown, JobCommit>(bench.store, job.name, effects).head();
  assert.ok(last !== undefined);
  const folder = '_playhead/sidecars/media.curate/';
  assert.deepEqual(
    sidecarsOf(last).map(({ key, rows }) => [key, rows]),
    [
      [`${folder}partitions/year=2025/month=08/day=11/hour=10/data.parquet`, 2],
      [`${folder}rejected/0000000000.parquet`, 2],
    ],
  );
  for (const { key, etag, sha256 } of [
    ...sidecarsOf(last),
    ...(last.quarantine === undefined ? [] : [last.quarantine]),
  ]) {
    const stored = await bench.store.head(key);
    assert.deepEqual([stored?.etag, stored?.sha256], [etag, sha256]);
  }
  const b = await bench.land(play(1, { city: 'Bonn' }));
  await runJob(job, bench, effects);
  assert.deepEqual(await fates('P1'), [
    ['10', 0, 'written', a, 0],
    ['10', 0, 'deduplicated', a, 1],
    [undefined, 0, 'out_of_range', a, 2],
    ['10', 1, 'key_conflict', b, 0],
  ]);
  assert.deepEqual(await fates('P9'), []);
});
