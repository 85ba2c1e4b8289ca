import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tally } from '../../pipelines/tally/index.ts';
import { type Stub, type StubSettings, startStub } from '../../pipelines/tally/stub/server.ts';
import { tmdb } from '../../pipelines/tally/sync.ts';
import { manualClock, systemEffects } from '../../src/base/effects.ts';
import { seededRandom } from '../../src/base/random.ts';
import { days } from '../../src/base/units.ts';
import { traceByKey } from '../../src/check/trace/by-key.ts';
import { traceByObject } from '../../src/check/trace/by-object.ts';
import { traceByRow } from '../../src/check/trace/by-row.ts';
import { openTracer } from '../../src/check/trace/tracer.ts';
import { dueFor, type StorageClass } from '../../src/govern/lifecycle.ts';
import type { TraceAnswer } from '../../src/ledger/record-trace.ts';
import { applyDefinitions } from '../../src/pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../src/pipeline/engine/queries.ts';
import { resolveAddress } from '../../src/pipeline/graph/address.ts';
import { type EngineRunner, engineRunner } from '../../src/pipeline/run/handlers.ts';
import { triggersOf, waitingFor } from '../../src/pipeline/run/triggers.ts';
import { watchTriggers } from '../../src/pipeline/run/watch-triggers.ts';
import type { Queries } from '../../src/query/queries.ts';
import { rowsOf } from '../../src/testing/table-rows.ts';

const { requestsPerSecond: _, ...unhurried } = tmdb;
const endpoints = Object.fromEntries(
  Object.entries(unhurried.endpoints).map(([name, endpoint]) => [name, { ...endpoint, maxPages: 1 }]),
);
/** One page of each list, as fast as it comes. */
const pipeline: PipelineDefinition = { ...tally, sources: { sync: { ...unhurried, endpoints } } };
const clock = manualClock(Date.UTC(2026, 10, 22, 3));
const { signal } = new AbortController();

let fault: NonNullable<StubSettings['fault']> = () => undefined;
let home: string;
let stub: Stub;
let engine: Engine;
let run: EngineRunner;
let queries: Queries;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'playhead-silver-'));
  const key = 'made-up-key-0123456789abcdef0123';
  stub = await startStub({ key, now: clock.now, fault: (request) => fault(request) });
  const env = { TMDB_API_KEY: key, TMDB_BASE_URL: stub.url };
  const effects = systemEffects({ clock, random: seededRandom(1), env });
  engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
  await applyDefinitions(engine);
  run = await engineRunner(engine);
  queries = await queriesOf(engine);
});
after(async () => {
  await queries.close();
  await engine.close();
  await stub.close();
  await rm(home, { recursive: true });
});

const sync = (runner: EngineRunner, execution: string): ReturnType<EngineRunner> =>
  runner({ address: 'tally.sync', kind: 'source', trigger: 'command', arguments: { execution } }, signal);
const one = async (sql: string): Promise<unknown[]> => Object.values((await rowsOf(queries, sql))[0] ?? {});

test('what a sync takes is refined at once, by runs that name their trigger', async () => {
  await sync(run, 'first');
  const runs = (await engine.runs()).recent({ limit: 10 });
  assert.deepEqual(runs.map(({ address, trigger, outcome }) => [address, trigger, outcome]).reverse(), [
    ['tally.sync', 'command', 'succeeded'],
    ['tally.name-genres', 'tally.genres-named', 'succeeded'],
    ['tally.genre-analytics', 'tally.name-genres', 'succeeded'],
    ['tally.silver', 'tally.etl', 'succeeded'],
    ['tally.popularity-trends', 'tally.silver', 'succeeded'],
    ['tally.genre-analytics', 'tally.silver', 'succeeded'],
  ]);
  const objects = await (await engine.catalog()).objects('tally_dev', 'silver_shows');
  assert.deepEqual(
    objects.map(({ key }) => key),
    ['airing_today', 'popular_shows', 'trending_shows'].map(
      (type) => `silver/shows/${type}/dt=2026-11-22/data.parquet`,
    ),
  );
  const table = await (await engine.catalog()).table('tally_dev', 'silver_shows');
  assert.equal(table?.columns.length, 14, 'the partition that is in the files too is listed once');
  await using session = await (await engine.duck()).connect();
  const file = await (await engine.lake()).localFile(objects[0]?.key ?? '');
  const found =
    await session.all(`SELECT count(*), any_value(codec) FROM (SELECT DISTINCT path_in_schema, compression AS codec
    FROM parquet_metadata('${file}'))`);
  assert.deepEqual(found.rows[0]?.map(String), ['15', 'SNAPPY']);
});

