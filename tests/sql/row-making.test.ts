import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowMaking } from '../../src/sql/row-making.ts';

test('what a SELECT changes of the rows of its one table, and that others may drop or repeat some', async () => {
  const changed = async (sql: string): Promise<unknown> => {
    const { changed: found } = await rowMaking(sql);
    return found === undefined ? undefined : [...found];
  };
  assert.deepEqual(await changed('SELECT * FROM d.t'), []);
  assert.deepEqual(
    await changed('-- all\nSELECT id, T.at AS AT, upper(city) AS city, 1 AS one, seconds n FROM d.t T -- end'),
    ['city', 'one', 'n'],
  );
  for (const sql of [
    'SELECT * FROM d.t WHERE n > 1',
    'SELECT * FROM d.t LIMIT 3',
    'SELECT DISTINCT id FROM d.t',
    'SELECT * FROM d.t UNION ALL SELECT * FROM d.t',
    'SELECT id FROM d.t CROSS JOIN UNNEST(list) AS x(y)',
    'SELECT a.id FROM d.t a, d.t b',
    'SELECT id FROM d.t GROUP BY id',
    'SELECT id FROM d.t TABLESAMPLE BERNOULLI (50)',
    'SELECT id FROM (SELECT * FROM d.t)',
    'WITH x AS (SELECT * FROM d.t) SELECT * FROM x',
    'SELECT id FROM d.t OFFSET 3',
  ])
    assert.equal(await changed(sql), undefined, sql);
});

test('functions that say something else each time', async () => {
  for (const call of [
    'random()',
    'rand()',
    'uuid()',
    'now()',
    'current_date',
    'current_timestamp',
    'shuffle(l)',
    'random(1, 5)',
  ])
    assert.equal(
      (await rowMaking(`SELECT id, coalesce(n, 1) FROM (SELECT ${call} AS n, id FROM d.t)`)).volatile.length,
      1,
      call,
    );
  assert.deepEqual(
    (await rowMaking("SELECT from_iso8601_timestamp(at) AS now, 'random()' AS uuid FROM d.t")).volatile,
    [],
  );
});
