import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../../src/base/errors.ts';
import { readJob } from '../../src/check/job-ledger.ts';
import { jobAccount, jobPositions } from '../../src/transform/account.ts';
import { committedSidecars, fatesWhere } from '../../src/transform/committed-sidecars.ts';
import { runJob } from '../../src/transform/run-job.ts';
import { type Bench, curateJob, openBench, play } from './job-bench.ts';

const effects = testEffects();
const job = curateJob();
const failsWith = (code: ErrorCode) => (error: unknown) => isPlayheadError(error, code);
let bench: Bench;
beforeEach(async () => {
  bench = await openBench(effects);
});
afterEach(() => bench.close());

const ids = async (): Promise<unknown[]> => (await bench.curated('SELECT id FROM plays ORDER BY id')).map(([id]) => id);

test('rows come out typed, in the partition of their event hour, and the catalog knows them', async () => {
  await bench.land(play(1), play(2, { at: '2025-08-11T23:59:59.5+02:00' }));
  const run = await runJob(job, bench, effects);
  assert.deepEqual(
    { ...run, quarantine: [] },
    {
      commits: [0],
      read: 2,
      written: 2,
      quarantined: 0,
      deduplicated: 0,
      replayed: 0,
      partitions: [
        ['2025', '08', '11', '10'],
        ['2025', '08', '11', '21'],
      ],
      restated: [],
      kept: [],
      quarantine: [],
      checks: [],
    },
  );
  const objects = await bench.catalog.objects('media', 'plays');
  assert.deepEqual(
    objects.map(({ key, rows, series, commit }) => [key, rows, series, commit]),
    [
      ['curated/plays/year=2025/month=08/day=11/hour=10/data.parquet', 1, 'media.curate', 0],
      ['curated/plays/year=2025/month=08/day=11/hour=21/data.parquet', 1, 'media.curate', 0],
    ],
  );
  assert.deepEqual(
    await bench.curated(
      'SELECT id, seconds, share, city, CAST(played AS VARCHAR), typeof(played) FROM plays ORDER BY id',
    ),
    [
      ['P1', 1, 0.5, 'Köln', '2025-08-11 10:01:00', 'TIMESTAMP'],
      ['P2', 2, 1, 'Köln', '2025-08-11 21:59:59.5', 'TIMESTAMP'],
    ],
  );
});

test('nothing new is nothing to do', async () => {
  assert.deepEqual((await runJob(job, bench, effects)).commits, []);
  await bench.land(play(1));
  await runJob(job, bench, effects);
  assert.deepEqual((await runJob(job, bench, effects)).commits, []);
  assert.deepEqual(await jobPositions(bench.store, job.name, effects), { landing: 1 });
});

test('a repeated row is dropped and counted, within a run and from run to run', async () => {
  await bench.land(play(1), play(1), play(2));
  await bench.land(play(2), play(3));
  const first = await runJob(job, bench, effects);
  assert.deepEqual([first.read, first.written, first.deduplicated, first.quarantined], [5, 3, 2, 0]);
  await bench.land(play(1), play(4));
  const second = await runJob(job, bench, effects);
  assert.deepEqual([second.read, second.written, second.deduplicated, second.quarantined], [2, 1, 1, 0]);
  assert.deepEqual(second.restated, [['2025', '08', '11', '10']]);
  assert.deepEqual(await ids(), ['P1', 'P2', 'P3', 'P4']);
});

test('repetitions alone are accounted for, and the partition stays the object that it was', async () => {
  await bench.land(play(1), play(2));
  await bench.land(play(3));
  await runJob(job, bench, effects, { mostBytes: 1 });
  const standing = await bench.catalog.objects('media', 'plays');
  const again = await bench.land(play(1), play(2, { city: 'Bonn' }));
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.read, run.deduplicated, run.quarantined, run.partitions, run.restated], [2, 1, 1, [], []]);
  assert.deepEqual(await bench.catalog.objects('media', 'plays'), standing);
  const { partitions, faults } = await readJob(bench.store, job.name, Number.POSITIVE_INFINITY, []);
  const figures = { read: 5, written: 3, quarantined: 1, deduplicated: 1, superseded: 0, replaced: 0, rows: 3 };
  assert.deepEqual(partitions, [{ values: ['2025', '08', '11', '10'], ...figures, version: 1, restatements: 1 }]);
  assert.deepEqual(faults, []);
  const [sidecar, ...others] = await committedSidecars(bench.store, job.name, effects);
  assert.ok(sidecar !== undefined && others.length === 0);
  await using session = await bench.duck.connect();
  const fates = await fatesWhere(session, [sidecar], `source = '${again}'`);
  assert.deepEqual(
    fates.map(({ fate, version }) => [fate, version]),
    [
      ['deduplicated', 2],
      ['key_conflict', 2],
    ],
  );
});

