import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startStub } from '../../pipelines/tally/stub/server.ts';
import { openTerminal, type Terminal } from './terminal.ts';

interface DemoResult {
  readonly accounts: readonly {
    readonly endpoints: readonly {
      readonly endpoint: string;
      readonly days: number;
      readonly pages: number;
      readonly records: number;
    }[];
    readonly faults: readonly unknown[];
  }[];
}

const shipped = pathToFileURL(join(import.meta.dirname, '../../pipelines/tally/index.ts')).href;

/** The shipped pipeline's way from the API into the lake, with one list and one page a day. */
const configText = `
  import { defineConfig, definePipeline } from 'playhead';
  import { tally } from '${shipped}';
  const { sync } = tally.sources;
  const { popular_shows, genres } = sync.endpoints;
  const endpoints = { popular_shows: { ...popular_shows, maxPages: 1 }, genres };
  const { bronze, 'bronze-genres': bronzeGenres, 'silver-shows': silverShows } = tally.tables;
  const part = { ...tally, sources: { sync: { ...sync, endpoints, requestsPerSecond: undefined } } };
  const { 'popular-shows-count': popular, 'total-shows-ingested': total, 'sync-errors': errors } = tally.metrics;
  const metrics = { 'popular-shows-count': popular, 'total-shows-ingested': total, 'sync-errors': errors };
  const empty = Object.fromEntries(Object.keys(part).filter((key) => key !== 'name' && key !== 'sources').map((key) => [key, {}]));
  export const config = defineConfig({
    pipelines: [{ ...part, ...empty, tables: { bronze, 'bronze-genres': bronzeGenres, 'silver-shows': silverShows }, jobs: { silver: tally.jobs.silver }, metrics }],
  });
`;

describe('demo of an API', () => {
  let folder: string;
  let terminal: Terminal;
  let first: DemoResult;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-demo-api-'));
    writeFileSync(join(folder, 'playhead.config.ts'), configText);
    terminal = openTerminal(folder);
    first = await terminal.json<DemoResult>(['demo', 'tally']);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('asks a stand-in for a week of days and accounts for each page', () => {
    const [account] = first.accounts;
    assert.deepEqual(
      account?.endpoints.map(({ endpoint, days, pages }) => [endpoint, days, pages]),
      [
        ['popular_shows', 8, 8],
        ['genres', 8, 8],
      ],
    );
    assert.deepEqual(account?.faults, []);
  });

  it('is measured under the names that operators know, with their dimensions', async () => {
    interface Measured {
      readonly namespace: string;
      readonly name: string;
      readonly dimensions: Readonly<Record<string, string>>;
      readonly periods: readonly { readonly Sum?: number }[];
    }
    const { metrics } = await terminal.json<{ metrics: readonly Measured[] }>(['metrics']);
    const shows = first.accounts[0]?.endpoints[0]?.records;
    assert.deepEqual(
      metrics.map(({ namespace, name, dimensions, periods }) => [namespace, name, dimensions, periods.at(-1)?.Sum]),
      [
        ['Tally/DataPipeline', 'PopularShowsCount', { Environment: 'dev', DataType: 'popular_shows' }, shows],
        ['Tally/DataPipeline', 'TotalShowsIngested', { Environment: 'dev' }, shows],
        ['AWS/Lambda', 'Errors', { FunctionName: 'tally-data-sync-dev' }, 0],
      ],
    );
  });

  it('appends nothing the second time, says so, and counts the same by SQL', async () => {
    const { out, err, exitCode } = await terminal.run(['demo', 'tally']);
    assert.equal(exitCode, 0, err);
    assert.equal(err.match(/was there already: nothing appended/g)?.length, 8);
    assert.match(out, /✓ 16 pages committed, each there as it was taken/);
    assert.match(out, /✓ by SQL: 8 rows in tally_dev\.bronze_shows, with \d+ records/);
  });

  it('has a ledger that follows each record into the table made of the pages, and says which page is there no longer and what nobody took', async () => {
    const whole = await terminal.run(['ledger', 'tally']);
    assert.deepEqual([whole.exitCode, /16 pages committed, each there/.test(whole.out)], [0, true]);
    assert.match(
      whole.out,
      /tally\.sync → tally_dev\.silver_shows\n +produced +163 .*\n +[\s\S]*✓ it adds up: 163 records/,
    );
    const key = 'bronze/tmdb/shows/popular_shows/dt=2025-08-07/demo-2025-08-07.json';
    const file = join(folder, '.playhead/lake', key);
    const bytes = readFileSync(file);
    rmSync(file);
    const strays = [file, join(folder, '.playhead/lake/silver/shows/stray')].map((path) => `${path}.json`);
    for (const path of strays) writeFileSync(path, '{}');
    const faulty = await terminal.run(['ledger', 'tally', '--deep']);
    for (const path of strays) rmSync(path);
    writeFileSync(file, bytes);
    assert.equal(faulty.exitCode, 4);
    const named = [...faulty.out.matchAll(/(missing in the lake|stray under \S+): (\S+),/g)].map(([, what, of]) => [
      what,
      of,
    ]);
    assert.deepEqual(named, [
      ['missing in the lake', key],
      ['stray under tally_dev.bronze_shows', `${key}.json`],
      ['stray under tally_dev.silver_shows', 'silver/shows/stray.json'],
    ]);
  });

  it('tells whoever has no key which variable is not set, and asks the real API for today alone where there is one, and writes no key anywhere', async () => {
    const missing = await terminal.run(['run', 'tally.sync']);
    assert.deepEqual([missing.exitCode, /TMDB_API_KEY is not set/.test(missing.err)], [2, true]);
    const stub = await startStub({ key: 'another', now: terminal.clock.now });
    const key = 'not-the-right-key-0123456789';
    const env = { TMDB_API_KEY: key, TMDB_BASE_URL: stub.url };
    const refused = await openTerminal(folder, env).run(['run', 'tally.sync']);
    const withKey = openTerminal(folder, { ...env, TMDB_API_KEY: 'another' });
    withKey.clock.jumpTo(Date.UTC(2025, 7, 12, 9));
    const real = await withKey.run(['demo', 'tally']);
    await stub.close();
    assert.match(real.err, /the real API → lake/);
    assert.match(real.err, /ask for 2025-08-12 +\d+ records on 2 pages/);
    assert.match(refused.err, /answered 401 Unauthorized \(status_code 7, status_message Invalid API key/);
    const { out: logs } = await terminal.run(['logs', 'sync']);
    assert.match(logs, /status_code 7/);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const bytes = entry.isFile() ? readFileSync(join(entry.parentPath, entry.name)) : Buffer.alloc(0);
      assert.ok(!bytes.includes(key) && !bytes.includes('stand-in-key-of-the-demo'), entry.name);
    }
    assert.ok(![refused.out, refused.err, logs].some((text) => text.includes(key)));
  });
});
