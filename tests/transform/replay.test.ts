import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { lookUpKey } from '../../src/transform/look-up-key.ts';
import { mendByFile, mendBySql } from '../../src/transform/mending.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { curateJob, play, setSeconds } from './job-bench.ts';
import { killReplays, landed, mended, outcome } from './killed-replays.ts';

const effects = testEffects();
const job = curateJob();
const record = job.input.table.record;

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

/** Some steps of a replay: each holder of its records is rewritten on its own. All of them are in the soak. */
test('a replay that is killed at a step is finished by the next one, and each record is written once', () =>
  killReplays([
    ['table.publishing', 2, 'replay'],
    ['job.sidecar', 2, 'run'],
    ['replay.rewritten', 1, 'replay'],
    ['job.committed', 1, 'run'],
  ]));

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
