import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { minutes } from '../../src/base/units.ts';
import { check } from '../../src/quality/definition.ts';
import { failedOutput } from '../../src/transform/failed-output.ts';
import { mendBySql } from '../../src/transform/mend-by-sql.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { type Bench, curateJob, openBench, play, setSeconds } from './job-bench.ts';

const effects = testEffects();
let bench: Bench;
beforeEach(async () => {
  bench = await openBench(effects);
});
afterEach(() => bench.close());

const ids = async (): Promise<unknown[]> => (await bench.curated('SELECT id FROM plays ORDER BY id')).map(([id]) => id);

test('each check of records keeps out what breaks it, under its own name, and lets pass what does not', async () => {
  const arrived = Date.parse('2025-08-11T10:30:00Z');
  const checks = [
    check.row('share_of_tv', "device <> 'tv' OR share < 40"),
    check.range('seconds', { max: 70 }),
    check.pattern('city', '^K'),
    check.oneOf('device', ['tv']),
    check.arrival('at', { ahead: minutes(5), behind: minutes(60) }),
  ];
  const key = await bench.landAt(
    arrived,
    play(1),
    play(2, { share: 41 }),
    play(3, { seconds: 71 }),
    play(4, { city: 'Bonn' }),
    play(5, { device: 'web' }),
    play(6, { at: '2025-08-11T10:36:00Z' }),
    play(7, { at: '2025-08-11T09:29:00Z' }),
    play(8, { at: '2025-08-11T10:35:00Z' }),
    play(9, { seconds: 'x', share: 41 }),
  );
  const run = await runJob(curateJob({ checks }), bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P8']);
  assert.deepEqual(
    (await bench.quarantined(run.quarantine)).map(([reason, source, row]) => [reason, source, Number(row)]),
    [
      ['share_of_tv', key, 1],
      ['seconds_range', key, 2],
      ['city_pattern', key, 3],
      ['device_one_of', key, 4],
      ['at_arrival', key, 5],
      ['at_arrival', key, 6],
      ['wrong_type', key, 8],
    ],
  );
  assert.deepEqual(
    run.checks.map((outcome) => [outcome.check, outcome.verdict, outcome.broken, outcome.samples[0]]),
    [
      ['share_of_tv', 'broken', 1, `${key}, row 1: device=tv, share=41.0`],
      ['seconds_range', 'broken', 1, `${key}, row 2: 71`],
      ['city_pattern', 'broken', 1, `${key}, row 3: Bonn`],
      ['device_one_of', 'broken', 1, `${key}, row 4: web`],
      ['at_arrival', 'broken', 2, `${key}, row 5: 2025-08-11T10:36:00Z`],
    ],
  );
});

test('an arrival is the own one of each record, not that of the first of its object, and a replay knows it again', async () => {
  const fromMs = Date.parse('2025-08-11T10:00:00Z');
  const toMs = Date.parse('2025-08-11T11:00:00Z');
  // Two rows at 10:00, one at 10:30, two at 11:00.
  const runs = { stepMs: 60_000, rows: [2, 0, 1, 30, 2, 60] };
  await bench.landAt(
    { fromMs, toMs, runs },
    play(1, { at: '2025-08-11T10:04:00Z' }),
    play(2, { at: '2025-08-11T10:34:00Z' }),
    play(3, { at: '2025-08-11T10:34:00Z' }),
    play(4, { at: '2025-08-11T11:04:00Z' }),
    play(5, { at: '2025-08-11T10:00:00Z', city: 'Bonn' }),
  );
  const checks = [check.pattern('city', '^K'), check.arrival('at', { ahead: minutes(5), behind: minutes(45) })];
  const job = curateJob({ checks });
  const run = await runJob(job, bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P3', 'P4']);
  const reasons = async (keys: readonly string[]): Promise<unknown> =>
    (await bench.quarantined(keys)).map(([reason, , row]) => [reason, Number(row)]);
  assert.deepEqual(await reasons(run.quarantine), [
    ['at_arrival', 1],
    ['city_pattern', 4],
  ]);
  const mending = await mendBySql(job.input.table.record, [{ column: 'city', expression: "'Köln'" }], undefined);
  await replayJob(job, mending, bench, effects);
  const left = (await bench.catalog.objects('media', 'plays_quarantine')).filter(({ rows }) => rows > 0);
  assert.deepEqual(
    await reasons(left.map(({ key }) => key)),
    [
      ['at_arrival', 1],
      ['at_arrival', 4],
    ],
    'an hour after its time, it came too late',
  );
});

test('a warning lets the record pass and counts it', async () => {
  await bench.land(play(1), play(2, { city: 'Bonn' }));
  const run = await runJob(curateJob({ checks: [check.pattern('city', '^K', { severity: 'warn' })] }), bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P2']);
  assert.deepEqual(run.checks[0], {
    check: 'city_pattern',
    severity: 'warn',
    verdict: 'broken',
    broken: 1,
    samples: ['landing/year=2025/month=08/day=11/hour=00/part-0000.json.gz, row 1: Bonn'],
  });
});

test('a check that fails keeps back the whole output, keeps it aside, and says which rows and why', async () => {
  const careful = curateJob({ checks: [check.pattern('city', '^K', { severity: 'fail' })] });
  await bench.land(play(1));
  await runJob(careful, bench, effects);
  await bench.land(play(2), play(3, { city: 'Bonn' }));
  for (let again = 0; again < 2; again += 1) {
    await assert.rejects(runJob(careful, bench, effects), (error) => {
      assert.ok(isPlayheadError(error, 'PH_CHECK_FAILED'), String(error));
      assert.match(error.message, /city_pattern: broken once\n.*part-0001\.json\.gz, row 1: Bonn/);
      return true;
    });
    assert.deepEqual(await ids(), ['P1'], 'nothing of it is published');
  }
  const kept = await failedOutput(bench.store, careful.name);
  assert.deepEqual(kept?.objects, [
    '_playhead/failed/media.curate/data/year=2025/month=08/day=11/hour=10/data.parquet',
  ]);
  await using session = await bench.duck.connect();
  const object = await bench.store.localFile(kept.objects[0] ?? '');
  assert.equal(await session.value(`SELECT count(*) FROM '${object}'`), 3n);
  const rows = await bench.store.localFile(kept.rows ?? '');
  assert.deepEqual((await session.all(`SELECT "check", path, expected, got, row FROM '${rows}'`)).rows, [
    ['city_pattern', 'city', 'text matching ^K', 'Bonn', 1n],
  ]);

  const lenient = curateJob({ checks: [check.pattern('city', '^[KB]', { severity: 'fail' })] });
  await runJob(lenient, bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P2', 'P3']);
  assert.equal(await failedOutput(bench.store, careful.name), undefined, 'what was kept goes with the next success');
  assert.deepEqual((await bench.store.list('_playhead/failed/')).objects, []);
});

test('a record that is quarantined anyway stops the run all the same where it breaks a check that fails', async () => {
  const checks = [check.range('seconds', { max: 70 }), check.pattern('city', '^K', { severity: 'fail' })];
  await bench.land(play(1), play(2, { seconds: 71, city: 'Bonn' }));
  await assert.rejects(runJob(curateJob({ checks }), bench, effects), /city_pattern: broken once\n.*row 1: Bonn/);
});

test('what a failed run kept stays after a replay, and goes with a run that succeeds, with checks or without', async () => {
  const careful = curateJob({ checks: [check.pattern('city', '^K', { severity: 'fail' })] });
  await bench.land(play(1), play(2, { seconds: -2 }));
  await runJob(careful, bench, effects);
  await bench.land(play(3, { city: 'Bonn' }));
  await assert.rejects(runJob(careful, bench, effects), (error) => isPlayheadError(error, 'PH_CHECK_FAILED'));
  await replayJob(careful, await mendBySql(careful.input.table.record, setSeconds, undefined), bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P2']);
  assert.equal((await failedOutput(bench.store, careful.name))?.job, careful.name);
  await runJob(curateJob(), bench, effects);
  assert.equal(await failedOutput(bench.store, careful.name), undefined);
});

test('a group is judged together with the hours beside it, and only where the run made some of it', async () => {
  const viewers = check.group(
    'one_city_a_share',
    { by: ['share'], orderBy: ['at'], within: minutes(60), same: ['city'], sequence: { field: 'id', pattern: '^P1 ' } },
    { severity: 'fail' },
  );
  const grouped = curateJob({ checks: [viewers] });
  const at = (hour: number): string => `2025-08-11T${hour}:00:00Z`;
  await bench.land(play(1, { at: at(10), share: 7 }));
  await runJob(grouped, bench, effects);
  await bench.land(play(2, { at: at(11), share: 7, city: 'Bonn' }));
  await assert.rejects(runJob(grouped, bench, effects), /one_city_a_share[\s\S]*7\.0: city Bonn and Köln/);
});

test('freshness goes by the arrival clock of what feeds the job, and by the wall where there is none', async () => {
  const fresh = curateJob({ checks: [check.freshness('at')] });
  const found = async (ports: Parameters<typeof runJob>[1]): Promise<unknown> =>
    (await runJob(fresh, ports, effects)).checks.map((outcome) => outcome.found);
  await bench.land(play(1, { at: '2025-07-11T10:00:00Z' }));
  const simulated = async (): Promise<number> => Date.parse('2025-07-11T10:20:00Z');
  assert.deepEqual(await found({ ...bench, arrivalNow: simulated }), ['WARNING, 20 min behind']);
  await bench.land(play(2, { at: new Date(effects.clock.now() - minutes(31)).toISOString() }));
  assert.deepEqual(await found({ ...bench, arrivalNow: async () => undefined }), ['DELAYED, 31 min behind']);
});

test('a run that set aside all that it read has the table judged as it stands; a replay that mends nothing judges none', async () => {
  const checks = [
    check.freshness('at'),
    check.group('one_city_a_share', { by: ['share'], orderBy: ['at'], same: ['city'] }, { severity: 'warn' }),
    check.unique(['share'], { severity: 'warn' }),
  ];
  const watchful = curateJob({ checks });
  const later = async (): Promise<number> => Date.parse('2025-08-11T12:00:00Z');
  const verdicts = (run: Awaited<ReturnType<typeof runJob>>): unknown =>
    run.checks.map(({ verdict, found }) => [verdict, found]);
  await bench.land(play(9, { seconds: -2 }));
  const empty = await runJob(watchful, { ...bench, arrivalNow: later }, effects);
  assert.deepEqual(
    verdicts(empty),
    Array(3).fill(['unknown', 'all that was read was set aside, and the table has no row']),
  );
  await bench.land(
    play(1, { at: '2025-08-11T11:00:00Z', share: 7 }),
    play(2, { at: '2025-08-11T11:00:00Z', share: 7, city: 'Bonn' }),
  );
  await runJob(watchful, { ...bench, arrivalNow: later }, effects);
  await bench.land(play(3, { seconds: -2 }));
  const stood = await runJob(watchful, { ...bench, arrivalNow: later }, effects);
  assert.deepEqual([stood.read, stood.written], [1, 0]);
  assert.deepEqual(verdicts(stood), [
    ['broken', 'DELAYED, 1 h behind'],
    ['broken', undefined],
    ['broken', undefined],
  ]);
  const still = await replayJob(
    watchful,
    await mendBySql(watchful.input.table.record, [], undefined),
    { ...bench, arrivalNow: later },
    effects,
  );
  assert.deepEqual([still.replayed, still.quarantined, still.checks], [2, 2, []]);
});

test('what a column has in common with the days before, and how many rows: too few, too many, another mixture', async () => {
  const watchful = curateJob({
    checks: [
      check.volume({ least: 0.5, most: 2 }),
      check.drift('city', { most: 0.25 }),
      check.drift('seconds', { most: 0.25 }),
    ],
  });
  let n = 0;
  const land = async (day: number, rows: number, changes: object = {}): Promise<void> => {
    const at = `2025-08-${day}T10:00:00Z`;
    const plays = Array.from({ length: rows }, (_, i) => {
      n += 1;
      return play(n, { at, seconds: i % 100, share: 1, city: i % 2 === 0 ? 'Köln' : 'Bonn', ...changes });
    });
    await bench.landAt(Date.parse(at) + minutes(90), ...plays);
  };
  const verdicts = async (): Promise<unknown> =>
    (await runJob(watchful, bench, effects)).checks.map(({ verdict }) => verdict);
  await land(11, 600);
  assert.deepEqual(await verdicts(), ['unknown', 'unknown', 'unknown']);
  await land(12, 600);
  await land(13, 600);
  await runJob(watchful, bench, effects);
  await land(14, 600);
  assert.deepEqual(await verdicts(), ['passed', 'passed', 'passed']);
  await land(15, 1300, { city: 'Ulm', seconds: 99 });
  assert.deepEqual(await verdicts(), ['broken', 'broken', 'broken']);
  await land(17, 600);
  const [volume] = (await runJob(watchful, bench, effects)).checks;
  assert.deepEqual(volume?.samples, ['2025-08-16 10:00: 0 rows, usually 600'], 'the day between had none');
});
