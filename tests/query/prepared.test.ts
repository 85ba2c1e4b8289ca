import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { PlayheadError } from '../../src/base/errors.ts';
import { openShop, type Shop } from './shop.ts';

describe('a statement with parameters', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.close());

  const failure = async (sql: string, options = {}): Promise<PlayheadError> => {
    const error: unknown = await shop.ask(sql, options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof PlayheadError, `${sql}: ${String(error)}`);
    return error;
  };

  it('takes its values in the order of the text, and prunes by them', async () => {
    const sql = `WITH some AS (SELECT ? AS label)
      SELECT label, '?' AS mark, count(*) /* ? */ FROM orders, some WHERE day = ? AND country = ? GROUP BY 1 LIMIT ?`;
    const { rows, summary } = await shop.ask(sql, { parameters: ["'a ''b'''", '2', "'Japan'", '1'] });
    assert.deepEqual(rows, [["a 'b'", '?', 34n]]);
    assert.deepEqual(summary.partitions, { read: 1, of: 3 });
    const negative = await shop.ask('SELECT ? - ?, ?', { parameters: ['1', '-2', "DATE '2025-08-11'"] });
    assert.deepEqual(negative.rows, [[3, '2025-08-11']]);
  });

  it('is told where a value is missing, or is none', async () => {
    const missing = await failure('SELECT *\nFROM orders WHERE day = ?');
    assert.deepEqual([missing.code, missing.details['line'], missing.details['column']], ['PH_SQL_INVALID', 2, 25]);
    assert.match(missing.message, /the query has 1 parameter, and 0 values are given/);
    assert.match((await failure('SELECT 1', { parameters: ['1'] })).message, /0 parameters, and 1 value is given/);
    for (const value of ['Japan', '(SELECT 1)', '1, 2', '1 FROM orders', "'"])
      assert.match((await failure('SELECT ?', { parameters: [value] })).message, /is not a constant/, value);
    assert.match((await failure('SHOW TABLES', { parameters: ['1'] })).message, /takes no parameters/);
    assert.match((await failure('SELECT ? FRM t', { parameters: ['1'] })).message, /SELECT \? FRM t/);
  });

  it('is kept by PREPARE, run by EXECUTE and forgotten by DEALLOCATE', async () => {
    await shop.ask('PREPARE per_day FROM\nSELECT count(*) FROM orders WHERE day = ? AND country = ?;');
    assert.deepEqual((await shop.ask("EXECUTE per_day USING 1, concat('Ja', 'pan')")).rows, [[34n]]);
    const other = shop.open();
    const { pages } = await other.run("EXECUTE PER_DAY USING 2, 'France'");
    for await (const page of pages) assert.deepEqual(page, [[66n]]);
    await other.close();
    assert.match((await failure('EXECUTE per_day USING 1')).message, /2 parameters, and 1 value is given/);
    assert.match((await failure('EXECUTE per_dya')).hint ?? '', /Did you mean "per_day"/);
    assert.match((await failure('EXECUTE per_day', { workgroup: 'x' })).message, /workgroup x has no prepared/);
    await shop.ask('PREPARE made FROM CREATE TABLE made AS SELECT id FROM orders WHERE day = ?');
    await shop.ask('EXECUTE made USING 3');
    assert.deepEqual((await shop.ask('SELECT count(*) FROM made')).rows, [[100n]]);
    await shop.ask('DEALLOCATE PREPARE per_day');
    assert.equal((await failure('DEALLOCATE PREPARE per_day')).code, 'PH_SQL_INVALID');
    assert.equal((await failure('PREPARE bad FROM SELECT FROM WHERE')).code, 'PH_SQL_SYNTAX');
    assert.match((await failure('CREATE VIEW v AS SELECT id FROM orders WHERE day = ?')).message, /1 parameter/);
  });
});

describe('information_schema', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
    await shop.ask("CREATE VIEW cheap COMMENT 'it''s' AS SELECT id, price FROM orders WHERE price < 1");
  });
  afterEach(() => shop.close());

  it('says which tables, columns, databases and views there are', async () => {
    const rows = async (sql: string) => (await shop.ask(sql)).rows;
    assert.deepEqual(await rows("SELECT * FROM information_schema.tables WHERE table_schema = 'shop'"), [
      ['awsdatacatalog', 'shop', 'orders', 'BASE TABLE'],
      ['awsdatacatalog', 'shop', 'cheap', 'VIEW'],
    ]);
    assert.deepEqual(await rows('SELECT schema_name FROM "information_schema"."schemata"'), [
      ['shop'],
      ['information_schema'],
    ]);
    assert.deepEqual(await rows('SELECT table_name, view_definition FROM awsdatacatalog.information_schema.views'), [
      ['cheap', 'SELECT id, price FROM orders WHERE price < 1'],
    ]);
    assert.deepEqual(
      await rows(
        "SELECT column_name, ordinal_position, data_type, extra_info FROM information_schema.columns WHERE table_name = 'orders' AND ordinal_position > 3 ORDER BY 2",
      ),
      [
        ['country', 4n, 'varchar', null],
        ['at', 5n, 'timestamp(3)', null],
        ['year', 6n, 'integer', 'partition key'],
        ['month', 7n, 'integer', 'partition key'],
        ['day', 8n, 'integer', 'partition key'],
      ],
    );
    const { summary } = await shop.ask('SELECT count(*) FROM information_schema.columns');
    assert.equal(summary.bytesScanned, 0);
    await assert.rejects(shop.ask('SELECT 1 FROM information_schema.tabels'), { hint: 'Did you mean "tables"?' });
  });
});
