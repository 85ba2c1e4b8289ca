import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { parquetRows } from '../../src/duck/file-rows.ts';
import { check } from '../../src/index.ts';
import { type ObjectVersion, versionFile } from '../../src/table/retained.ts';
import { jobAccount } from '../../src/transform/account.ts';
import { failedOutput } from '../../src/transform/failed-output.ts';
import { lookUpKey } from '../../src/transform/look-up-key.ts';
import { mendBySql } from '../../src/transform/mend-by-sql.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { chartJob, declareCharts, landPage, pages, show } from './charts.ts';
import { type Bench, openBench } from './job-bench.ts';

const effects = testEffects();
const job = chartJob();
/** One for all tests: each has a day of its own. */
let bench: Bench;
before(async () => {
  bench = await openBench(effects);
  await declareCharts(bench);
});
after(() => bench.close());

const land = (kind: string, dt: string, ...results: readonly unknown[]): Promise<string> =>
  landPage(bench, [kind, dt], results, effects);

/** Show and title of a day's rows. */
async function titles(kind: string, dt: string): Promise<unknown[][]> {
  const rows = await bench.rows('chart_shows');
  return rows.filter(([of]) => of === `${kind}/${dt}`).map(([, id, title]) => [Number(id), title]);
}

/** Key and etag of an object that is there. */
async function headOf(key = ''): Promise<ObjectVersion> {
  const { etag } = (await bench.store.head(key)) ?? assert.fail(`${key} is not there`);
  return { key, etag };
}

/** Fate, page, ordinal in it and version of a show's records. */
async function fates(id: number): Promise<unknown[][]> {
  await using session = await bench.duck.connect();
  const found = await lookUpKey(session, bench.store, job.name, String(id), effects);
  return found.map(({ fate, source, row, version }) => [fate, source, row, version]);
}

test('each element is a record: read, placed where its page is, known by page and ordinal', async () => {
  const popular = await land('popular', '2026-11-01', show(101), show(102));
  await land('airing', '2026-11-02', show(101, { plays: null, tags: null }));
  await land('popular', '2026-11-01');
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined, run.deduplicated], [3, 3, 0, 0]);
  assert.deepEqual(
    (await bench.catalog.objects('media', 'chart_shows')).map(({ key, rows, partition }) => [key, rows, partition]),
    [
      ['charts/shows/airing/dt=2026-11-02/data.parquet', 1, ['airing', '2026-11-02']],
      ['charts/shows/popular/dt=2026-11-01/data.parquet', 2, ['popular', '2026-11-01']],
    ],
  );
  assert.deepEqual((await bench.rows('chart_shows'))[0], [
    'airing/2026-11-02',
    101n,
    'Show 101',
    0,
    null,
    '2026-11-02',
    'airing',
  ]);
  assert.deepEqual((await fates(102)).slice(0, 1), [['written', popular, 1, run.commits[0]]]);
});

test('a later page supersedes what an earlier one says of a show; nothing of it is set aside', async () => {
  const first = await land('popular', '2026-11-03', show(301), show(302), show(303));
  const one = await runJob(job, bench, effects);
  const second = await land('popular', '2026-11-03', show(302, { name: 'Renamed' }), show(304));
  const third = await land('popular', '2026-11-03', show(304, { name: 'Again' }));
  const two = await runJob(job, bench, effects);
  assert.deepEqual([one.read, one.written], [3, 3]);
  assert.deepEqual([two.read, two.written, two.quarantined, two.deduplicated, two.quarantine], [3, 2, 0, 1, []]);
  assert.deepEqual(await titles('popular', '2026-11-03'), [
    [301, 'Show 301'],
    [302, 'Renamed'],
    [303, 'Show 303'],
    [304, 'Again'],
  ]);
  assert.deepEqual(await fates(302), [
    ['superseded', first, 1, two.commits[0]],
    ['written', second, 0, two.commits[0]],
  ]);
  assert.deepEqual(
    (await fates(304)).map(([fate, source]) => [fate, source]),
    [
      ['superseded', second],
      ['written', third],
    ],
  );
  for await (const { partitions, total } of jobAccount(bench.store, job.name, effects, two.commits[0]))
    assert.deepEqual([total.superseded, total.replaced, partitions[0]?.rows, partitions[0]?.replaced], [0, 1, 4, 1]);
});

