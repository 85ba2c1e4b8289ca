import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { testEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { openQueries } from '../../src/query/queries.ts';
import { openShop, type Shop } from './shop.ts';

const rows = 2000;
const formats = {
  json: {
    text: Array.from({ length: rows }, (_, i) => `{"a":${i},"b":"${'x'.repeat(i % 50)}"}\n`).join(''),
    ddl: "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'",
  },
  csv: {
    text: Array.from({ length: rows }, (_, i) => `${i},${'x'.repeat(i % 50)}\n`).join(''),
    ddl: "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','",
  },
};
const packers = { gz: (text: string) => gzipSync(text), zst: (text: string) => zstdCompressSync(text) };

describe("an archive of the user's own", () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.close());

  const failure = async (sql: string): Promise<PlayheadError> => {
    const error: unknown = await shop.ask(sql).then(
      (answer) => answer.rows,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof PlayheadError, `${sql}: ${JSON.stringify(error, (_, v) => String(v))}`);
    return error;
  };

  for (const [format, { text, ddl }] of Object.entries(formats))
    for (const [extension, pack] of Object.entries(packers))
      it(`is read whole, its members one after the other, or not at all: .${format}.${extension}`, async () => {
        const key = `own/a.${format}.${extension}`;
        const whole = pack(text);
        await shop.ask(`CREATE EXTERNAL TABLE own (a int, b string) ${ddl} LOCATION 'own/'`);
        for (const [bytes, count] of [
          [whole, BigInt(rows)],
          [Buffer.concat([whole, whole]), BigInt(2 * rows)],
        ] as const) {
          await shop.lake.put(key, bytes);
          assert.deepEqual((await shop.ask('SELECT count(*) FROM own')).rows, [[count]]);
        }
        const cuts = [100, whole.length >> 1, whole.length - 1, whole.length + 100];
        for (const cut of cuts) {
          await shop.lake.put(key, Buffer.concat([whole, whole]).subarray(0, cut));
          const { code, message, details } = await failure('SELECT a FROM own');
          assert.deepEqual([code, details['key']], ['PH_SQL_FAILED', key], String(cut));
          assert.match(message, /^own\/a\.\S+ of shop\.own is cut off or damaged: unexpected end of file$/);
        }
      });

  it('is refused where a bit of a gzip is wrong, and where its rows alone would not tell', async () => {
    await shop.ask(`CREATE EXTERNAL TABLE own (a int, b string) ${formats.csv.ddl} LOCATION 'own/'`);
    const damaged = gzipSync(formats.csv.text, { level: 0 });
    const middle = damaged.length >> 1;
    damaged.writeUInt8(damaged.readUInt8(middle) ^ 1, middle);
    await shop.lake.put('own/a.csv.gz', damaged);
    assert.match((await failure('SELECT count(*) FROM own')).message, /own\/a\.csv\.gz .* incorrect data check/);
  });

  it('is unpacked once for all processes: what was whole under its etag stays so', async () => {
    await shop.ask(`CREATE EXTERNAL TABLE own (a int, b string) ${formats.csv.ddl} LOCATION 'own/'`);
    await shop.lake.put('own/a.csv.gz', gzipSync(formats.csv.text));
    const cacheDirectory = join(shop.directory, 'cache');
    const opened: string[] = [];
    const effects = testEffects();
    const { open } = effects.fs;
    const counted: typeof open = (path, ...rest) => {
      opened.push(String(path));
      return open(path, ...rest);
    };
    const counting = { ...effects, fs: { ...effects.fs, open: counted } };
    for (const [process, unpacked] of [1, 0].entries()) {
      opened.length = 0;
      const queries = openQueries(shop, { database: 'shop', cacheDirectory }, counting);
      for (const sql of ['SELECT count(*) FROM own', 'SELECT count(a) FROM own']) {
        const { pages } = await queries.run(sql);
        for await (const page of pages) assert.deepEqual(page, [[BigInt(rows)]]);
      }
      await queries.close();
      assert.equal(opened.filter((path) => path.endsWith('a.csv.gz')).length, unpacked, `process ${process}`);
    }
  });
});

describe('an object that a commit names', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.close());

  const shapes = {
    json: { name: 'a.json', make: "WITH (format = 'JSON', write_compression = 'NONE')" },
    'json.gz': { name: 'a.json.gz', make: "WITH (format = 'JSON')" },
    'csv.gz': { name: 'a.csv.gz', make: "WITH (format = 'TEXTFILE')" },
    parquet: { name: 'a.parquet', make: '' },
  };
  for (const [what, { name, make }] of Object.entries(shapes))
    it(`is read only as it was committed: ${what}`, async () => {
      await shop.ask(`CREATE TABLE made ${make} AS SELECT id, amount FROM orders`);
      const [made] = (await shop.lake.list('tables/shop/made/')).objects;
      assert.ok(made);
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await shop.lake.get(made.key)).body) chunks.push(chunk);
      const key = `kept/${name}`;
      const { etag, sizeBytes } = await shop.lake.put(key, Buffer.concat(chunks));
      const table = await shop.catalog.table('shop', 'made');
      assert.ok(table);
      const { version: _, ...kept } = { ...table, name: 'kept', location: 'kept/', series: 'kept' };
      await shop.catalog.putTable(kept, 0);
      const object = { key, etag, sizeBytes, rows: 300, partition: [], series: 'kept', commit: 0 };
      await shop.catalog.registerCommit('shop', 'kept', { series: 'kept', number: 0, objects: [object], replaces: [] });
      assert.deepEqual((await shop.ask('SELECT count(*) FROM kept')).rows, [[300n]]);
      await truncate(join(shop.directory, 'lake', key), sizeBytes - 10);
      const fresh = shop.open();
      await assert.rejects(
        fresh.run('SELECT count(*) FROM kept').finally(() => fresh.close()),
        (error: PlayheadError) => {
          assert.ok(['PH_OBJECT_CHANGED', 'PH_OBJECT_CORRUPT'].includes(error.code), error.code);
          assert.equal(error.details['key'], key);
          return true;
        },
      );
    });
});