test('a partition that only loses a row, to a later report in another one, is written anew without it', async () => {
  const latest = curateJob({ unique: { key: ['id'], keep: 'latest', within: 'unlimited' } });
  await bench.land(play(1), play(2));
  await runJob(latest, bench, effects);
  await bench.land(play(1, { at: '2025-08-11T11:00:00Z' }));
  const run = await runJob(latest, bench, effects);
  assert.deepEqual([run.written, run.restated], [1, [['2025', '08', '11', '10']]]);
  assert.deepEqual(await ids(), ['P1', 'P2']);
});

test('a key with other values is a conflict: the first stays, the other is kept aside as it came', async () => {
  const a = await bench.land(play(1), play(2), play(2, { city: 'Bonn' }));
  const first = await runJob(job, bench, effects);
  const b = await bench.land(play(7), play(1, { seconds: 99 }));
  const second = await runJob(job, bench, effects);
  assert.deepEqual(await bench.quarantined([...first.quarantine, ...second.quarantine]), [
    ['key_conflict', a, 2n, JSON.stringify(play(2, { city: 'Bonn' }))],
    ['key_conflict', b, 1n, JSON.stringify(play(1, { seconds: 99 }))],
  ]);
  assert.deepEqual(await bench.curated('SELECT id, seconds, city FROM plays ORDER BY id'), [
    ['P1', 1, 'Köln'],
    ['P2', 2, 'Köln'],
    ['P7', 7, 'Köln'],
  ]);
});

test("keep 'last' lets the later row win, and keeps the earlier one aside", async () => {
  const last = curateJob({ unique: { key: ['id'], keep: 'last' } });
  const a = await bench.land(play(1), play(1, { city: 'Bonn' }));
  const first = await runJob(last, bench, effects);
  await bench.land(play(1, { city: 'Ulm' }), play(3));
  const second = await runJob(last, bench, effects);
  assert.deepEqual([second.read, second.written, second.quarantined], [2, 2, 0]);
  assert.deepEqual(await bench.curated('SELECT id, city FROM plays ORDER BY id'), [
    ['P1', 'Ulm'],
    ['P3', 'Köln'],
  ]);
  assert.deepEqual(await bench.quarantined(first.quarantine), [['key_conflict', a, 0n, JSON.stringify(play(1))]]);
  const [superseded] = await bench.quarantined(second.quarantine);
  assert.deepEqual(superseded?.slice(0, 3), ['key_conflict', a, 1n]);
  assert.match(String(superseded?.[3]), /"id":"P1".*"city":"Bonn"/);
});

test('rows that do not fit are kept aside with their reason, place and text', async () => {
  const bad: [reason: string, line: string][] = [
    ['not_whole', JSON.stringify(play(1, { seconds: 1.5 }))],
    ['wrong_type', JSON.stringify(play(2, { seconds: '2' }))],
    ['wrong_type', JSON.stringify(play(3, { city: 7 }))],
    ['wrong_type', JSON.stringify(play(4, { city: true }))],
    ['wrong_type', JSON.stringify(play(5, { city: { name: 'x' } }))],
    ['out_of_range', JSON.stringify(play(6, { seconds: -1 }))],
    ['out_of_range', JSON.stringify(play(7, { share: 100.5 }))],
    ['not_one_of', JSON.stringify(play(8, { device: 'radio' }))],
    ['pattern', JSON.stringify(play(9, { id: 'X9' }))],
    ['format', JSON.stringify(play(10, { at: 'yesterday' }))],
    ['missing', JSON.stringify({ ...play(11), city: undefined })],
    ['missing', JSON.stringify(play(12, { id: null }))],
    ['wrong_case', JSON.stringify({ ...play(13), city: undefined, City: 'Bonn' })],
    // Character by character: written anew it would be 101.0 and ö.
    [
      'out_of_range',
      JSON.stringify(play(14, { share: 7, city: '' }))
        .replace(':7', ' : 1.010e2')
        .replace('""', '"K\\u00f6ln"'),
    ],
  ];
  const good = [
    play(20, { city: '12345' }),
    play(21, { share: 1e1 }),
    play(22, { city: '' }),
    play(23, { city: 'true' }),
  ];
  const key = await bench.land(
    ...bad.map(([, line]) => line),
    ...good,
    '{"id" : "P24", "at":"2025-08-11T10:00:00Z","seconds": 3.0,"share":-0,"device":"tv","city":"a\\u0062\\n"}',
  );
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined, run.deduplicated], [19, 5, 14, 0]);
  const found = await bench.quarantined(run.quarantine);
  const reasons = found.map(([reason, source, row, text]) => [reason, source, Number(row), text]);
  assert.deepEqual(
    reasons.map(([, source, row, text]) => [source, row, text]),
    bad.map(([, line], row) => [key, row, line]),
  );
  for (const [i, [reason]] of bad.entries()) {
    const given = String(reasons[i]?.[0]);
    // A field under a wrong case is missing under the right one.
    assert.ok(given === reason || (reason === 'wrong_case' && given === 'missing'), `${bad[i]?.[1]}: ${given}`);
  }
  assert.deepEqual(await bench.curated('SELECT id, seconds, city FROM plays ORDER BY id'), [
    ['P20', 20, '12345'],
    ['P21', 21, 'Köln'],
    ['P22', 22, ''],
    ['P23', 23, 'true'],
    ['P24', 3, 'ab\n'],
  ]);
});