test('of a show that a page has twice the first good one counts, the other is set aside, whichever page is the latest', async () => {
  const earlier = await land('popular', '2026-11-04', show(401), show(401, { name: 'Second' }));
  const later = await land(
    'popular',
    '2026-11-04',
    show(402, { name: '' }),
    show(402, { name: 'Good' }),
    show(402, { name: 'Third' }),
    show(401, { name: 'Later' }),
  );
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined, run.deduplicated], [6, 2, 3, 1]);
  assert.deepEqual(await titles('popular', '2026-11-04'), [
    [401, 'Later'],
    [402, 'Good'],
  ]);
  const about = { about: { kind: 'popular', taken: '2026-11-04' } };
  assert.deepEqual(await bench.quarantined(run.quarantine), [
    ['duplicate', earlier, 1n, JSON.stringify({ ...show(401, { name: 'Second' }), ...about })],
    ['has_title', later, 0n, JSON.stringify({ ...show(402, { name: '' }), ...about })],
    ['duplicate', later, 2n, JSON.stringify({ ...show(402, { name: 'Third' }), ...about })],
  ]);
});

test('what is no record is set aside as it came: a wrong type, no key, no object at all', async () => {
  const odd = [null, 7, [show(501)], { about: 'x' }, show(502, { plays: '9' }), show(503, { id: null })];
  const key = await land('popular', '2026-11-05', ...odd, show(504, { more: { a: null } }));
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined], [7, 1, 6]);
  const about = { kind: 'popular', taken: '2026-11-05' };
  assert.deepEqual(
    (await bench.quarantined(run.quarantine)).map(([reason, source, row, text]) => [reason, source, row, text]),
    [
      ['missing', key, 0n, 'null'],
      ['missing', key, 1n, '7'],
      ['missing', key, 2n, JSON.stringify([show(501)])],
      ['missing', key, 3n, JSON.stringify({ about })],
      ['wrong_type', key, 4n, JSON.stringify({ ...show(502, { plays: '9' }), about })],
      ['missing', key, 5n, JSON.stringify({ ...show(503, { id: null }), about })],
    ],
  );
});

test('a mended record goes where its page belongs, under the place that it has', async () => {
  const key = await land('airing', '2026-11-06', show(601), show(602, { plays: -1 }));
  await runJob(job, bench, effects);
  const mending = await mendBySql(
    job.input.table.record,
    [{ column: 'plays', expression: 'abs(plays)' }],
    `source = '${key}'`,
  );
  const run = await replayJob(job, mending, bench, effects);
  assert.deepEqual([run.replayed, run.written, run.quarantined], [1, 1, 0]);
  assert.deepEqual(await titles('airing', '2026-11-06'), [
    [601, 'Show 601'],
    [602, 'Show 602'],
  ]);
  assert.deepEqual(
    (await fates(602)).map(([fate, source, row]) => [fate, source, row]),
    [['written', key, 1]],
  );
});

const hasTitle = check.row('has_title', "coalesce(name, '') <> ''");
const strict = chartJob({ checks: [hasTitle, check.rejected({ most: 0.1, per: 'partition' })] });

test('a partition of which too much is refused is set aside whole, and the run fails; the others are published by it', async () => {
  const key = await land('popular', '2026-11-07', ...[701, 702, 703].map((id) => show(id)), show(704, { name: null }));
  await land('airing', '2026-11-07', ...Array.from({ length: 10 }, (_, i) => show(711 + i)));
  await assert.rejects(runJob(strict, bench, effects), (error) => {
    assert.ok(isPlayheadError(error, 'PH_CHECK_FAILED'));
    assert.match(error.message, /published nothing of popular\/2026-11-07: rejected: 1 of 4 .*; at most 10 % may be/);
    assert.match(error.message, /rejected: 1 of 4 records of popular\/2026-11-07 were refused/);
    assert.match(error.message, new RegExp(`has_title: once .* in ${key}, row 3`));
    const { read, written, quarantined } = error.details;
    assert.deepEqual([read, written, quarantined], [14, 10, 4]);
    return true;
  });
  assert.deepEqual(await titles('popular', '2026-11-07'), []);
  assert.equal((await titles('airing', '2026-11-07')).length, 10);
  assert.deepEqual(
    [await fates(701), await fates(704)].map((found) => found.map(([fate, source, row]) => [fate, source, row])),
    [[['rejected', key, 0]], [['has_title', key, 3]]],
  );
  assert.deepEqual((await runJob(strict, bench, effects)).commits, [], 'nothing of it is pending');

  await land('popular', '2026-11-07', show(702, { name: 'Later' }), show(705));
  assert.equal((await runJob(strict, bench, effects)).written, 2, 'a later page is judged by itself');
  const where = `source = '${key}' AND reason IN ('rejected', 'has_title')`;
  const mended = await mendBySql(
    strict.input.table.record,
    [{ column: 'name', expression: "coalesce(name, 'X')" }],
    where,
  );
  const replay = await replayJob(strict, mended, bench, effects);
  assert.deepEqual([replay.replayed, replay.written, replay.quarantined, replay.deduplicated], [4, 3, 0, 1]);
  assert.deepEqual(await titles('popular', '2026-11-07'), [
    [701, 'Show 701'],
    [702, 'Later'],
    [703, 'Show 703'],
    [704, 'X'],
    [705, 'Show 705'],
  ]);
});

