import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PlayheadError } from '../../src/base/errors.ts';
import { footer } from '../../src/query/write-result.ts';
import { glueColumns } from '../../src/record/columns.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { openShop, type Shop } from './shop.ts';

describe("a table over objects of the user's own", () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
    await shop.lake.put('own/a.json', Buffer.from('{"a":1,"b":{"x":[1, 2]}}\n\n{"a":2}\n'));
    await shop.lake.put('own/b.json.gz', gzipSync('{"a":3}\n\n{"a":4\n{"a":"five"}\nnot json\n'));
    await shop.ask(
      "CREATE EXTERNAL TABLE own (a int, b string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://bucket/own/'",
    );
  });
  afterEach(() => shop.close());

  const failure = async (sql: string): Promise<PlayheadError> => {
    const error: unknown = await shop.ask(sql).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof PlayheadError, `${sql}: ${String(error)}`);
    return error;
  };

  it('fails on a line that is no JSON object, and names the object, the line and the way on', async () => {
    for (const sql of ['SELECT a FROM own', 'SELECT count(*) FROM own', 'CREATE TABLE t AS SELECT * FROM own']) {
      const { code, message, hint, details } = await failure(sql);
      assert.deepEqual([code, message], ['PH_SQL_FAILED', 'line 3 of own/b.json.gz of shop.own is not a JSON object']);
      assert.match(hint ?? '', /^ALTER TABLE shop\.own SET TBLPROPERTIES \('ignore\.malformed\.json' = 'true'\)/);
      assert.deepEqual([details['key'], details['objectLine']], ['own/b.json.gz', 3]);
    }
  });

  it('reads such lines as rows of NULLs and counts them where the table says so', async () => {
    await shop.ask("ALTER TABLE own SET TBLPROPERTIES ('ignore.malformed.json' = 'true')");
    const { rows, summary } = await shop.ask('SELECT a, b FROM own ORDER BY a');
    assert.deepEqual(rows, [
      [1, '{"x":[1,2]}'],
      [2, null],
      [3, null],
      [null, null],
      [null, null],
      [null, null],
    ]);
    assert.deepEqual([summary.malformed, summary.mistyped], [{ 'shop.own': 2 }, { 'shop.own.a': 1 }]);
    assert.match(footer(summary), /\n2 lines of shop\.own read as NULL: not JSON objects/);
    const counted = await shop.ask('SELECT count(*) FROM own');
    assert.deepEqual([counted.rows, counted.summary.malformed], [[[6n]], { 'shop.own': 2 }]);
  });

  it('takes no line of another kind for a column', async () => {
    await shop.lake.put('lists/a.json', Buffer.from('[1, 2]\n'));
    await shop.ask(
      "CREATE EXTERNAL TABLE lists (a string) LOCATION 'lists/'  ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'",
    );
    assert.equal(
      (await failure('SELECT a FROM lists')).message,
      'line 1 of lists/a.json of shop.lists is not a JSON object',
    );
  });

  it('reads the fields of a struct by the names that their record declares, in any case', async () => {
    const record = defineRecord('play', { fields: { device: field.struct({ deviceType: field.string() }) } });
    await shop.lake.put('plays/a.json', Buffer.from('{"device":{"deviceType":"tv"}}\n'));
    const columns = glueColumns(record);
    await shop.catalog.putTable(
      {
        database: 'shop',
        name: 'plays',
        columns,
        partitionKeys: [],
        location: 'plays/',
        format: 'json',
        parameters: {},
      },
      0,
    );
    assert.deepEqual((await shop.ask('SELECT device.deviceType, device.devicetype FROM plays')).rows, [['tv', 'tv']]);
  });

  it('names an object that is no file of its format', async () => {
    await shop.lake.put('broken/a.parquet', Buffer.from('not parquet at all'));
    await shop.ask("CREATE EXTERNAL TABLE broken (a int) STORED AS PARQUET LOCATION 'broken/'");
    const { message } = await failure('SELECT a FROM broken');
    assert.match(message, /broken\/a\.parquet/);
    assert.doesNotMatch(message, /pins/);
  });
});

describe('"$path"', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.close());

  it("is the key of a row's object, in every kind of table, and no column of a star", async () => {
    const landed = await shop.ask('SELECT "$path", * FROM orders WHERE day = 2 LIMIT 1');
    assert.deepEqual(landed.columns, ['$path', 'id', 'amount', 'price', 'country', 'at', 'year', 'month', 'day']);
    assert.equal(landed.rows[0]?.[0], 'orders/year=2025/month=08/day=02/a.json.gz');
    await shop.ask("CREATE TABLE made WITH (partitioned_by = ARRAY['day']) AS SELECT id, day FROM orders");
    const made = await shop.ask('SELECT m.*, "$path" FROM made m WHERE day = 3 LIMIT 1');
    assert.deepEqual(made.columns, ['id', 'day', '$path']);
    assert.match(String(made.rows[0]?.[2]), /^tables\/shop\/made\/day=3\/.*\.parquet$/);
    const [object] = (await shop.lake.list('tables/shop/made/day=3/')).objects;
    assert.equal(made.rows[0]?.[2], object?.key);
  });

  it('filters, groups and goes on from a subquery', async () => {
    assert.deepEqual((await shop.ask(`SELECT count(*) FROM orders WHERE "$path" LIKE '%day=02/%'`)).rows, [[100n]]);
    const { columns, rows } = await shop.ask(
      'WITH by_object AS (SELECT "$path", count(*) AS n FROM orders GROUP BY 1) SELECT * FROM by_object ORDER BY 1 LIMIT 1',
    );
    assert.deepEqual([columns, rows], [['$path', 'n'], [['orders/year=2025/month=08/day=01/a.json.gz', 100n]]]);
    assert.deepEqual((await shop.ask('SELECT "$path" FROM orders WHERE day = 9')).rows, []);
  });
});
