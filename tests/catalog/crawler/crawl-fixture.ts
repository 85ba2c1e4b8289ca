import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, testEffects } from '../../../src/base/effects.ts';
import type { Catalog, CatalogTable, Partition } from '../../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../../src/catalog/sqlite.ts';
import { type Duck, openDuck } from '../../../src/duck/duck.ts';
import { openFileStore } from '../../../src/lake/file.ts';
import type { ObjectStore } from '../../../src/lake/object-store.ts';

export interface CrawlFixture {
  readonly lake: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
  readonly effects: Effects;
  close(): Promise<void>;
}

/** A lake of its own in a folder of its own, an empty catalog, and the DuckDB that it is given. */
export async function crawlFixture(duck: Duck): Promise<CrawlFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-crawl-'));
  const effects = testEffects();
  const lake = await openFileStore(join(folder, 'lake'), effects);
  const catalog = await openSqliteCatalog(':memory:', effects);
  return {
    lake,
    catalog,
    duck,
    effects,
    close: async () => {
      await catalog.close();
      await lake.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function smallDuck(): Promise<{ duck: Duck; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-duck-'));
  const duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
  return {
    duck,
    close: async () => {
      await duck.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function contents(
  catalog: Catalog,
): Promise<readonly (CatalogTable & { readonly partitions: readonly Partition[] })[]> {
  const tables: (CatalogTable & { partitions: readonly Partition[] })[] = [];
  for (const database of await catalog.databases())
    for (const table of await catalog.tables(database))
      tables.push({ ...table, partitions: await catalog.partitions(database, table.name) });
  return tables;
}
