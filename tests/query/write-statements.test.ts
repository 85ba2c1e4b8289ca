import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openShop, type Shop } from './shop.ts';

describe('statements that write', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.close());

  it('CREATE TABLE AS makes partitions and types, and a table that can be queried', async () => {
    for (const [format, compression] of [
      ['PARQUET', 'ZSTD'],
      ['JSON', 'GZIP'],
      ['TEXTFILE', 'NONE'],
    ] as const) {
      const name = `made_${format.toLowerCase()}`;
      const made = await shop.ask(
        `CREATE TABLE ${name} WITH (format = '${format}', write_compression = '${compression}', partitioned_by = ARRAY['day']) AS SELECT id, amount, price, at, day FROM orders`,
      );
      assert.deepEqual(made.rows, [[300n]]);
      const { rows, summary } = await shop.ask(
        `SELECT count(*), sum(amount), sum(price), min(at) FROM ${name} WHERE day IN (1, 3)`,
      );
      assert.deepEqual(
        [rows, summary.partitions, summary.mistyped],
        [[[200n, 9878n, 4950, '2025-08-01 10:00:00.250']], { read: 2, of: 3 }, {}],
        format,
      );
    }
    const table = await shop.catalog.table('shop', 'made_parquet');
    assert.deepEqual(table?.partitionKeys, [{ name: 'day', type: 'int' }]);
  });

  it('CREATE TABLE AS refuses a table or a location that is there, and unknown properties', async () => {
    await shop.ask("CREATE TABLE a WITH (external_location = 's3://lake/mine/') AS SELECT 1 AS x");
    await assert.rejects(shop.ask('CREATE TABLE a AS SELECT 1 AS x'), { code: 'PH_TABLE_EXISTS' });
    assert.deepEqual((await shop.ask('CREATE TABLE IF NOT EXISTS a AS SELECT 2 AS x')).rows, []);
    await assert.rejects(shop.ask("CREATE TABLE b WITH (external_location = 's3://lake/mine/') AS SELECT 1 AS x"), {
      code: 'PH_OBJECT_EXISTS',
    });
    await assert.rejects(shop.ask("CREATE TABLE b WITH (bucketed_by = ARRAY['x']) AS SELECT 1 AS x"), {
      code: 'PH_SQL_UNSUPPORTED',
    });
    await assert.rejects(shop.ask("CREATE TABLE b WITH (format = 'ORC') AS SELECT 1 AS x"), {
      code: 'PH_SQL_UNSUPPORTED',
    });
    assert.equal(await shop.catalog.table('shop', 'b'), undefined);
  });

  it('show an error in the whole line that the user wrote', async () => {
    for (const [sql, word] of [
      ['INSERT INTO t SELECT nosuch FROM orders', 'nosuch'],
      ['CREATE TABLE a AS SELECT * FROM ordrs', 'ordrs'],
      ["UNLOAD (SELECT * frm x) TO 's3://lake/o/'", 'frm'],
      ["UNLOAD (SELECT nosuch FROM orders) TO 's3://lake/o/'", 'nosuch'],
      ['EXPLAIN SELECT nosuch FROM orders', 'nosuch'],
      ['INSERT INTO orders SELECT 1', 'orders'],
    ] as const) {
      if (word === 'nosuch') await shop.ask('CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a');
      await assert.rejects(shop.ask(sql), (error: Error) => {
        const excerpt = `${sql}\n${' '.repeat(sql.indexOf(word))}^`;
        assert.ok(error.message.endsWith(`\n${excerpt}`), error.message);
        return true;
      });
    }
  });

  it('a query that fails half way leaves no table and no object', async () => {
    await assert.rejects(shop.ask('CREATE TABLE half AS SELECT 1 / (amount - 99) AS x FROM orders'), {
      code: 'PH_SQL_FAILED',
    });
    assert.equal(await shop.catalog.table('shop', 'half'), undefined);
    assert.deepEqual((await shop.lake.list('tables/')).objects, []);
  });

  it('INSERT INTO adds rows by place or by name, and new partitions', async () => {
    await shop.ask("CREATE TABLE t WITH (partitioned_by = ARRAY['p']) AS SELECT 1 AS a, 'x' AS b, 'one' AS p");
    await shop.ask("INSERT INTO t VALUES (2, 'y', 'two')");
    await shop.ask("INSERT INTO t (p, a) SELECT 'two', 3");
    assert.deepEqual((await shop.ask('SELECT a, b, p FROM t ORDER BY a')).rows, [
      [1, 'x', 'one'],
      [2, 'y', 'two'],
      [3, null, 'two'],
    ]);
    await assert.rejects(shop.ask('INSERT INTO t VALUES (1)'), { code: 'PH_SQL_INVALID' });
    await assert.rejects(shop.ask("INSERT INTO orders SELECT 'x', 1, 1e0, 'y', now(), 2025, 8, 9"), {
      code: 'PH_SQL_UNSUPPORTED',
    });
  });

  it('UNLOAD writes objects where nothing lies yet', async () => {
    await shop.ask(
      "UNLOAD (SELECT id, day FROM orders WHERE amount < 2) TO 's3://lake/out/' WITH (format = 'JSON', partitioned_by = ARRAY['day'])",
    );
    const { objects } = await shop.lake.list('out/');
    assert.deepEqual(
      objects.map(({ key }) => key.split('/')[1]),
      ['day=1', 'day=2', 'day=3'],
    );
    await assert.rejects(shop.ask("UNLOAD (SELECT 1 AS a) TO 's3://lake/out/'"), { code: 'PH_OBJECT_EXISTS' });
  });

  it('EXPLAIN tells what would be read, and reads nothing', async () => {
    const { rows, summary } = await shop.ask('EXPLAIN SELECT id FROM orders WHERE day = 2');
    assert.equal(rows[0]?.[0], 'shop.orders: 1 objects, 1 of 3 partitions');
    assert.equal(summary.bytesScanned, 0);
    const analyzed = await shop.ask('EXPLAIN ANALYZE SELECT id FROM orders WHERE day = 2');
    assert.ok(analyzed.summary.bytesScanned > 0);
  });

  it('data definition goes through the same door', async () => {
    assert.deepEqual((await shop.ask('SHOW PARTITIONS orders')).rows.length, 3);
    assert.deepEqual((await shop.ask('SHOW TABLES')).rows, [['orders']]);
  });
});
