import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { queryLineage } from '../../src/sql/query-lineage.ts';

const known = new Map([
  ['shop.orders', ['order_id', 'amount', 'country', 'placed_at']],
  ['shop.countries', ['country', 'region']],
]);

/** What a column is made of, as `table.column making`. */
async function madeOf(sql: string): Promise<Record<string, string[]>> {
  const { columns } = await queryLineage(sql, known, 'shop');
  const text = ({ table, column, making }: { table: string; column: string; making: string }): string =>
    `${table}.${column} ${making}`;
  return Object.fromEntries(Object.entries(columns).map(([name, sources]) => [name, sources.map(text).sort()]));
}

describe('lineage of a query', () => {
  it('tells the same value from a computed one and from an aggregate', async () => {
    assert.deepEqual(
      await madeOf('SELECT country, amount * 2 AS twice, sum(amount) / 2 AS half, count(*) AS n, 1 AS one FROM orders'),
      {
        country: ['shop.orders.country identity'],
        twice: ['shop.orders.amount transformation'],
        half: ['shop.orders.amount aggregation'],
        n: [],
        one: [],
      },
    );
  });

  it('follows names of WITH, subqueries and stars to the tables', async () => {
    const sql = `WITH paid AS (SELECT *, max(amount) OVER (PARTITION BY country) AS most FROM shop.orders),
                      named AS (SELECT p.order_id, p.most, c.region FROM paid p JOIN countries c ON p.country = c.country)
                 SELECT * FROM (SELECT order_id AS id, most, upper(region) AS region FROM named) x`;
    assert.deepEqual(await madeOf(sql), {
      id: ['shop.orders.order_id identity'],
      most: ['shop.orders.amount aggregation', 'shop.orders.country aggregation'],
      region: ['shop.countries.region transformation'],
    });
    assert.deepEqual((await queryLineage(sql, known, 'shop')).tables, ['shop.countries', 'shop.orders']);
  });

  it('takes both sides of a UNION', async () => {
    assert.deepEqual(await madeOf('SELECT country FROM orders UNION ALL SELECT region FROM countries'), {
      country: ['shop.countries.region identity', 'shop.orders.country identity'],
    });
  });

  it('says which columns decide on the rows alone', async () => {
    const { uses } = await queryLineage(
      `SELECT c.region, count(*) AS n FROM orders o JOIN countries c ON o.country = c.country
       WHERE o.amount > 10 GROUP BY c.region HAVING max(o.placed_at) > '2025' ORDER BY c.region`,
      known,
      'shop',
    );
    assert.deepEqual(uses.map(({ table, column, use }) => `${table}.${column} ${use}`).sort(), [
      'shop.countries.country join',
      'shop.countries.region group',
      'shop.countries.region sort',
      'shop.orders.amount filter',
      'shop.orders.country join',
      'shop.orders.placed_at filter',
    ]);
  });

  it('refuses what it cannot follow', async () => {
    await assert.rejects(queryLineage('SELECT FROM WHERE', known, 'shop'), (error) =>
      isPlayheadError(error, 'PH_SQL_UNSUPPORTED'),
    );
  });
});
