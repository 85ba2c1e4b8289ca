import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readAll } from '../../src/lake/object-store.ts';
import { footer } from '../../src/query/write-result.ts';
import { openShop, type Shop } from './shop.ts';

describe('a workgroup that keeps results', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop({
      workgroups: { keeping: { kind: 'workgroup', results: 'athena-results' }, free: { kind: 'workgroup' } },
    });
  });
  afterEach(() => shop.close());

  const keys = async (): Promise<string[]> => (await shop.lake.list('athena-results/')).objects.map(({ key }) => key);
  const textOf = async (key: string): Promise<string> => Buffer.from((await readAll(shop.lake, key)).bytes).toString();

  it("writes Athena's CSV and what the query cost, under an id of its own, and says so", async () => {
    const sql = `SELECT id, amount, 'say "hi"' AS words FROM orders WHERE day = 1 ORDER BY price LIMIT 2 OFFSET 4`;
    const { rows, summary } = await shop.ask(sql, { workgroup: 'keeping' });
    const key = summary.result ?? '';
    assert.match(key, /^athena-results\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.csv$/);
    assert.equal(await textOf(key), '"id","amount","words"\n"o01-4","4","say ""hi"""\n"o01-5",,"say ""hi"""\n');
    assert.equal(rows.length, 2);
    const { query, columns, bytesScanned, mistyped } = JSON.parse(await textOf(`${key}.metadata`));
    assert.deepEqual([query, columns.length, bytesScanned], [sql, 3, summary.bytesScanned]);
    assert.deepEqual(mistyped, summary.mistyped);
    assert.match(footer(summary), new RegExp(`\nKept as ${key}\\.$`));
    await shop.ask(sql, { workgroup: 'keeping' });
    assert.equal((await keys()).length, 4);
  });

  it('keeps nothing of a query that fails or is left half way, nor of one in another workgroup', async () => {
    await assert.rejects(shop.ask('SELECT cast(id AS double) FROM orders', { workgroup: 'keeping' }));
    const { pages } = await shop.queries.run('SELECT * FROM orders a, orders b', { workgroup: 'keeping' });
    for await (const page of pages) {
      assert.ok(page.length > 0);
      break;
    }
    await shop.ask('SELECT 1', { workgroup: 'free' });
    await shop.ask('SELECT 1');
    assert.deepEqual(await keys(), []);
    assert.deepEqual(
      (await readdir(join(shop.directory, 'temporary'))).filter((name) => name.startsWith('result-')),
      [],
    );
  });
});
