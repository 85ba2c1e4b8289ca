import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { PlayheadError } from '../../src/base/errors.ts';
import { openShop, type Shop } from './shop.ts';

describe('a view', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop({ workgroups: { small: { kind: 'workgroup', scanLimitBytes: 1500 } } });
    await shop.ask(
      "CREATE VIEW japan COMMENT 'from Japan' AS\nSELECT id, price, day AS d FROM orders WHERE country = 'Japan'",
    );
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

  it('is read like a table: pruned through, counted, and held to the limit', async () => {
    const { rows, summary } = await shop.ask('SELECT count(*), max(d) FROM japan WHERE d = 2');
    assert.deepEqual(rows, [[34n, 2]]);
    assert.deepEqual(summary.partitions, { read: 1, of: 3 });
    const [object] = await shop.catalog.objects('shop', 'orders', [['2025', '08', '02']]);
    assert.equal(summary.bytesScanned, object?.sizeBytes);
    assert.equal((await failure('SELECT * FROM japan', { workgroup: 'small' })).code, 'PH_SCAN_LIMIT');
    const within = await shop.ask('SELECT j.id FROM shop.japan AS j WHERE d = 1 LIMIT 1', { workgroup: 'small' });
    assert.deepEqual(within.columns, ['id']);
    assert.deepEqual((await shop.ask('SELECT max(shop.japan.d) FROM shop.japan')).rows, [[3]]);
  });

  it('reads other views, in its own database, whatever WITH says around it', async () => {
    await shop.ask('CREATE OR REPLACE VIEW dear AS SELECT j.*, upper(id) AS big FROM japan j WHERE price > 40');
    await shop.catalog.createDatabase('other');
    const asked = 'WITH orders AS (SELECT 1 AS id) SELECT count(*) FROM shop.dear, orders WHERE d = 3';
    const { rows, summary } = await shop.ask(asked, { database: 'other' });
    assert.deepEqual(rows, [[7n]]);
    assert.deepEqual(summary.partitions, { read: 1, of: 3 });
    const hidden = await shop.ask('WITH japan AS (SELECT 5 AS d) SELECT d FROM japan');
    assert.deepEqual(hidden.rows, [[5]]);
  });

  it('never reads itself', async () => {
    await shop.ask('CREATE VIEW dear AS SELECT * FROM japan');
    const { code, message } = await failure('CREATE OR REPLACE VIEW japan AS SELECT * FROM dear');
    assert.equal(code, 'PH_SQL_INVALID');
    assert.match(message, /the view shop\.japan reads itself/);
    assert.equal((await shop.ask('SELECT count(*) FROM dear')).rows[0]?.[0], 102n);
    // Two that are made at once can still end in a circle; who reads one is told.
    const view = { database: 'shop', sqlDatabase: 'shop', columns: [{ name: 'a', type: 'int' }] };
    await shop.catalog.putView({ ...view, name: 'x', sql: 'SELECT a FROM y' }, { replace: false });
    await shop.catalog.putView({ ...view, name: 'y', sql: 'SELECT a FROM x' }, { replace: false });
    assert.match((await failure('SELECT a FROM x')).message, /reads itself: shop\.x → shop\.y → shop\.x/);
  });

  it('is shown, described, listed and dropped', async () => {
    assert.deepEqual((await shop.ask('SHOW CREATE VIEW japan')).rows, [
      ["CREATE VIEW shop.japan COMMENT 'from Japan' AS"],
      ["SELECT id, price, day AS d FROM orders WHERE country = 'Japan'"],
    ]);
    assert.deepEqual((await shop.ask('DESCRIBE japan')).rows, [
      ['id', 'string', ''],
      ['price', 'double', ''],
      ['d', 'int', ''],
    ]);
    assert.deepEqual((await shop.ask('SHOW TABLES')).rows, [['japan'], ['orders']]);
    assert.deepEqual((await shop.ask("SHOW VIEWS IN shop LIKE 'j*'")).rows, [['japan']]);
    assert.deepEqual((await shop.ask('SHOW COLUMNS IN japan')).rows, [['id'], ['price'], ['d']]);
    const extended = (await shop.ask('DESCRIBE EXTENDED japan')).rows.map(([name, value]) => [name, value]);
    const original = String(extended.find(([name]) => name === 'ViewOriginalText:')?.[1]);
    const presto = Buffer.from(/^\/\* Presto View: (\S+) \*\/$/.exec(original)?.[1] ?? '', 'base64');
    assert.deepEqual(JSON.parse(presto.toString()), {
      originalSql: "SELECT id, price, day AS d FROM orders WHERE country = 'Japan'",
      catalog: 'awsdatacatalog',
      schema: 'shop',
      columns: [
        { name: 'id', type: 'varchar' },
        { name: 'price', type: 'double' },
        { name: 'd', type: 'integer' },
      ],
    });
    await shop.ask('DROP VIEW japan');
    await shop.ask('DROP VIEW IF EXISTS japan');
    assert.equal((await failure('DROP VIEW japan')).code, 'PH_TABLE_UNKNOWN');
    assert.equal((await failure('SELECT * FROM japan')).code, 'PH_TABLE_UNKNOWN');
  });

  it('shares its name with no table, and takes no rows', async () => {
    assert.equal((await failure('CREATE VIEW japan AS SELECT 1 AS a')).code, 'PH_TABLE_EXISTS');
    assert.equal((await failure('CREATE OR REPLACE VIEW orders AS SELECT 1 AS a')).code, 'PH_TABLE_EXISTS');
    assert.match((await failure('CREATE TABLE japan AS SELECT 1 AS a')).message, /is a view/);
    assert.match((await failure('INSERT INTO japan SELECT 1')).message, /is a view/);
    assert.match((await failure('DROP TABLE japan')).message, /shop\.japan is a view/);
    assert.match((await failure('DROP VIEW orders')).message, /shop\.orders is a table/);
    assert.equal((await failure('DROP DATABASE shop')).code, 'PH_DATABASE_NOT_EMPTY');
  });

  it('needs a name for each column, once, and a query that binds', async () => {
    assert.match((await failure('CREATE VIEW v AS SELECT id, 1 + 1 FROM orders')).message, /column 2 .* no name/);
    assert.equal((await failure('CREATE VIEW v AS SELECT id, price AS id FROM orders')).code, 'PH_CATALOG_INVALID');
    const wrong = await failure('CREATE VIEW v AS\n SELECT cuontry FROM orders');
    assert.deepEqual([wrong.code, wrong.details['line'], wrong.details['column']], ['PH_SQL_INVALID', 2, 9]);
    assert.deepEqual((await shop.ask('SHOW VIEWS')).rows, [['japan']]);
  });

  it('tells what fails in it where the query names it', async () => {
    await shop.ask('CREATE VIEW parts AS SELECT 1 / (amount - amount) AS part FROM orders');
    const division = await failure('SELECT part / 2 FROM parts');
    assert.match(division.message, /^Division by zero$/);
    assert.match(division.hint ?? '', /Where in the query or in shop\.parts is not known\./);
    await shop.ask("CREATE EXTERNAL TABLE gone (a int) STORED AS PARQUET LOCATION 'gone/'");
    await shop.ask('CREATE VIEW over_gone AS SELECT a FROM gone');
    await shop.ask('DROP TABLE gone');
    const { code, details } = await failure('SELECT a\nFROM over_gone');
    assert.deepEqual([code, details['line'], details['column']], ['PH_TABLE_UNKNOWN', 2, 6]);
  });
});