test('every row of every object and partition is accounted for', async () => {
  const a = await bench.land(play(1), play(1), play(2, { seconds: 'x' }));
  const b = await bench.land(play(1, { city: 'Bonn' }), play(3), play(4, { at: '2025-08-11T11:00:00Z' }));
  await runJob(job, bench, effects);
  await bench.land(play(5));
  await runJob(job, bench, effects);
  const accounts = [];
  for await (const account of jobAccount(bench.store, job.name, effects)) accounts.push(account);
  assert.deepEqual(accounts[0]?.inputs, [
    { key: a, series: 'landing', commit: 0, read: 3, written: 1, quarantined: 1, deduplicated: 1 },
    { key: b, series: 'landing', commit: 1, read: 3, written: 2, quarantined: 1, deduplicated: 0 },
  ]);
  const partition = (hour: string, rest: object) => ({ values: ['2025', '08', '11', hour], superseded: 0, ...rest });
  assert.deepEqual(accounts[0]?.partitions, [
    partition('10', { rows: 2, read: 4, written: 2, quarantined: 1, deduplicated: 1, restated: false }),
    partition('11', { rows: 1, read: 1, written: 1, quarantined: 0, deduplicated: 0, restated: false }),
  ]);
  assert.deepEqual(accounts[1]?.partitions, [
    partition('10', { rows: 3, read: 1, written: 1, quarantined: 0, deduplicated: 0, restated: true }),
  ]);
});

test('a SELECT that drops or adds rows does not add up', async () => {
  await bench.land(play(1), play(2));
  const select =
    'SELECT id, at, seconds, share, device, city, from_iso8601_timestamp(at) AS played FROM media.plays_json';
  for (const text of [`${select} WHERE seconds > 1`, `${select} CROSS JOIN (VALUES 1, 2) AS two(n)`]) {
    await assert.rejects(
      runJob(curateJob({ sql: { text, path: 'x.sql' } }), bench, effects),
      failsWith('PH_DOES_NOT_ADD_UP'),
    );
    assert.equal(await bench.store.head('curated/plays/year=2025/month=08/day=11/hour=10/data.parquet'), undefined);
  }
});