test('a show is traced from the page that named it to the row of its trend, from wherever one begins', async () => {
  await using session = await (await engine.duck()).connect();
  const tracer = await openTracer(engine, [pipeline], session, () => {});
  const [show] = await one("SELECT show_id FROM tally_dev.silver_shows WHERE data_type = 'airing_today' LIMIT 1");
  const ofList = ({ records }: TraceAnswer) => records.find(({ taken }) => taken?.endpoint === 'airing_today');
  const found = ofList(await traceByKey(tracer, { id: String(show) })) ?? assert.fail('the list names the show');
  const { taken, outcome, jobs, derived = [] } = found;
  const [silver, gold] = [jobs[0], derived.find(({ row }) => row !== undefined)];
  assert.deepEqual([outcome, taken?.page, silver?.table], ['delivered', 1, 'tally_dev.silver_shows']);
  const page = JSON.parse(readFileSync(join(home, 'lake', taken?.object ?? ''), 'utf8')) as {
    results: { id: number; name: string }[];
  };
  assert.equal(page.results[taken?.element ?? -1]?.id, Number(show));
  assert.deepEqual(
    derived.map(({ table, partition }) => [table, partition]),
    [
      ['tally_dev.gold_popularity', 'dt=2026-11-22/'],
      ['tally_dev.gold_genres', 'dt=2026-11-22/'],
    ],
  );
  for (const answer of [
    traceByKey(tracer, { show_id: String(show) }),
    traceByObject(tracer, taken?.object ?? '', taken?.element ?? -1),
    traceByObject(tracer, silver?.object ?? '', silver?.row ?? -1),
    traceByObject(tracer, gold?.object ?? '', gold?.row ?? -1),
    traceByRow(tracer, 'gold_popularity', `show_id = ${show}`, signal),
    traceByKey(tracer, { id: String(show), name: page.results[taken?.element ?? -1]?.name ?? '' }),
  ])
    assert.deepEqual(ofList(await answer), found);
  await assert.rejects(traceByObject(tracer, derived[1]?.object ?? '', 0), { code: 'PH_USAGE' });
  await assert.rejects(traceByKey(tracer, { id: '-1' }), { code: 'PH_RECORD_UNKNOWN' });
});

test('a second sync of a day changes nothing but what it says anew', async () => {
  const counts =
    "SELECT COUNT(*), COUNT(DISTINCT show_id), COUNT_IF(data_type IS NULL OR title = '') FROM tally_dev.silver_shows";
  const was = await one(counts);
  await sync(run, 'second');
  assert.deepEqual(await one(counts), was);
  const [silver] = (await engine.runs()).recent({ address: 'tally.silver', limit: 1 });
  assert.equal(silver?.output?.['written'], Number(was[0]));
});

test('what a sync took before it failed is refined at once, too', async () => {
  fault = ({ path }) => (path === '/tv/popular' ? 'moved' : undefined);
  await assert.rejects(sync(run, 'partly'), /answered 301/);
  fault = () => undefined;
  const [silver] = (await engine.runs()).recent({ address: 'tally.silver', limit: 1 });
  assert.equal(silver?.trigger, 'tally.etl');
  assert.ok(Number(silver.output?.['read']) > 0);
  const said = (await engine.runs()).lines({ addresses: ['tally.sync'], limit: 3 }).map(({ message }) => message);
  assert.ok(
    said.some((message) => /^taken all the same: 3 pages/.test(message)),
    said.join('\n'),
  );
});

