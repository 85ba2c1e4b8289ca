import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tally } from '../../pipelines/tally/index.ts';
import { systemEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { applyDefinitions } from '../../src/pipeline/apply/apply.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../src/pipeline/engine/queries.ts';
import { type EngineRunner, engineRunner } from '../../src/pipeline/run/handlers.ts';
import type { Queries } from '../../src/query/queries.ts';
import { rowsOf } from '../../src/testing/table-rows.ts';
import { type ListedPage, landPages } from './tally-pages.ts';

/** A show as TMDB lists it, of the genres 1 and 2. */
function listed(id: unknown, changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const named = { name: `Show ${id}`, original_name: `Original ${id}`, original_language: 'de' };
  const rated = { popularity: 10, vote_average: 8, vote_count: 100, genre_ids: [1, 2], origin_country: ['DE'] };
  return { id, ...named, ...rated, ...changes };
}

const sound = Array.from({ length: 40 }, (_, i) => listed(100 + i, { popularity: 1, genre_ids: [] }));

const popularOn = (date: string, ...results: readonly unknown[]): ListedPage => ({
  list: 'popular_shows',
  date,
  results,
});

/** Show 1 rises by 2 a day from the 1st to the 8th but for the 3rd, where nobody listed it; show 2 is there twice. */
const days: readonly ListedPage[] = [1, 2, 4, 5, 6, 7, 8].map((day) =>
  popularOn(
    `2026-03-0${day}`,
    listed(1, { popularity: 10 + 2 * day }),
    ...(day < 7 ? [] : [listed(2, { popularity: 100 - day, genre_ids: [2] })]),
  ),
);

const ofRules: readonly ListedPage[] = [
  popularOn(
    '2026-02-01',
    ...sound,
    listed(1, { name: '' }),
    listed(2, { name: null, vote_average: null, vote_count: undefined, popularity: undefined }),
    listed(3, { name: '', original_name: null }),
    listed(null),
    listed(5, { popularity: -0.5 }),
    listed(6, { name: 'First' }),
    listed(6, { name: 'Second' }),
    listed(7, { name: 'Early' }),
    listed(8, { popularity: 0 }),
    listed(9, { vote_average: '8.1', vote_count: 1.5, genre_ids: ['Drama'] }),
  ),
  popularOn('2026-02-01', listed(7, { name: 'Late' })),
  // The highest popularity of a day counts, whichever list says it, with what that list says besides.
  {
    list: 'trending_shows',
    date: '2026-03-08',
    results: [listed(1, { popularity: 40, vote_average: 4, vote_count: 7, genre_ids: [1] })],
  },
];

/** Two lists say the same popularity of a show; one of them names a genre again and again. */
const ofTies: readonly ListedPage[] = [
  popularOn('2026-04-01', listed(1, { name: 'Few', vote_average: 1, vote_count: 0, genre_ids: [7] })),
  {
    list: 'trending_shows',
    date: '2026-04-01',
    results: [listed(1, { name: 'Many', vote_average: 9, vote_count: 900, genre_ids: [8, 8, 8] })],
  },
];

let home: string;
let engine: Engine;
let run: EngineRunner;
let queries: Queries;
const { signal } = new AbortController();
const silver = (): ReturnType<EngineRunner> =>
  run({ address: 'tally.silver', kind: 'job', trigger: 'command', arguments: {} }, signal);
const rows = async (sql: string): Promise<unknown[][]> =>
  (await rowsOf(queries, sql)).map((row) =>
    Object.values(row).map((value) => (typeof value === 'bigint' ? Number(value) : value)),
  );

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'playhead-rules-'));
  engine = openEngine({ pipelines: [tally], profile: embeddedProfile, home }, systemEffects());
  await applyDefinitions(engine);
  run = await engineRunner(engine);
  queries = await queriesOf(engine);
  await landPages(engine, [...days, ...ofRules, ...ofTies]);
  await silver();
});
after(async () => {
  await queries.close();
  await engine.close();
  await rm(home, { recursive: true });
});

const ofTheDay = (columns: string, id: number): Promise<unknown[][]> =>
  rows(`SELECT ${columns} FROM tally_dev.silver_shows WHERE dt = '2026-02-01' AND show_id = ${id}`);

test('a show has one title, and 0 where nobody rated it', async () => {
  assert.deepEqual(await ofTheDay('title, original_title', 1), [['Original 1', 'Original 1']]);
  assert.deepEqual(await ofTheDay('title, popularity, vote_average, vote_count', 2), [['Original 2', 0, 0, 0]]);
  assert.deepEqual(await ofTheDay('ingestion_date, data_type', 2), [['2026-02-01', 'popular_shows']]);
  assert.deepEqual(await ofTheDay('popularity', 8), [[0]]);
});

