import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../src/base/errors.ts';
import { table } from '../../src/catalog/definition.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { type DataLoaderSettings, loadReferenceData, type RunSql } from '../../src/source/data-loader.ts';
import { readReference } from '../../src/source/read-reference.ts';
import { referenceOf } from '../../src/source/test-payload.ts';
import type { SqlValue } from '../../src/sql/engine.ts';
import { openPorts, type Ports } from './ports.ts';
import { sampleModel, sampleSource } from './sessions/sample-service.ts';

const anything = defineRecord('anything', { fields: { x: field.string() } });
const reference = (name: string) => ({
  table: table({ database: 'ref', name, record: anything, location: `${name}/`, format: 'parquet' }),
  madeBy: `sample.make-${name}`,
});
const settings: DataLoaderSettings = {
  definition: sampleSource,
  viewers: reference('households'),
  titles: reference('works'),
};

/** A query engine over two made-up tables: 200 households, 180 of them subscribed, and 100 works. */
async function queryEngine(ports: Ports): Promise<{ runSql: RunSql; asked: string[] } & AsyncDisposable> {
  const session = await ports.duck.connect();
  await session.run(`CREATE SCHEMA IF NOT EXISTS ref;
    CREATE TABLE ref.households AS SELECT 'H' || i AS household, CASE WHEN i % 2 = 0 THEN 'solo' ELSE 'family' END AS plan,
      'Freedonia' AS land, 'Europe/Berlin' AS zone, i % 10 <> 0 AS subscribed, ['art', 'opera'] AS likes,
      DATE '2025-01-01' + CAST(i AS INT) AS since, TIMESTAMP '2025-06-01' - to_days(CAST(i AS INT)) AS seen, 'Town ' || i AS town
      FROM range(200) t(i);
    CREATE TABLE ref.works AS SELECT 'W' || i AS work, 'film' AS form, CASE WHEN i < 50 THEN 'art' ELSE 'war' END AS genre,
      90 AS minutes, 100.0 - i AS score, 'Name ' || i AS name FROM range(100) t(i)`);
  const asked: string[] = [];
  return {
    asked,
    runSql: async (sql) => {
      asked.push(sql);
      const { rows } = await session.all(sql);
      return rows.map((row) => row.map(plain));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Lists come from DuckDB as objects with items. */
function plain(value: unknown): SqlValue {
  if (typeof value === 'object' && value !== null && 'items' in value) return value.items as SqlValue[];
  return value as SqlValue;
}

describe('data loader', () => {
  it('groups by quantile, the best of each pool first, within the caps', async () => {
    await using ports = await openPorts();
    await using engine = await queryEngine(ports);
    const { data, fromCache } = await loadReferenceData(settings, engine.runSql, ports.store, testEffects());
    assert.equal(fromCache, false);
    const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
    // Popular are the first tenth of 100 works, of which the cap leaves five; regular the next four tenths.
    assert.deepEqual(ids(data.titles.popular), ['W0', 'W1', 'W2', 'W3', 'W4']);
    assert.deepEqual(ids(data.titles.regular), ['W10', 'W11', 'W12', 'W13', 'W14', 'W15']);
    assert.equal(data.titles.niche.length, sampleModel.titlePools.niche.cap);
    // New are the newest tenth of 180 subscribed households; active those of the others that were seen last.
    assert.equal(data.viewers.new.length, 10);
    for (const id of ids(data.viewers.new)) assert.ok(Number(id.slice(1)) > 180, `${id} is not among the newest`);
    assert.deepEqual(ids(data.viewers.active).slice(0, 3), ['H1', 'H2', 'H3']);
    assert.equal(data.viewers.active.length, sampleModel.viewerPools.active.cap);
    assert.deepEqual(data.viewers.active[0], {
      pool: 'active',
      id: 'H1',
      tier: 'family',
      country: 'Freedonia',
      timezone: 'Europe/Berlin',
      preferredGenres: ['art', 'opera'],
      columns: { town: 'Town 1' },
    });
  });

  it('puts every row into the same pool as the simulator does', async () => {
    await using ports = await openPorts();
    await using engine = await queryEngine(ports);
    const { data } = await loadReferenceData(settings, engine.runSql, ports.store, testEffects());
    await using session = await ports.duck.connect();
    const relations = { viewers: 'ref.households', titles: 'ref.works' };
    const { viewers, titles } = await readReference(session, sampleSource, relations);
    assert.deepEqual([viewers.count, titles.count], [180, 100]);
    for (const [pool, name] of (['active', 'regular', 'new'] as const).entries()) {
      for (const { id } of data.viewers[name]) assert.equal(viewers.pools[viewers.ids.indexOf(id)], pool);
    }
    const mask = referenceOf(data).viewers.preferredGenres[0] ?? 0;
    assert.equal(mask, 1 << titles.genreNames.indexOf('art'), 'a genre that no title has is left out');
    assert.equal(viewers.preferredGenres[0], mask);
  });

  it('uses the cache for an hour and says so, then asks again; a forced refresh always asks', async () => {
    await using ports = await openPorts();
    await using engine = await queryEngine(ports);
    const clock = manualClock();
    const effects = testEffects({ clock });
    const load = (changed: Partial<DataLoaderSettings> = {}) =>
      loadReferenceData({ ...settings, ...changed }, engine.runSql, ports.store, effects);
    await load();
    await clock.advance(3_599_000);
    const cached = await load();
    assert.deepEqual([cached.fromCache, engine.asked.length], [true, 2]);
    assert.equal((await load({ forceRefresh: true })).fromCache, false);
    await clock.advance(3_600_000);
    assert.deepEqual([(await load()).fromCache, engine.asked.length], [false, 6]);
    await clock.advance(1000);
    assert.equal((await load({ cacheMs: 500 })).fromCache, false);
    clock.jumpTo(0);
    assert.equal((await load()).fromCache, false, 'a cache from the future');
  });

  it('does not trust a cache of another definition, or one that is damaged', async () => {
    await using ports = await openPorts();
    await using engine = await queryEngine(ports);
    const load = (changed: Partial<DataLoaderSettings> = {}) =>
      loadReferenceData({ ...settings, ...changed }, engine.runSql, ports.store, testEffects());
    await load();
    const model = {
      ...sampleModel,
      titlePools: { ...sampleModel.titlePools, niche: { share: 0.5, weight: 0.1, cap: 1 } },
    };
    const other = await load({ definition: { ...sampleSource, model } });
    assert.deepEqual([other.fromCache, other.data.titles.niche.length], [false, 1]);
    await ports.store.put('cache/reference-data.json', Buffer.from('{"inputs": '));
    assert.equal((await load()).fromCache, false);
  });

  it('invents no ids: without the tables, or with empty ones, it names the command that makes them', async () => {
    await using ports = await openPorts();
    const unknown: RunSql = async () => {
      throw new PlayheadError('PH_TABLE_UNKNOWN', 'there is no table ref.works');
    };
    for (const runSql of [unknown, async () => []]) {
      await assert.rejects(
        loadReferenceData(settings, runSql, ports.store, testEffects()),
        (error: unknown) =>
          isPlayheadError(error, 'PH_REFERENCE_MISSING') && /playhead run sample\.make-works/.test(error.hint ?? ''),
      );
    }
    const broken: RunSql = async () => {
      throw new PlayheadError('PH_SQL_FAILED', 'the engine is down');
    };
    await assert.rejects(loadReferenceData(settings, broken, ports.store, testEffects()), (error: unknown) =>
      isPlayheadError(error, 'PH_SQL_FAILED'),
    );
  });
});
