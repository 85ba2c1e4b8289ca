import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultName } from '../../pipelines/tally/stub/faults.ts';
import { shows, tmdb } from '../../pipelines/tally/sync.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { readAll } from '../../src/lake/object-store.ts';
import { key, only, popular, Sync, strike } from './stubbed-sync.ts';

const dayMs = 86_400_000;
const popularAndGenres = only('popular_shows', 'genres');

describe('sync', () => {
  it('keeps each answer as it came, with metadata, under the day and the execution', async () => {
    await using sync = await Sync.open();
    const run = await sync.run({ execution: 'first', definition: tmdb });
    assert.deepEqual(run.endpoints['popular_shows'], { pages: 5, records: 100, before: 0, capped: true, changes: [] });
    const keys = await sync.keys();
    assert.equal(keys.length, 12);
    assert.ok(keys.includes('popular_shows/dt=2026-01-05/first.json'));
    assert.ok(keys.includes('popular_shows/dt=2026-01-05/first-p2.json'));
    const { bytes } = await readAll(sync.ports.store, 'bronze/tmdb/shows/popular_shows/dt=2026-01-05/first-p2.json');
    const line = Buffer.from(bytes).toString();
    const raw = await (await fetch(`${sync.stub.url}/tv/popular?page=2&api_key=${encodeURIComponent(key)}`)).text();
    assert.equal(line.slice(0, raw.length - 1), raw.slice(0, -1));
    assert.deepEqual(JSON.parse(line)._metadata, {
      ingestion_timestamp: '2026-01-05T03:00:00.000Z',
      execution_id: 'first',
      data_type: 'popular_shows',
      environment: 'dev',
      api_version: '3',
      source: 'tmdb',
    });
  });

  it('takes nothing twice: the same execution again asks for nothing, another one adds to the day', async () => {
    await using sync = await Sync.open();
    const { pages } = await sync.run({ execution: 'first' });
    const { requests } = sync.stub;
    const asked = requests.length;
    assert.equal((await sync.run({ execution: 'first' })).pages, 0);
    assert.equal(requests.length, asked);
    assert.equal((await sync.run()).pages, pages);
    assert.equal((await sync.keys()).length, 6);
  });

  it('goes on after the last good page when it is run again on that day, and begins anew on the next', async () => {
    await using sync = await Sync.open();
    sync.fault = strike('server error', '/tv/popular', 3);
    const definition = popularAndGenres;
    const failure = await sync.fails('PH_SOURCE_FAILED', { definition });
    assert.match(failure.message, /GET \/tv\/popular\?page=3: answered 500 .*status_code 11.*, 4 times/);
    assert.deepEqual(
      sync.waiting.waits.filter((ms) => ms >= 1000),
      [2000, 4000, 8000],
    );
    // The other lists did not have to wait for this one.
    assert.equal((await sync.ports.catalog.objects('tally_dev', 'bronze_genres')).length, 1);
    assert.equal((await sync.keys()).length, 2);
    sync.fault = () => undefined;
    const before = sync.stub.requests.length;
    const resumed = await sync.run({ definition });
    assert.deepEqual(
      sync.stub.requests.slice(before).map(({ path, page }) => [path, page]),
      [['/tv/popular', 3]],
    );
    assert.equal(resumed.endpoints['popular_shows']?.before, 2);
    assert.equal(new Set((await sync.keys()).map((name) => name.replace(/.*\/|(-p\d+)?\.json/g, ''))).size, 1);
    sync.fault = strike('server error', '/tv/popular', 3);
    await sync.fails('PH_SOURCE_FAILED', { definition });
    await sync.clock.advance(dayMs);
    sync.fault = () => undefined;
    const next = await sync.run({ definition });
    assert.deepEqual([next.date, next.pages], ['2026-01-06', 4]);
  });

  it('waits as long as a rate limit says, and never sends faster than it is allowed', async () => {
    await using sync = await Sync.open();
    const [limit, closed] = [strike('rate limit', '/tv/popular', 2, 1), strike('closed until', '/tv/popular', 3, 1)];
    sync.fault = (request) => limit(request) ?? closed(request);
    await sync.run({ definition: popularAndGenres });
    const { waits } = sync.waiting;
    assert.deepEqual(
      waits.filter((ms) => ms >= 1000),
      [10_000, 7000],
    );
    // The clock stands still: each request stands 25 ms behind the one before, whatever it asks for.
    assert.deepEqual(
      waits.filter((ms) => ms < 1000),
      [25, 50, 75, 100, 125],
    );
  });

  it('does not wait for an API that asks for more than five minutes, and says for how long it asks', async () => {
    await using sync = await Sync.open();
    sync.fault = () => 'rate limit of the day';
    const failure = await sync.fails('PH_SOURCE_FAILED');
    assert.match(failure.message, /answered 429 .*; it asks to be left alone for 15 min$/);
    assert.match(failure.hint ?? '', /Run it again in 15 min/);
    assert.equal(sync.stub.requests.length, 1);
  });

  it('asks for the other lists where the key is not good for one, and tells once of a key that is good for none', async () => {
    await using sync = await Sync.open();
    sync.fault = strike('forbidden', '/tv/popular');
    const failure = await sync.fails('PH_ACCESS_REFUSED', { definition: popularAndGenres });
    assert.match(failure.message, /GET \/tv\/popular\?page=1: answered 403/);
    assert.equal((await sync.ports.catalog.objects('tally_dev', 'bronze_genres')).length, 1);
    await sync.clock.advance(dayMs);
    sync.fault = () => 'forbidden';
    const all = await sync.fails('PH_ACCESS_REFUSED', { definition: popularAndGenres });
    assert.match(
      all.message,
      /^tally\.sync: GET \/tv\/popular\?page=1: answered 403 .*; 1 other endpoint refused it alike$/,
    );
  });

  it('gives up on an answer that does not come, and asks again', async () => {
    await using sync = await Sync.open();
    sync.fault = (request) => {
      if (request.path !== '/genre/tv/list' || request.before > 0) return undefined;
      sync.waiting.timeOut();
      return 'hang';
    };
    await sync.run({ definition: only('genres') });
    assert.match(sync.lines.join('\n'), /genre\/tv\/list: no whole answer within 30/);
  });

  for (const fault of ['truncated', 'half of it'] as const) {
    it(`takes nothing of an answer that is cut off (${fault}), and the whole one after it`, async () => {
      await using sync = await Sync.open();
      sync.fault = strike(fault, '/tv/popular', 2, 2);
      assert.equal((await sync.run()).records, 60);
      sync.fault = strike(fault, '/tv/popular', 1);
      await sync.fails('PH_SOURCE_FAILED');
      assert.equal((await sync.keys()).length, 3);
    });
  }

  const refused: readonly (readonly [FaultName, RegExp])[] = [
    ['repeated', /page 2 has the same records as page 1/],
    ['page 1 again', /tally.sync, popular_shows: asked for page 2, the source sent page 1/],
    ['oversized', /longer than 8/],
    ['endless', /longer than 8/],
    ['nested', /deeper than 64/],
    ['moved', /answered 301/],
  ];
  it('refuses what can never be right: pages without end, bodies without end, nesting without end, redirects', async () => {
    await using sync = await Sync.open();
    for (const [fault, message] of refused) {
      sync.fault = ({ page }) => (fault === 'page 1 again' && page === 1 ? undefined : fault);
      const failure = await sync.fails('PH_SOURCE_INVALID');
      assert.match(failure.message, message, fault);
    }
  });

  it('refuses an answer that repeats the key, escaped as it was sent, and says so of one that is short', async () => {
    for (const apiKey of [key, 'k/7']) {
      await using sync = await Sync.open(apiKey);
      sync.fault = ({ page }) => (page === 2 ? 'its address in it' : undefined);
      const failure = await sync.fails('PH_SOURCE_INVALID');
      assert.match(failure.message, /page=2: the answer repeats the key/);
      assert.equal(failure.hint?.startsWith('The key has 3 characters') ?? false, apiKey !== key);
      assert.equal((await sync.keys()).length, 1);
    }
  });

  it('fails where a list is empty, and asks again later; an empty page further on is the end', async () => {
    await using sync = await Sync.open();
    sync.fault = strike('empty', '/tv/popular');
    await sync.fails('PH_NOTHING_READ');
    assert.deepEqual(await sync.keys(), []);
    sync.fault = strike('empty', '/tv/popular', 3);
    assert.equal((await sync.run()).endpoints['popular_shows']?.pages, 2);
  });

  it('freeze refuses a page that looks different; evolve and discard take it and say so', async () => {
    for (const contract of ['freeze', 'evolve', 'discard'] as const) {
      await using sync = await Sync.open();
      const definition = { ...popular, contract };
      const changes = [
        ['a field gone', 'results[].popularity is gone: expected a value in some record (20 times)'],
        ['a new type', 'results[].vote_average is of a new type: expected'],
        ['a new field', 'results[].networks is new: [{"id":1,"name":"Made Up"}] (20 times)'],
      ] as const;
      for (const [fault, text] of changes) {
        sync.fault = strike(fault, '/tv/popular', 2);
        if (contract === 'freeze') {
          const failure = await sync.fails('PH_SOURCE_INVALID', { definition });
          assert.ok(failure.message.includes(text), failure.message);
          continue;
        }
        const { endpoints } = await sync.run({ definition });
        assert.deepEqual(
          endpoints['popular_shows']?.changes.map((change) => change.startsWith(text)),
          [true],
        );
        assert.ok(sync.lines.some((line) => line.includes('popular_shows: results[]')));
      }
      const results = (await sync.ports.catalog.table('tally_dev', 'bronze_shows'))?.columns.find(
        ({ name }) => name === 'results',
      );
      const learned = 'networks:array<struct<id:bigint,name:string>>';
      assert.equal(results?.type.includes(learned), contract === 'evolve');
      assert.equal(results?.type.includes('vote_average:double'), true);
      assert.equal((await sync.keys()).length, contract === 'freeze' ? 1 : 9);
    }
  });

  it('says what TMDB says of a wrong key, at once; and names the variable where there is none', async () => {
    await using sync = await Sync.open();
    const wrong = { TMDB_API_KEY: `${key}-not`, TMDB_BASE_URL: sync.stub.url };
    const failure = await sync.fails('PH_ACCESS_REFUSED', { effects: { env: wrong } });
    assert.match(
      failure.message,
      /answered 401 Unauthorized \(status_code 7, status_message Invalid API key: You must/,
    );
    assert.match(failure.hint ?? '', /environment variable TMDB_API_KEY/);
    assert.equal(sync.stub.requests.length, 1);
    const missing = await sync.fails('PH_SECRET_MISSING', { effects: { env: { TMDB_BASE_URL: sync.stub.url } } });
    assert.match(missing.message, /TMDB_API_KEY is not set/);
    const open = { TMDB_API_KEY: key, TMDB_BASE_URL: 'http://api.example.org/3' };
    await sync.fails('PH_CONFIG_INVALID', { effects: { env: open } });
  });

  it('writes the key nowhere: not in the lake, the catalog, a log, or an error', async () => {
    await using sync = await Sync.open();
    await sync.run();
    sync.fault = ({ page }) => (page === 1 ? 'its address quoted' : undefined);
    const failed = await sync.fails('PH_SOURCE_FAILED');
    await sync.stub.close();
    const unreached = await sync.fails('PH_SOURCE_FAILED');
    const told = [failed, unreached].flatMap((error) => [error.message, error.hint, JSON.stringify(error.details)]);
    const everything = `${await sync.written()}\n${sync.lines.join('\n')}\n${told.join('\n')}`;
    assert.ok(everything.includes('execution_id'));
    assert.ok(everything.includes('api_key=***'));
    for (const form of [key, encodeURIComponent(key)]) assert.ok(!everything.includes(form));
  });

  for (const step of ['rest.planned', 'rest.object', 'rest.committed']) {
    it(`has every page once when a run dies at ${step}`, async () => {
      await using sync = await Sync.open();
      let reached = 0;
      const dying = {
        reached: (at: string) => {
          reached += at === step ? 1 : 0;
          if (reached === 2) throw new Error('killed');
        },
      };
      await assert.rejects(sync.run({ effects: dying }), /killed/);
      await sync.run();
      const keys = await sync.keys();
      assert.equal(keys.length, 3);
      assert.equal(new Set(keys.map((name) => name.replace(/.*\/|(-p\d+)?\.json/g, ''))).size, 1);
    });
  }

  it('is the work of one at a time: whoever comes meanwhile is told who is at it', async () => {
    await using sync = await Sync.open();
    const runs = await Promise.allSettled([sync.run(), sync.run()]);
    const refusals = runs.flatMap((run) => (run.status === 'rejected' ? [run.reason] : []));
    assert.deepEqual([refusals.length, isPlayheadError(refusals[0], 'PH_LEASE_HELD')], [1, true]);
    assert.equal((await sync.keys()).length, 3);
  });

  it('takes one list more where the definition has one entry more', async () => {
    await using sync = await Sync.open();
    const more = shows('/tv/on_the_air');
    const like = tmdb.endpoints['popular_shows'];
    assert.ok(like !== undefined);
    const definition = { ...tmdb, endpoints: { ...popular.endpoints, on_the_air: { ...like, ...more } } };
    const run = await sync.run({ execution: 'first', definition });
    assert.ok((run.endpoints['on_the_air']?.records ?? 0) > 0);
    assert.ok((await sync.keys()).includes('on_the_air/dt=2026-01-05/first.json'));
  });
});
