import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { PlayheadError } from '../../src/base/errors.ts';
import { writeResult } from '../../src/query/write-result.ts';
import { openShop, type Shop } from './shop.ts';

const workgroups = {
  small: { kind: 'workgroup' as const, scanLimitBytes: 1500 },
  tiny: { kind: 'workgroup' as const, scanLimitBytes: 10 },
  free: { kind: 'workgroup' as const },
};

describe('a query', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop({ workgroups });
  });
  afterEach(() => shop.close());

  const failure = async (sql: string, options = {}): Promise<PlayheadError> => {
    try {
      await shop.ask(sql, options);
    } catch (error) {
      assert.ok(error instanceof PlayheadError, String(error));
      return error;
    }
    return assert.fail(`${sql} did not fail`);
  };

  it('reads only the partitions that its conditions leave', async () => {
    const { rows, summary } = await shop.ask("SELECT count(*) FROM orders WHERE month = 8 AND day = '02'");
    assert.deepEqual(rows, [[100n]]);
    assert.deepEqual([summary.partitions, summary.files], [{ read: 1, of: 3 }, 1]);
    const [object] = await shop.catalog.objects('shop', 'orders', [['2025', '08', '02']]);
    assert.equal(summary.bytesScanned, object?.sizeBytes);
  });

  it('gives partition columns their type, and one value a file', async () => {
    const { rows } = await shop.ask('SELECT day, month, count(*) FROM orders GROUP BY 1, 2 ORDER BY 1');
    assert.deepEqual(rows, [
      [1, 8, 100n],
      [2, 8, 100n],
      [3, 8, 100n],
    ]);
  });

  it('reads mistyped values of a landing table as NULL and counts them', async () => {
    const { rows, summary } = await shop.ask('SELECT count(*), count(amount), sum(amount) FROM orders WHERE day = 1');
    assert.deepEqual(rows, [[100n, 98n, 4939n]]);
    assert.deepEqual(summary.mistyped, { 'shop.orders.amount': 2 });
    assert.deepEqual((await shop.ask('SELECT count(price) FROM orders')).summary.mistyped, {});
    assert.deepEqual(
      (await shop.duck.connect().then((s) => s.all('SELECT sequence_name FROM duckdb_sequences()'))).rows,
      [],
    );
  });

  it('reads landing lines that lack fields, have others, or nest', async () => {
    await shop.land('04', 'odd', [
      '{}',
      '{"extra": [1], "amount": 7}',
      '{"id": {"a": 1}, "price": null, "at": "never"}',
      '{"amount": 3000000000, "at": "2025-08-04T01:00:00+02:00"}',
    ]);
    const { rows, summary } = await shop.ask(
      'SELECT id, amount, price, at FROM orders WHERE day = 4 ORDER BY amount, id',
    );
    assert.deepEqual(rows, [
      [null, 7, null, null],
      ['{"a":1}', null, null, null],
      [null, null, null, null],
      [null, null, null, '2025-08-03 23:00:00.000'],
    ]);
    assert.deepEqual(summary.mistyped, { 'shop.orders.amount': 1, 'shop.orders.at': 1 });
  });

  it('resolves names with a database, quotes, the catalog, and WITH before tables', async () => {
    for (const name of [
      'orders',
      'ORDERS',
      'shop.orders',
      '"shop"."orders"',
      'AwsDataCatalog.shop.orders',
      '"AwsDataCatalog"."shop"."orders"',
    ])
      assert.deepEqual((await shop.ask(`SELECT count(*) FROM ${name}`)).rows, [[300n]], name);
    assert.deepEqual((await shop.ask('SELECT max(shop.orders.day) FROM shop.orders')).rows, [[3]]);
    assert.deepEqual((await shop.ask('WITH orders AS (SELECT 1 AS a) SELECT a FROM orders')).rows, [[1]]);
    assert.deepEqual(
      (await shop.ask('WITH orders AS (SELECT * FROM shop.orders WHERE day = 1) SELECT count(*) FROM orders')).rows,
      [[100n]],
    );
  });

  it('tells unknown names with their place and what was meant', async () => {
    const table = await failure('SELECT 1\nFROM ordrs');
    assert.deepEqual(
      [table.code, table.details['line'], table.details['column'], table.hint],
      ['PH_TABLE_UNKNOWN', 2, 6, 'Did you mean "orders"?'],
    );
    assert.equal((await failure('SELECT 1 FROM nowhere.orders')).code, 'PH_DATABASE_UNKNOWN');
    const column = await failure("SELECT id,\n  upper(cuontry) AS c\nFROM orders WHERE id <> 'cuontry'");
    assert.deepEqual(
      [column.code, column.details['line'], column.details['column'], column.hint],
      ['PH_SQL_INVALID', 2, 9, 'Did you mean "country"?'],
    );
    assert.match(column.message, /there is no column "cuontry"\n {2}upper\(cuontry\) AS c\n {8}\^/);
    const far = await failure('SELECT zzzzzzz FROM orders');
    assert.match(far.hint ?? '', /^Near it: (?:\w+, ){5}of 8 columns\. DESCRIBE shop\.orders shows them all\.$/);
    const owned = await failure('SELECT o.cuontry FROM orders o');
    assert.match(owned.message, /there is no column "cuontry" in o\n/);
    assert.equal(owned.hint, 'Did you mean "country"?');
    // What a subquery gives is not what its table has.
    assert.equal((await failure('SELECT s.cuontry FROM (SELECT id FROM orders) s')).hint, undefined);
    assert.match((await failure('SELECT z.id FROM orders o')).message, /nothing in FROM is called z\n/);
    const types = await failure('SELECT 1,\n sum(id) FROM orders');
    assert.deepEqual([types.code, types.details['line'], types.details['column']], ['PH_SQL_INVALID', 2, 2]);
  });

  it('tells the value that failed in running, in words of Athena, and where the query made it', async () => {
    for (const [expression, message] of [
      ['amount ^/ (amount - amount)', 'Division by zero'],
      ['amount ^% (amount - amount)', 'Division by zero'],
      ['^mod(amount, amount - amount)', 'Division by zero'],
      ['^cast(country AS integer)', "Cannot cast 'Japan'"],
      ['upper(country) || cast(^cast(country AS double) AS varchar)', "Cannot cast 'Japan' to double (column country)"],
      ['^cast(9999999999 AS integer)', '9999999999 is out of range for integer'],
      ['^cast(1234.5 AS decimal(3, 1))', '1234.5 is out of range for decimal(3,1)'],
      ['2147483647 ^+ 1', 'integer overflow: 2147483647 + 1'],
      ['^cast(country AS boolean)', "Cannot cast 'Japan' to boolean (column country)"],
      ['^cast(country AS decimal(9, 2))', "Cannot cast 'Japan' to decimal(9,2) (column country)"],
      ['^date(country)', 'Value cannot be cast to date: Japan'],
      ['^from_iso8601_timestamp(country)', "'Japan' is not a timestamp (column country)"],
      ["^date_parse(country, '%Y')", "'Japan' does not have the format %Y"],
      ['^json_parse(country)', "'Japan' is not JSON (column country)"],
    ] as const) {
      const sql = `SELECT *, -- a comment with a / and cast(\n  '/', ${expression.replace('^', '')} AS x FROM orders WHERE country = 'Japan'`;
      const { code, message: told, details } = await failure(sql);
      assert.deepEqual(
        [code, told.split('\n')[0]],
        ['PH_SQL_FAILED', `line 2, column ${8 + expression.indexOf('^')}: ${message}`],
      );
      assert.deepEqual([details['line'], details['column']], [2, 8 + expression.indexOf('^')]);
    }
  });

  it('names the places that a failure in running can come from where there are several, and invents none', async () => {
    const several = await failure('SELECT price / 2,\n  1 / (amount - amount) FROM orders');
    assert.equal(several.message, 'Division by zero');
    assert.match(several.hint ?? '', /^It can be at line 1, column 14; line 2, column 5\. try/);
    assert.equal(several.details['line'], undefined);
    const unknown = await failure("SELECT id, date_add('day', 1000000000, at) FROM orders");
    assert.deepEqual([unknown.code, unknown.details['line']], ['PH_SQL_FAILED', undefined]);
  });

  it('is refused before its start when it can scan more than the workgroup allows', async () => {
    const error = await failure('SELECT id FROM orders', { workgroup: 'small' });
    assert.equal(error.code, 'PH_SCAN_LIMIT');
    assert.match(error.hint ?? '', /WHERE year = 2025 AND month = 8 AND day = 3/);
    const { rows } = await shop.ask('SELECT count(*) FROM orders WHERE year = 2025 AND month = 8 AND day = 3', {
      workgroup: 'small',
    });
    assert.deepEqual(rows, [[100n]]);
    await shop.land(
      '04',
      'big',
      Array.from({ length: 2000 }, (_, i) => ({ id: `${i}-${(i * 7919) % 2003}` })),
    );
    const newest = await failure('SELECT id FROM orders', { workgroup: 'small' });
    assert.match(newest.hint ?? '', /WHERE year = 2025 AND month = 8 AND day = 3\.$/);
    const none = await failure('SELECT id FROM orders', { workgroup: 'tiny' });
    assert.match(
      none.hint ?? '',
      /^No single partition of shop\.orders is small enough: the smallest \(year=2025\/month=08\/day=0[123]\) is [\d.]+ .*\. Name fewer/,
    );
    assert.doesNotMatch(none.hint ?? '', /WHERE/);
    assert.equal(
      (await shop.ask('SELECT count(*) FROM orders WHERE day < 4', { workgroup: 'free' })).rows[0]?.[0],
      300n,
    );
    assert.equal((await failure('SELECT 1', { workgroup: 'none' })).code, 'PH_ADDRESS_UNKNOWN');
  });

  it('bounds Parquet by the chunks of the columns that it names', async () => {
    await shop.ask("CREATE TABLE wide WITH (format = 'PARQUET') AS SELECT id, price, country FROM orders");
    const bytes = async (sql: string): Promise<number> => (await shop.ask(sql)).summary.bytesScanned;
    const [id, country, both, all] = [
      await bytes('SELECT id FROM wide'),
      await bytes('SELECT w.country FROM wide w'),
      await bytes("SELECT id FROM wide WHERE country = 'Japan'"),
      await bytes('SELECT * FROM wide'),
    ];
    assert.ok(id > 0 && country > 0 && all > both);
    assert.equal(both, id + country);
    assert.equal(await bytes('SELECT count(*) FROM wide'), 0);
    assert.equal(await bytes('WITH w AS (SELECT id FROM wide) SELECT * FROM w'), id);
  });

  it('explains why it has no rows', async () => {
    const why = async (sql: string): Promise<string | undefined> => (await shop.ask(sql)).summary.explanation;
    assert.equal(
      await why('SELECT id FROM orders WHERE year = 2026 AND month = 11'),
      'no partition year=2026/month=11 in shop.orders; nearest year=2025/month=08/day=03',
    );
    assert.equal(
      await why('SELECT id FROM orders WHERE year = 2025 AND day = 0'),
      'no partition year=2025/day=0 in shop.orders; nearest year=2025/month=08/day=01',
    );
    assert.equal(
      await why("SELECT id FROM orders WHERE country = 'Frence'"),
      `no row of the 3 partitions of shop.orders that it reads has country = 'Frence'. Did you mean "France"?`,
    );
    assert.equal(await why("SELECT id FROM orders WHERE country = 'Japan' AND price > 1000"), undefined);
    assert.equal(
      await why('SELECT count(*), max(price) FROM orders WHERE year = 2025 AND day = 12'),
      'no partition year=2025/day=12 in shop.orders; nearest year=2025/month=08/day=03',
    );
    assert.equal(await why('SELECT count(*) FROM orders WHERE day = 2'), undefined);
    const footers: string[] = [];
    for (const sql of ["SELECT count(*) FROM orders WHERE country = 'Frence'", 'SELECT id FROM orders WHERE day = 12'])
      await writeResult(await shop.queries.run(sql), 'table', (text) => {
        footers.push(text.trimEnd().split('\n').at(-1) ?? '');
      });
    assert.match(footers.join('\n'), /Nothing found: .* has country = 'Frence'\. Did you mean "France"\?\n/);
    assert.match(footers.at(-1) ?? '', /^No rows: no partition .*day=03\.$/);
    await shop.catalog.putTable(
      {
        database: 'shop',
        name: 'empty',
        columns: [{ name: 'a', type: 'int' }],
        partitionKeys: [],
        location: 'empty/',
        format: 'json',
        parameters: {},
      },
      0,
    );
    assert.equal(await why('SELECT a FROM empty'), 'shop.empty has no data yet');
  });

  it('names the object and the table that were changed outside', async () => {
    const { objects } = await shop.lake.list('orders/');
    const [first, second] = objects.map(({ key }) => key);
    assert.ok(first !== undefined && second !== undefined);
    await shop.lake.put(first, Buffer.from('{}'));
    await shop.lake.delete(second);
    for (const [day, key, code, word] of [
      [1, first, 'PH_OBJECT_CHANGED', 'replaced'],
      [2, second, 'PH_OBJECT_MISSING', 'deleted'],
    ] as const) {
      const error = await failure(`SELECT id FROM orders WHERE day = ${day}`);
      assert.deepEqual([error.code, error.message], [code, `${key} of shop.orders was ${word} outside Playhead`]);
      assert.match(error.hint ?? '', /playhead repair .* playhead doctor .* playhead rebuild/);
    }
  });

  it('names the databases that have a table of that name', async () => {
    const queries = shop.open({ database: 'default' });
    for (const database of [undefined, 'other']) {
      if (database !== undefined) await shop.catalog.createDatabase(database);
      await assert.rejects(queries.run('SELECT 1 FROM orders', database === undefined ? {} : { database }), {
        hint: 'There is shop.orders: write the database in front, FROM shop.orders.',
      });
    }
    await queries.close();
  });

  it('reads an object as it was when it was replaced meanwhile', async () => {
    const result = await shop.queries.run('SELECT count(*), sum(price) FROM orders');
    await shop.land('01', 'a', [{ id: 'other' }]);
    for await (const page of result.pages) assert.deepEqual(page[0]?.[0], 300n);
  });

  it('writes JSON in the promised shape, CSV like Athena, and tables with a footer', async () => {
    const sql =
      'SELECT id, amount, price, cast(9007199254740993 AS bigint) AS big, nan() AS n FROM orders WHERE day = 1 ORDER BY price LIMIT 2';
    const written = async (format: 'json' | 'csv' | 'table'): Promise<string> => {
      let text = '';
      await writeResult(await shop.queries.run(sql), format, (part) => {
        text += part;
      });
      return text;
    };
    const json = await written('json');
    const parsed = JSON.parse(json) as Record<string, unknown>;
    assert.deepEqual(Object.keys(parsed), ['columns', 'rows', 'bytesScanned', 'elapsedMs']);
    assert.deepEqual(parsed['columns'], ['id', 'amount', 'price', 'big', 'n']);
    assert.ok(json.includes('["o01-0",0,0,9007199254740993,"NaN"]'), json);
    assert.equal(
      await written('csv'),
      '"id","amount","price","big","n"\n"o01-0","0","0.0","9007199254740993","NaN"\n"o01-1","1","0.5","9007199254740993","NaN"\n',
    );
    assert.match(await written('table'), /│ o01-1 │ {6}1 │ {3}0\.5 │[\s\S]*2 rows · .* scanned · 1 of 3 partitions\n/);
  });

  it('writes Parquet that others read', async () => {
    const file = join(shop.directory, 'out.parquet');
    const summary = await shop.queries.toParquet(
      'SELECT id, day, price FROM orders WHERE price > 49 ORDER BY day',
      file,
    );
    assert.equal(summary.rows, 3);
    const bytes = await readFile(file);
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    });
    assert.deepEqual(
      rows.map(({ id, day }) => [id, day]),
      [
        ['o01-99', 1],
        ['o02-99', 2],
        ['o03-99', 3],
      ],
    );
  });

  it('stops when its signal aborts', async () => {
    const stop = new AbortController();
    const asked = shop.ask(
      'SELECT sum(a.price * b.price * c.price * d.price) FROM orders a, orders b, orders c, orders d',
      { signal: stop.signal },
    );
    setImmediate(() => stop.abort());
    await assert.rejects(asked, { code: 'PH_INTERRUPTED' });
  });

  it('answers from the kept translation without loading the front end', async () => {
    const cacheDirectory = join(shop.directory, 'cache');
    const sql = 'SELECT sum(amount) / 2 FROM orders';
    const first = shop.open({ cacheDirectory });
    for await (const _ of (await first.run(sql)).pages);
    const again = shop.open({ cacheDirectory });
    const rows: unknown[] = [];
    for await (const page of (await again.run(sql)).pages) rows.push(...page);
    assert.deepEqual(rows, [[7408n]]);
    await Promise.all([first.close(), again.close()]);
  });
});
