import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { jobAccount } from '../../src/transform/account.ts';
import { lookUpKey } from '../../src/transform/look-up-key.ts';
import { mendByFile, mendBySql } from '../../src/transform/mending.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { type Bench, curateJob, openBench, play } from './job-bench.ts';

const effects = testEffects();
const job = curateJob();
const record = job.input.table.record;

/** Two records that can be mended, one that cannot, one in conflict, and one that is sound. */
async function landed(): Promise<Bench> {
  const bench = await openBench(effects);
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

const setSeconds = [{ column: 'seconds', expression: 'coalesce(abs(seconds), 0)' }];

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
  assert.deepEqual([run.read, run.written, run.quarantined, run.deduplicated], [4, 2, 2, 0]);
  assert.deepEqual(await outcome(bench), mended);
  const again = await replayJob(job, mending, bench, effects);
  assert.deepEqual([again.read, again.written, again.quarantined], [2, 0, 2]);
  assert.deepEqual(await outcome(bench), mended);
  await using session = await bench.duck.connect();
  const fates = await lookUpKey(session, bench.store, job.name, ['P2'], effects);
  assert.deepEqual(
    fates.map(({ fate, row, version }) => [fate, row, version]),
    [['written', 1, 1]],
    'it keeps its identity',
  );
  await bench.land(play(2, { seconds: 5 }));
  assert.equal((await runJob(job, bench, effects)).deduplicated, 1, 'what comes after it is compared with it');
  await bench.close();
});

test('a replay that died at any step is finished by the next one, and each record is written once', async () => {
  const deaths = [
    ['replay.chosen', 'replay'],
    ['job.planned', 'run'],
    ['job.object', 'replay'],
    ['job.sidecar', 'run'],
    ['replay.rewritten', 'replay'],
    ['job.committed', 'run'],
  ] as const;
  for (const [step, finisher] of deaths) {
    const bench = await landed();
    const mending = await mendBySql(record, setSeconds, undefined);
    const dying = testEffects({
      reached: (name) => {
        if (name === step) throw new Error('died');
      },
    });
    await assert.rejects(replayJob(job, mending, bench, dying), /died/);
    if (finisher === 'run') await runJob(job, bench, effects);
    await replayJob(job, mending, bench, effects);
    assert.deepEqual(await outcome(bench), mended, `died at ${step}, finished by a ${finisher}`);
    await bench.close();
  }
});

test('a conflict whose key is mended becomes a row of its own; the condition chooses what is replayed', async () => {
  const bench = await landed();
  const mending = await mendBySql(record, [{ column: 'id', expression: "concat(id, '1')" }], "reason = 'key_conflict'");
  const run = await replayJob(job, mending, bench, effects);
  assert.deepEqual([run.read, run.written], [1, 1]);
  assert.deepEqual(await bench.curated('SELECT id, city FROM plays ORDER BY id'), [
    ['P1', 'Köln'],
    ['P11', 'Bonn'],
  ]);
  await using session = await bench.duck.connect();
  const old = await lookUpKey(session, bench.store, job.name, ['P1'], effects);
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
  assert.deepEqual([run.read, run.written, run.quarantined], [2, 1, 1]);
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