test('what has no id, no title, a popularity below 0 or a value that is no value of its field is set aside, with the reason', async () => {
  const aside = await rows(
    `SELECT reason, json_extract_scalar(text, '$.id') FROM tally_dev.silver_shows_quarantine ORDER BY 1`,
  );
  assert.deepEqual(aside, [
    ['duplicate', '6'],
    ['has_title', '3'],
    ['missing', null],
    ['popularity_not_negative', '5'],
    ['wrong_type', '9'],
  ]);
  for (const id of [3, 5, 9]) assert.deepEqual(await ofTheDay('title', id), []);
});

test('of a show the first of an answer counts, and the latest answer of a day', async () => {
  assert.deepEqual(await ofTheDay('title', 6), [['First']]);
  assert.deepEqual(await ofTheDay('title', 7), [['Late']]);
});

test('changes are against exactly one and seven days before, and the slope is of three days or more', async () => {
  const of = (id: number, day: number): Promise<unknown[][]> =>
    rows(`SELECT popularity, change_1d, change_7d, ROUND(trend_7d, 9) FROM tally_dev.gold_popularity
      WHERE show_id = ${id} AND dt = '2026-03-0${day}'`);
  assert.deepEqual(await of(1, 1), [[12, null, null, null]]);
  assert.deepEqual(await of(1, 2), [[14, 2, null, null]], 'two days have no slope');
  assert.deepEqual(await of(1, 4), [[18, null, null, 2]], 'the 3rd is missing: no change against it');
  assert.deepEqual(await of(1, 7), [[24, 2, null, 2]]);
  // The 1st is the seventh day before the 8th: compared with, and no part of the slope.
  // Least squares of 14, 18, 20, 22, 24 and 40 at −6, −4, −3, −2, −1 and 0.
  assert.deepEqual(await of(1, 8), [[40, 16, 28, 3.6]]);
  assert.deepEqual(await of(2, 8), [[92, -1, null, null]]);
});

test('a show counts once a day, at its highest popularity, and ranks by it', async () => {
  const sql = `SELECT show_id, popularity_rank FROM tally_dev.gold_popularity WHERE dt = '2026-03-08' ORDER BY 2`;
  assert.deepEqual(await rows(sql), [
    [2, 1],
    [1, 2],
  ]);
});

test('genres count each show once, with what its highest list says, and share by the day', async () => {
  const sql = `SELECT genre_id, genre, shows, avg_popularity, avg_rating, votes, share
    FROM tally_dev.gold_genres WHERE dt = '2026-03-0DAY' ORDER BY 1`;
  assert.deepEqual(await rows(sql.replace('DAY', '8')), [
    [1, 'Genre 1', 1, 40, 4, 7, 0.5],
    [2, 'Genre 2', 1, 92, 8, 100, 0.5],
  ]);
  assert.deepEqual(await rows(sql.replace('DAY', '7')), [
    [1, 'Genre 1', 1, 24, 8, 100, 0.5],
    [2, 'Genre 2', 2, 58.5, 8, 200, 1],
  ]);
});

test('of lists that say the same popularity, the one with more votes counts in all; a genre that is named again counts once', async () => {
  const ofDay = "WHERE dt = '2026-04-01'";
  assert.deepEqual(await rows(`SELECT genre_id, shows, avg_rating, votes, share FROM tally_dev.gold_genres ${ofDay}`), [
    [8, 1, 9, 900, 1],
  ]);
  assert.deepEqual(await rows(`SELECT title FROM tally_dev.gold_popularity ${ofDay}`), [['Many']]);
});

test('more than a tenth of a list that cannot be refined fails the run, and leaves its day as it was, and no other', async () => {
  const was = await ofTheDay('title', 100);
  const bad = [listed(100, { name: 'Changed' }), ...[1, 2].map(() => listed(null))];
  await landPages(engine, [popularOn('2026-02-01', ...bad), popularOn('2026-02-02', ...sound)]);
  await assert.rejects(silver(), (error) => {
    return (
      isPlayheadError(error, 'PH_CHECK_FAILED') && /2 of 3 records of popular_shows\/2026-02-01/.test(error.message)
    );
  });
  assert.deepEqual(await ofTheDay('title', 100), was);
  const others = "SELECT count(*) FROM tally_dev.silver_shows WHERE dt = '2026-02-02'";
  assert.deepEqual(await rows(others), [[40]]);
});
