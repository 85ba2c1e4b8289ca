import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { openQueries, type Queries } from '../../src/query/queries.ts';
import { countedStore, type Requests } from '../lake/counted-store.ts';
import { openShop, type Shop } from './shop.ts';

/** What docs/scaling.md counts a query's costs by. */
describe('the requests that a query makes of its lake', () => {
  let shop: Shop;
  let queries: Queries;
  let taken: () => Requests;
  /** Paths that were given and are not released yet. */
  let held = 0;
  before(async () => {
    shop = await openShop();
    const counted = countedStore(shop.lake);
    taken = counted.taken;
    const settings = { database: 'shop', committed: new Set(['shop.orders']) };
    const localFile: ObjectStore['localFile'] = (key, etag, until) => {
      held += 1;
      until?.defer(() => {
        held -= 1;
      });
      return counted.store.localFile(key, etag);
    };
    queries = openQueries({ ...shop, lake: { ...counted.store, localFile } }, settings, testEffects());
  });
  after(async () => {
    await queries.close();
    await shop.close();
  });

  async function asked(sql: string): Promise<Requests> {
    const result = await queries.run(sql);
    for await (const _ of result.pages);
    await result.summary();
    return taken();
  }

  it('are one for each object that pruning leaves, and none besides', async () => {
    const none = { put: 0, get: 0, head: 0, list: 0, delete: 0, localFile: 0 };
    assert.deepEqual(await asked('SELECT count(*) FROM orders'), { ...none, localFile: 3 });
    assert.deepEqual(await asked('SELECT count(*) FROM orders WHERE day = 2'), { ...none, localFile: 1 });
    assert.deepEqual(await asked('SELECT count(*) FROM orders WHERE day = 9'), none);
  });

  it('hold no object of the local cache longer than the query runs, however it ends', async () => {
    const result = await queries.run('SELECT id FROM orders');
    assert.equal(held, 3);
    for await (const _ of result.pages);
    assert.equal(held, 0);
    for (const sql of [
      "SELECT id FROM orders WHERE id = 'none'",
      'EXPLAIN SELECT id FROM orders',
      "CREATE TABLE held WITH (external_location = 's3://bucket/held/') AS SELECT id FROM orders",
    ])
      await asked(sql);
    await assert.rejects(asked("SELECT CAST(id AS integer) FROM orders WHERE id = 'o01-1'"));
    await assert.rejects(asked('SELECT nothing FROM orders'));
    assert.equal(held, 0);
  });
});