test('a run that died before its trigger is made up for by who watches', async () => {
  const untriggered = await engineRunner({ ...engine, pipelines: [{ ...pipeline, triggers: {} }] });
  await clock.advance(86_400_000);
  await sync(untriggered, 'third');
  const trigger = triggersOf(engine.pipelines).find(({ address }) => address === 'tally.etl');
  assert.ok(trigger !== undefined);
  assert.deepEqual(Object.keys(await waitingFor(engine, trigger)), ['tally.sync']);
  await using session = await (await engine.duck()).connect();
  const tracer = await openTracer(engine, [pipeline], session, () => {});
  const [show] = await one(`SELECT show_id FROM tally_dev.silver_shows JOIN tally_dev.bronze_shows AS page
    ON CONTAINS(TRANSFORM(page.results, each -> each.id), show_id) AND page.dt = '2026-11-23' LIMIT 1`);
  const { records, skipped } = await traceByKey(tracer, { id: String(show) });
  assert.deepEqual([skipped.length, records.some(({ outcome }) => outcome === 'pending')], [1, false]);
  const all = await traceByKey(tracer, { id: String(show) }, true);
  assert.deepEqual([all.skipped.length, all.records.some(({ outcome }) => outcome === 'pending')], [0, true]);
  const idle = new AbortController();
  let [looks, asked] = [0, 0];
  const sleep = async (): Promise<void> => {
    looks += 1;
    if (looks === 3) idle.abort();
  };
  // `as`: a job that finds nothing for itself in what waits; its output is not looked at.
  const findsNothing = (async () => {}) as unknown as typeof run;
  const effects = { ...engine.effects, clock: { ...clock, sleep } };
  await watchTriggers({ ...engine, effects }, [trigger], findsNothing, idle.signal, () => {
    asked += 1;
  });
  assert.deepEqual([looks, asked], [3, 1], 'not each time that it looks');
  const stop = new AbortController();
  const ran: string[] = [];
  await watchTriggers(engine, triggersOf(engine.pipelines), run, stop.signal, ({ address }, error) => {
    ran.push(`${address} ${String(error)}`);
    if (ran.length === 2) stop.abort();
  });
  assert.deepEqual(ran, ['tally.genres-named undefined', 'tally.etl undefined']);
  assert.deepEqual(await waitingFor(engine, trigger), {});
  const later = await openTracer(engine, [pipeline], session, () => {});
  const daysMade = (await traceByKey(later, { id: String(show) })).records.map(({ taken, derived = [] }) => {
    return [taken?.execution, ...derived.map(({ table, partition }) => `${table.slice(10)} ${partition}`)];
  });
  assert.deepEqual(daysMade.at(-1), ['third', 'gold_popularity dt=2026-11-23/', 'gold_genres dt=2026-11-23/']);
  assert.ok(daysMade.flat().includes('gold_popularity dt=2026-11-22/'));
});

test('gold has a show once a day, against the day before, and each genre by its name', async () => {
  const shows = await one(`SELECT COUNT(*), COUNT(DISTINCT show_id), COUNT_IF(change_1d IS NOT NULL) > 0,
      COUNT(change_7d), COUNT(trend_7d) FROM tally_dev.gold_popularity WHERE dt = '2026-11-23'`);
  const [silver] = await one("SELECT COUNT(DISTINCT show_id) FROM tally_dev.silver_shows WHERE dt = '2026-11-23'");
  assert.deepEqual(shows.map(String), [String(silver), String(silver), 'true', '0', '0']);
  const changes = await one(`SELECT COUNT(*) FROM tally_dev.gold_popularity g
    JOIN (SELECT show_id, MAX(popularity) AS before FROM tally_dev.silver_shows WHERE dt = '2026-11-22' GROUP BY show_id) s
      ON s.show_id = g.show_id
    WHERE dt = '2026-11-23' AND change_1d <> popularity - before`);
  assert.deepEqual(changes.map(String), ['0']);
  const genres =
    await one(`SELECT COUNT_IF(genre = 'Genre ' || CAST(genre_id AS VARCHAR)), COUNT(*) > 5, MAX(share) <= 1
    FROM tally_dev.gold_genres WHERE dt = '2026-11-22'`);
  assert.deepEqual(genres.map(String), ['0', 'true', 'true']);
});