test('what a run held back that died before it said so is said by the next one, whatever else stops that', async () => {
  const from = effects.clock.now();
  const later = { ...effects, clock: { ...effects.clock, now: () => from + 2 } };
  await land('popular', '2026-11-12', show(771, { name: null }));
  const dying = {
    ...later,
    reached: async (step: string): Promise<void> => {
      if (step === 'job.registered') throw new Error('died');
    },
  };
  await assert.rejects(runJob(strict, bench, dying), /died/);
  const untold = { untoldSinceMs: async () => from + 1 };
  const unsaid = /nothing of popular\/2026-11-12/;
  await assert.rejects(runJob(strict, bench, effects, untold), unsaid);
  await land('popular', '2026-11-12', show(772, { plays: 'many' }));
  const stopped = chartJob({ checks: [check.rejected({ most: 0.1 })] });
  await assert.rejects(runJob(stopped, bench, effects, untold), unsaid);
  assert.equal((await runJob(job, bench, effects)).quarantined, 1, 'and by no run that has nothing untold before it');
});

test('what a later page says of a show anew does not count as read: an answer that was refused gives way to a sound one', async () => {
  const ids = [751, 752, 753];
  await land('popular', '2026-11-10', ...ids.map((id) => show(id, { name: null })));
  await land('popular', '2026-11-10', ...ids.map((id) => show(id)));
  const run = await runJob(strict, bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined], [6, 3, 3]);
  await land('popular', '2026-11-10', ...ids.map((id) => show(id, { name: null })));
  await assert.rejects(runJob(strict, bench, effects), /rejected: 3 of 3 records of popular\/2026-11-10/);
  assert.equal((await titles('popular', '2026-11-10')).length, 3, 'what was there stays');
});

test('a share of all that a run read stops the run as a whole, says why, and keeps what was refused to be looked at', async () => {
  const bad = show(762, { plays: 'many' });
  const key = await land('popular', '2026-11-11', show(761), bad);
  await assert.rejects(runJob(chartJob({ checks: [check.rejected({ most: 0.1 })] }), bench, effects), (error) => {
    assert.ok(isPlayheadError(error, 'PH_CHECK_FAILED'));
    return error.message.includes(
      `1 of 2 records were refused; at most 10 % may be\n    plays, wrong_type: once "many" in ${key}, row 1`,
    );
  });
  const failed = await failedOutput(bench.store, job.name);
  await using session = await bench.duck.connect();
  const kept = parquetRows(await versionFile(bench.store, await headOf(failed?.rows)));
  assert.deepEqual((await session.all(`SELECT "check", path, row FROM ${kept}`)).rows, [['wrong_type', 'plays', 1n]]);
  const run = await runJob(chartJob({ checks: [check.rejected({ most: 0.5 })] }), bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined], [2, 1, 1]);
});

test('a run that dies when it has put a partition is finished by the next one, with the same rows', async () => {
  await land('popular', '2026-11-09', show(901), show(902), show(901));
  await land('airing', '2026-11-09', show(901));
  const dying = {
    ...effects,
    reached: async (step: string): Promise<void> => {
      if (step === 'job.object') throw new Error('died');
    },
  };
  await assert.rejects(runJob(job, bench, dying), /died/);
  assert.deepEqual(await titles('popular', '2026-11-09'), []);
  const run = await runJob(job, bench, effects);
  assert.deepEqual([run.read, run.written, run.quarantined], [4, 3, 1]);
  assert.deepEqual(
    (await fates(901)).map(([fate]) => fate),
    ['written', 'duplicate', 'written'],
  );
});

test('a row that says another partition than its page is in publishes nothing', async () => {
  const { text, path } = { text: job.definition.sql.replace('about.kind AS kind', "'other' AS kind"), path: 'x.sql' };
  await land('popular', '2026-11-08', show(801));
  await assert.rejects(runJob(chartJob({ sql: { text, path } }), bench, effects), (error) =>
    isPlayheadError(error, 'PH_DOES_NOT_ADD_UP'),
  );
  assert.equal((await runJob(job, bench, effects)).written, 1);
});

test('the table of pages itself stays one row a page', () => {
  assert.deepEqual(Object.keys(pages.record.fields), ['page', 'results', 'about']);
  assert.deepEqual(Object.keys(job.input.table.record.fields), ['id', 'name', 'plays', 'tags', 'about']);
});
