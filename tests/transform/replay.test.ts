import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { lookUpKey } from '../../src/transform/look-up-key.ts';
import { mendByFile } from '../../src/transform/mend-by-file.ts';
import { mendBySql } from '../../src/transform/mend-by-sql.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { curateJob, openBench, play, setSeconds } from './job-bench.ts';
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

test('a replay reads the commits that its records name, however many came before them', async () => {
  await using bench = await openBench(effects);
  for (const seconds of [1, 2, 3, 4, 5, -6]) {
    await bench.land(play(10 + Math.abs(seconds), { seconds }));
    await runJob(job, bench, effects);
  }
  const read: string[] = [];
  const store: typeof bench.store = {
    ...bench.store,
    get: (key, ...range) => {
      read.push(key);
      return bench.store.get(key, ...range);
    },
  };
  const run = await replayJob(job, await mendBySql(record, setSeconds, undefined), { ...bench, store }, effects);
  assert.equal(run.written, 1);
  const early = read.filter((key) => /^_playhead\/series\/.*\/commit\/0*[0-4]\.json$/.test(key));
  assert.deepEqual(early, []);
});

test('a decimal is set digit by digit, and an object put in the place of the other', async () => {
  const of = defineRecord('bill', {
    fields: {
      total: field.decimal(38, 2),
      'größe/m': field.string(),
      to: field.struct({ city: field.string(), street: field.string() }),
    },
  });
  const text = '{"n":9007199254740993,"total":"1.00","größe/m":"x","to":{"city":"Bonn","street":"Am Hof"}}';
  const { mended, fields } = await mendBySql(
    of,
    [
      { column: 'total', expression: "CAST('123456789012345678901234567890.12' AS decimal(38, 2))" },
      { column: 'to', expression: "CAST(ROW('Ulm', NULL) AS ROW(city varchar, street varchar))" },
      { column: 'größe/m', expression: 'concat("größe/m", \'y\')' },
    ],
    undefined,
  );
  await using bench = await openBench(effects);
  await using session = await bench.duck.connect();
  const quarantine = `(SELECT NULL AS reason, NULL AS issues, 's' AS source, 0 AS row, '${text}' AS text, 0 AS arrived_ms,
    0 AS source_commit, 0 AS job_commit, NULL AS bucket)`;
  const line = String(await session.value(`SELECT ${mended} FROM ${fields(quarantine)}`));
  assert.match(line, /9007199254740993/);
  assert.match(line, /"123456789012345678901234567890.12"/);
  const { to, 'größe/m': size } = JSON.parse(line);
  assert.deepEqual([to, size], [{ city: 'Ulm' }, 'xy']);
});

test('a field that is called as a column of the quarantine is the record’s; the other has a name of its own', async () => {
  const of = defineRecord('letter', {
    fields: { Source: field.string(), row: field.int(), text: field.string(), bucket: field.string() },
  });
  await using bench = await openBench(effects);
  await using session = await bench.duck.connect();
  const quarantine = `(SELECT 'wrong_type' AS reason, NULL AS issues, 'landing/a' AS source, 7 AS row,
    '{"Source":"post","row":3,"text":"Dear","bucket":"b"}' AS text, 0 AS arrived_ms, 0 AS source_commit, 0 AS job_commit, NULL AS bucket)`;
  for (const [where, holds] of [
    ["source = 'post' AND row = 3 AND text = 'Dear' AND bucket = 'b'", true],
    ["_quarantined_source = 'landing/a' AND _quarantined_row = 7 AND _quarantined_reason = reason", true],
    ["reason = 'wrong_type'", true],
    ["source = 'landing/a'", false],
  ] as const) {
    const { fields, chosen } = await mendBySql(of, [], where);
    assert.equal(await session.value(`SELECT (${chosen}) FROM ${fields(quarantine)}`), holds, where);
  }
});

test('a column or condition that does not exist is refused before anything is replayed', async () => {
  await assert.rejects(mendBySql(record, [{ column: 'secnds', expression: '1' }], undefined), (error) => {
    assert.ok(isPlayheadError(error, 'PH_USAGE'));
    assert.match(error.hint ?? '', /"seconds"/);
    return true;
  });
  await assert.rejects(mendBySql(record, [], 'secnds > 1'), /no field "secnds"/);
});