test('today is the day of the clock that was given', async () => {
  const { definition } = resolveAddress(engine.pipelines, 'last-seven-days', ['query']);
  const days = async (): Promise<unknown[]> => (await rowsOf(queries, definition.sql)).map(({ dt }) => dt);
  assert.deepEqual(await days(), ['2026-11-23', '2026-11-22']);
  await clock.advance(7 * 86_400_000);
  assert.deepEqual(await days(), ['2026-11-23']);
});

test('what lies under the rules grows old when the facts say, however small it is', () => {
  const { rules = [] } = tally.lifecycle['aging'] ?? {};
  const after = (prefix: string, age: number, storageClass: StorageClass = 'STANDARD'): unknown => {
    const object = { key: `${prefix}x`, sizeBytes: 9000, createdMs: 0, tags: {}, storageClass };
    const due = dueFor(rules, object, days(age));
    return due?.action === 'move' ? due.storageClass : due?.action;
  };
  assert.deepEqual([after('bronze/tmdb/shows/', 29), after('bronze/tmdb/shows/', 30)], [undefined, 'STANDARD_IA']);
  const archived = [89, 90].map((age) => after('bronze/tmdb/genres/', age, 'STANDARD_IA'));
  assert.deepEqual(archived, [undefined, 'GLACIER']);
  assert.deepEqual([after('silver/shows/', 59), after('silver/shows/', 60)], [undefined, 'STANDARD_IA']);
  assert.deepEqual([after('query-results/', 6), after('query-results/', 7)], [undefined, 'expire']);
  assert.deepEqual([after('gold/popularity/', 400), after('events/', 400)], [undefined, undefined]);
});

test('the crawler of 05:00 finds the table as it is declared, and the one of 06:00 lets old logs go', async () => {
  const command = { trigger: 'command', arguments: {} } as const;
  const was = await (await engine.catalog()).table('tally_dev', 'silver_shows');
  const report = await run({ address: 'tally.tally-silver-shows-crawler', kind: 'crawler', ...command }, signal);
  assert.deepEqual(
    report.tables.map(({ name, change, objects }) => [name, change, objects]),
    [['silver_shows', 'unchanged', 6]],
  );
  assert.deepEqual(report.findings, []);
  assert.deepEqual((await (await engine.catalog()).table('tally_dev', 'silver_shows'))?.columns, was?.columns);
  await clock.advance(days(31));
  const runs = await engine.runs();
  const lines = runs.lines({ limit: 1000 }).length;
  const aged = await run({ address: 'tally.aging', kind: 'lifecycle', ...command }, signal);
  assert.deepEqual([aged.logLines, aged.moved.length > 10], [lines, true]);
  assert.deepEqual(
    runs.lines({ limit: 1000 }).map(({ address }) => address),
    ['tally.aging'],
  );
});

test('schedules are those of the facts', () => {
  const due = Object.fromEntries(
    Object.values(tally.schedules).map(({ expression, target }) => [target.run, expression]),
  );
  assert.equal(due['sync'], 'cron(0 3 * * ? *)');
  assert.equal(due['tally-silver-shows-crawler'], 'cron(0 5 * * ? *)');
  assert.equal(due['aging'], 'cron(0 6 * * ? *)');
});