test('a SELECT that puts one record in the place of another, or in another hour, does not add up', async () => {
  await bench.land(play(1), play(2));
  const columns = 'id, at, seconds, share, device, city, from_iso8601_timestamp(at) AS played';
  for (const text of [
    `SELECT ${columns} FROM media.plays_json WHERE id <> 'P1' UNION ALL SELECT ${columns} FROM media.plays_json WHERE id = 'P2'`,
    `SELECT ${columns} FROM (SELECT 'X' AS id, at, seconds, share, device, city FROM media.plays_json)`,
    `SELECT ${columns} FROM (SELECT id, '2020-01-01T00:00:00Z' AS at, seconds, share, device, city FROM media.plays_json)`,
  ])
    await assert.rejects(
      runJob(curateJob({ sql: { text, path: 'x.sql' } }), bench, effects),
      failsWith('PH_DOES_NOT_ADD_UP'),
    );
  const text = `WITH plays AS (SELECT * FROM media.plays_json WHERE true) SELECT ${columns} FROM plays`;
  await runJob(curateJob({ sql: { text, path: 'x.sql' } }), bench, effects);
  await bench.land(play(3));
  await runJob(curateJob({ sql: { text, path: 'x.sql' } }), bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P2', 'P3']);
});

test('a SELECT that is sure not to make each record a row of its own, the same each time, is refused', async () => {
  await bench.land(play(1), play(2));
  const rest = 'share, device, city, from_iso8601_timestamp(at) AS played FROM media.plays_json';
  const run = (text: string): Promise<unknown> => runJob(curateJob({ sql: { text, path: 'x.sql' } }), bench, effects);
  for (const text of [
    `SELECT 'X' AS id, at, seconds, ${rest}`,
    `SELECT id, '2020-01-01T00:00:00Z' AS at, seconds, ${rest}`,
    `SELECT id, at, CAST(random() * 9 AS integer) AS seconds, ${rest}`,
  ])
    await assert.rejects(run(text), failsWith('PH_SQL_UNSUPPORTED'), text);
  const filtered = curateJob({ sql: { text: `SELECT id, at, seconds, ${rest} WHERE true`, path: 'x.sql' } });
  const { unique: _, ...keyless } = filtered.definition;
  await assert.rejects(runJob({ ...filtered, definition: keyless }, bench, effects), failsWith('PH_SQL_UNSUPPORTED'));
  await runJob(filtered, bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P2']);
});

test('an object that holds other rows than its commit says does not add up', async () => {
  const key = await bench.land(play(1));
  const series = '_playhead/series/landing/commit/0000000000.json';
  const stored = await bench.store.head(key);
  const object = { key, etag: stored?.etag, sizeBytes: 1, rows: 2, partition: [] };
  await bench.store.put(series, Buffer.from(JSON.stringify({ objects: [object], replaces: [] })));
  await assert.rejects(runJob(job, bench, effects), failsWith('PH_DOES_NOT_ADD_UP'));
});

test('a run that reads nothing where rows were due has failed', async () => {
  const { gzipSync } = await import('node:zlib');
  const { etag, sizeBytes, key } = await bench.store.put('landing/empty.json.gz', gzipSync(''));
  const commit = { objects: [{ key, etag, sizeBytes, rows: 5, partition: [] }], replaces: [] };
  await bench.store.put('_playhead/series/landing/commit/0000000000.json', Buffer.from(JSON.stringify(commit)));
  await assert.rejects(runJob(job, bench, effects), failsWith('PH_NOTHING_READ'));
});

test('a line that is no JSON object names the objects that were read', async () => {
  await bench.land(play(1), '{"half');
  await assert.rejects(runJob(job, bench, effects), (error) => {
    assert.ok(isPlayheadError(error, 'PH_CONVERSION_FAILED'));
    assert.match(error.message, /part-0000/);
    return true;
  });
});

test('a backlog is worked off in plans of a bounded size, to the same table', async () => {
  for (let i = 0; i < 5; i += 1) await bench.land(play(i), play(i + 1), play(100 + i));
  const run = await runJob(job, bench, effects, { mostBytes: 1 });
  assert.deepEqual(run.commits, [0, 1, 2, 3, 4]);
  assert.deepEqual([run.read, run.written, run.deduplicated], [15, 11, 4]);
  assert.equal((await ids()).length, 11);
});

test('a second run of the same job is refused while one is at work', async () => {
  await bench.land(play(1));
  let second: Promise<unknown> | undefined;
  const during = testEffects({
    reached: async (step) => {
      if (step === 'job.planned') second = runJob(job, bench, effects).catch((error: unknown) => error);
      await second;
    },
  });
  await runJob(job, bench, during);
  assert.ok(isPlayheadError(await second, 'PH_LEASE_HELD'));
});

test('an interrupted run says so, and the next one goes on', async () => {
  await bench.land(play(1));
  const abort = new AbortController();
  const during = testEffects({
    reached: (step) => {
      if (step === 'job.planned') abort.abort();
    },
  });
  await bench.land(play(2));
  const interrupted = runJob(job, bench, during, { signal: abort.signal, mostBytes: 1 });
  await assert.rejects(interrupted, failsWith('PH_INTERRUPTED'));
  await runJob(job, bench, effects);
  assert.deepEqual(await ids(), ['P1', 'P2']);
});

test('a job that cannot run says why before it begins', async () => {
  await bench.land(play(1));
  const invalid: Parameters<typeof curateJob>[0][] = [
    { incremental: { by: 'day', field: 'at' } },
    { sql: { text: 'SELECT p.id FROM media.plays_json p JOIN media.titles t ON t.id = p.id', path: 'x.sql' } },
  ];
  for (const changes of invalid)
    await assert.rejects(runJob(curateJob(changes), bench, effects), (error) => {
      assert.ok(
        isPlayheadError(error, 'PH_CONFIG_INVALID') || isPlayheadError(error, 'PH_SQL_UNSUPPORTED'),
        String(error),
      );
      return true;
    });
});
