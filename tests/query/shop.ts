import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Effects, testEffects } from '../../src/base/effects.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { type Duck, openDuck } from '../../src/duck/duck.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { openQueries, type Queries } from '../../src/query/queries.ts';
import type { QueryOptions, QuerySettings, QuerySummary } from '../../src/query/settings.ts';
import type { SqlValue } from '../../src/sql/engine.ts';

export interface Answer {
  readonly columns: readonly string[];
  readonly rows: (readonly SqlValue[])[];
  readonly summary: QuerySummary;
}

/** A lake with the landing table `shop.orders`: three days, 100 orders each, amounts 5 and 6 of each day mistyped. */
export interface Shop {
  readonly lake: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
  readonly queries: Queries;
  readonly directory: string;
  open(settings?: QuerySettings): Queries;
  ask(sql: string, options?: QueryOptions): Promise<Answer>;
  /** Puts lines as an object of a partition of `shop.orders`, and commits it. */
  land(day: string, name: string, lines: readonly unknown[]): Promise<void>;
  close(): Promise<void>;
}

export async function openShop(settings: QuerySettings = {}, effects: Effects = testEffects()): Promise<Shop> {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-query-'));
  await mkdir(join(directory, 'temporary'));
  const lake = await openFileStore(join(directory, 'lake'), effects);
  const catalog = await openSqliteCatalog(join(directory, 'catalog.sqlite'), effects);
  const duck = await openDuck({
    memoryBytes: 256 * 1024 ** 2,
    threads: 2,
    temporaryDirectory: join(directory, 'temporary'),
  });
  const open = (other: QuerySettings = {}): Queries =>
    openQueries(
      { catalog, lake, duck },
      { database: 'shop', committed: new Set(['shop.orders']), ...settings, ...other },
      effects,
    );
  const queries = open();
  await catalog.createDatabase('shop');
  const columns = [
    ['id', 'string'],
    ['amount', 'int'],
    ['price', 'double'],
    ['country', 'string'],
    ['at', 'timestamp'],
  ] as const;
  await catalog.putTable(
    {
      database: 'shop',
      name: 'orders',
      location: 'orders/',
      format: 'json',
      parameters: {},
      columns: columns.map(([name, type]) => ({ name, type })),
      partitionKeys: ['year', 'month', 'day'].map((name) => ({ name, type: 'int' })),
    },
    0,
  );
  let commit = 0;
  const land: Shop['land'] = async (day, name, lines) => {
    const key = `orders/year=2025/month=08/day=${day}/${name}.json.gz`;
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
    const { etag, sizeBytes } = await lake.put(key, gzipSync(text));
    const object = {
      key,
      etag,
      sizeBytes,
      rows: lines.length,
      partition: ['2025', '08', day],
      series: 'landing',
      commit,
    };
    await catalog.registerCommit('shop', 'orders', {
      series: 'landing',
      number: commit,
      objects: [object],
      replaces: [],
    });
    commit += 1;
  };
  for (const day of ['01', '02', '03']) await land(day, 'a', ordersOf(day));
  return {
    lake,
    catalog,
    duck,
    queries,
    directory,
    open,
    land,
    ask: async (sql, options = {}) => {
      const result = await queries.run(sql, options);
      const rows: (readonly SqlValue[])[] = [];
      for await (const page of result.pages) rows.push(...page);
      return { columns: result.columns.map(({ name }) => name), rows, summary: await result.summary() };
    },
    close: async () => {
      await queries.close();
      await Promise.all([duck.close(), catalog.close(), lake.close()]);
      await rm(directory, { recursive: true });
    },
  };
}

function ordersOf(day: string): unknown[] {
  return Array.from({ length: 100 }, (_, i) => ({
    id: `o${day}-${i}`,
    amount: i === 5 ? 'many' : i === 6 ? 1.5 : i,
    price: i / 2,
    country: i % 3 === 0 ? 'Japan' : 'France',
    at: `2025-08-${day}T10:00:00.250Z`,
  }));
}
