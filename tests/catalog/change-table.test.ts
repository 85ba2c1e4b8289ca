import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import type { Catalog, CatalogTable } from '../../src/catalog/catalog.ts';
import { changeTable } from '../../src/catalog/change-table.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';

describe('changeTable', () => {
  let catalog: Catalog;
  beforeEach(async () => {
    catalog = await openSqliteCatalog(':memory:', testEffects());
    await catalog.createDatabase('media');
    const table = { database: 'media', name: 'plays', columns: [], partitionKeys: [], location: 'plays/' };
    await catalog.putTable({ ...table, format: 'json', parameters: {} }, 0);
  });
  afterEach(() => catalog.close());

  const set =
    (key: string) =>
    (table: CatalogTable): CatalogTable => ({ ...table, parameters: { ...table.parameters, [key]: 'yes' } });

  it('repeats the change on what somebody else made of the table meanwhile', async () => {
    let interruptions = 2;
    const busy: Catalog = {
      ...catalog,
      putTable: async (table, version) => {
        interruptions -= 1;
        if (interruptions >= 0) await catalog.putTable(set(`other-${interruptions}`)(await read()), version);
        return catalog.putTable(table, version);
      },
    };
    await changeTable(busy, 'media', 'plays', set('ours'));
    assert.deepEqual((await read()).parameters, { 'other-0': 'yes', 'other-1': 'yes', ours: 'yes' });
  });

  it('names a table that is not there', async () => {
    await assert.rejects(changeTable(catalog, 'media', 'stops', set('ours')), { code: 'PH_TABLE_UNKNOWN' });
  });

  async function read(): Promise<CatalogTable> {
    const table = await catalog.table('media', 'plays');
    assert.ok(table !== undefined);
    return table;
  }
});
