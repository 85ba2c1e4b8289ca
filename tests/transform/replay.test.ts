import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { jobAccount } from '../../src/transform/account.ts';
import { lookUpKey } from '../../src/transform/look-up-key.ts';
import { mendByFile, mendBySql } from '../../src/transform/mending.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { type Bench, curateJob, openBench, play, setSeconds } from './job-bench.ts';

const effects = testEffects();
const job = curateJob();
const record = job.input.table.record;

/** Two records that can be mended, one that cannot, one in conflict, and one that is sound. */
async function landed(folder?: string): Promise<Bench> {
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
async function outcome(bench: Bench): Promise<unknown> {
  const total = { read: 0, written: 0, quarantined: 0, deduplicated: 0, superseded: 0 };
  for await (const account of jobAccount(bench.store, job.name, effects))
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += account.total[name];
  const rows = await bench.curated('SELECT id, seconds, city FROM plays ORDER BY id');
  const objects = await bench.catalog.objects('media', 'plays_quarantine');
  const quarantined = await bench.quarantined(objects.map(({ key }) => key));
  const places = quarantined.map(([reason, , row, text]) => [reason, Number(row), JSON.parse(String(text)).id]);
  return { total, rows, places, counted: objects.reduce((sum, { rows: n }) => sum + n, 0) };
}

const mended = {
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

test('a mended record becomes a row, what is still bad stays, and a second replay writes nothing again', async () => {
  const bench = await landed();
  const mending = await mendBySql(record, setSeconds, undefined);
  const run = await replayJob(job, mending, bench, effects);
  assert.deepEqual([run.replayed, run.written, run.quarantined, run.deduplicated], [4, 2, 2, 0]);
  assert.deepEqual(await outcome(bench), mended);
  const again = await replayJob(job, mending, bench, effects);
  assert.deepEqual([again.replayed, again.written, again.quarantined], [2, 0, 2]);
  assert.deepEqual(await outcome(bench), mended);
  await using session = await bench.duck.connect();
  const fates = await lookUpKey(session, bench.store, job.name, 'P2', effects);
  assert.deepEqual(
    fates.map(({ fate, row, version }) => [fate, row, version]),
    [['written', 1, 1]],
    'it keeps its identity',
  );
  await bench.land(play(2, { seconds: 5 }));
  assert.equal((await runJob(job, bench, effects)).deduplicated, 1, 'what comes after it is compared with it');
  await bench.close();
});

test('an edited file names a record once: two lines would make two rows of it', async () => {
  const line = { source: 'landing/a', row: 1, text: '{}' };
  assert.throws(
    () => mendByFile([line, { ...line, text: '{"id":"P2"}' }]),
    (error) => isPlayheadError(error, 'PH_USAGE'),
  );
});

/** Every step of a replay, and who finishes it: each holder of its records is rewritten on its own. */
const deaths: [step: string, nth: number, finisher: 'replay' | 'run'][] = [
  ['replay.chosen', 1, 'replay'],
  ['job.planning', 1, 'run'],
  ['job.planned', 1, 'run'],
  ['table.publishing', 2, 'replay'],
  ['job.object', 1, 'replay'],
  ['job.sidecar', 2, 'run'],
  ['job.quarantined', 1, 'run'],
  ['replay.rewritten', 1, 'replay'],
  ['replay.rewritten', 2, 'run'],
  ['job.committed', 1, 'run'],
];

test('a replay that is killed at any step is finished by the next one, and each record is written once', async () => {
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
});

test('a conflict whose key is mended becomes a row of its own; the condition chooses what is replayed', async () => {
  const bench = await landed();
  const mending = await mendBySql(record, [{ column: 'id', expression: "concat(id, '1')" }], "reason = 'key_conflict'");
  const run = await replayJob(job, mending, bench, effects);
  assert.deepEqual([run.replayed, run.written], [1, 1]);
  assert.deepEqual(await bench.curated('SELECT id, city FROM plays ORDER BY id'), [
    ['P1', 'Köln'],
    ['P11', 'Bonn'],
  ]);
  await using session = await bench.duck.connect();
  const old = await lookUpKey(session, bench.store, job.name, 'P1', effects);
  assert.deepEqual(
    old.map(({ fate }) => fate),
    ['written'],
    'what was said of it before is gone',
  );
  await bench.close();
});

test('an edited file replays its records as they stand there, and keeps the line of what is still bad', async () => {
  const bench = await landed();
  const source = 'landing/year=2025/month=08/day=11/hour=00/part-0000.json.gz';
  const edited = [
    { source, row: 3, text: JSON.stringify(play(4)) },
    { source, row: 1, text: JSON.stringify(play(2, { seconds: -6, city: 'Ulm' })) },
  ];
  const run = await replayJob(job, mendByFile(edited), bench, effects);
  assert.deepEqual([run.replayed, run.written, run.quarantined], [2, 1, 1]);
  const objects = await bench.catalog.objects('media', 'plays_quarantine');
  const texts = (await bench.quarantined(objects.map(({ key }) => key))).map(([, , row, text]) => [Number(row), text]);
  assert.deepEqual(texts[0], [1, JSON.stringify(play(2, { seconds: -5 }))]);
  await bench.close();
});

test('a column or condition that does not exist is refused before anything is replayed', async () => {
  await assert.rejects(mendBySql(record, [{ column: 'secnds', expression: '1' }], undefined), (error) => {
    assert.ok(isPlayheadError(error, 'PH_USAGE'));
    assert.match(error.hint ?? '', /"seconds"/);
    return true;
  });
  await assert.rejects(mendBySql(record, [], 'secnds > 1'), /no field "secnds"/);
});
