import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { compress } from 'snappyjs';
import type { CatalogTable } from '../../../src/catalog/catalog.ts';
import { crawl } from '../../../src/catalog/crawler/crawl.ts';
import { crawler } from '../../../src/catalog/definition.ts';
import type { Duck } from '../../../src/duck/duck.ts';
import { sqlString } from '../../../src/duck/duck.ts';
import { type CrawlFixture, contents, crawlFixture, smallDuck } from './crawl-fixture.ts';

describe('crawl', () => {
  let duck: Duck;
  let close: () => Promise<void>;
  let fixture: CrawlFixture;
  before(async () => ({ duck, close } = await smallDuck()));
  after(() => close());
  beforeEach(async () => {
    fixture = await crawlFixture(duck);
  });
  afterEach(() => fixture.close());

  const plays = crawler({ path: 'plays/', database: 'media' });
  const run = (definition = plays) => crawl(definition, fixture, fixture.effects);
  const put = (key: string, text: string | Uint8Array) => fixture.lake.put(key, Buffer.from(text));
  const table = async (name = 'plays'): Promise<CatalogTable | undefined> => fixture.catalog.table('media', name);
  const columns = async (name = 'plays') =>
    (await table(name))?.columns.map((column) => `${column.name} ${column.type}`);

  it('opens what is new, and nothing that it has seen', async () => {
    for (const hour of ['08', '09'])
      for (const name of ['a', 'b', 'c']) await put(`plays/hour=${hour}/${name}.json`, '{"id":1}\n');
    assert.ok((await run()).objects.sampled >= 4);
    const idle = await run();
    assert.deepEqual([idle.objects.sampled, idle.folders], [0, { found: 2, unchanged: 2 }]);
    await put('plays/hour=09/b2.json', '{"id":1,"device":"tv"}\n');
    const next = await run();
    assert.deepEqual([next.objects.sampled, next.folders], [1, { found: 2, unchanged: 1 }]);
    assert.deepEqual(await columns(), ['id int', 'device string']);
    assert.deepEqual(next.tables[0]?.columnsAdded, [{ name: 'device', type: 'string' }]);
  });

  it('widens types as objects come, and never narrows them', async () => {
    await put('plays/day=1/a.json', '{"n":1,"s":{"a":1},"t":1}\n');
    await run();
    await put('plays/day=2/a.json', '{"n":1.5,"s":{"b":true},"t":"x"}\n');
    const report = await run();
    assert.deepEqual(report.tables[0]?.columnsChanged, [
      { name: 'n', from: 'int', to: 'double' },
      { name: 's', from: 'struct<a:int>', to: 'struct<a:int,b:boolean>' },
      { name: 't', from: 'int', to: 'string' },
    ]);
    await fixture.lake.delete('plays/day=2/a.json');
    await run();
    assert.deepEqual(await columns(), ['n double', 's struct<a:int,b:boolean>', 't string']);
  });

  it('says what it would change, and leaves the columns alone, under the policy log', async () => {
    await put('plays/day=1/a.json', '{"n":1}\n');
    await run();
    await put('plays/day=2/a.json', '{"n":1.5,"more":1}\n');
    const report = await run(crawler({ path: 'plays/', database: 'media', schemaChange: { update: 'log' } }));
    assert.equal(report.tables[0]?.columnsApplied, false);
    assert.deepEqual(report.tables[0]?.columnsChanged, [{ name: 'n', from: 'int', to: 'double' }]);
    assert.deepEqual(report.tables[0]?.partitionsAdded, ['day=2']);
    assert.deepEqual(await columns(), ['n int']);
  });

  it('keeps a table of a commit series as declared: partitions are the commits’, columns only come', async () => {
    const declared = {
      database: 'media',
      name: 'landing',
      columns: [{ name: 'n', type: 'bigint', comment: 'declared' }],
      partitionKeys: [{ name: 'day', type: 'int' }],
      location: 'plays/',
      format: 'json' as const,
      parameters: {},
      series: 'landing',
    };
    await fixture.catalog.createDatabase('media');
    await fixture.catalog.putTable(declared, 0);
    for (const day of ['1', '2', '3']) await put(`plays/day=${day}/a.json`, '{"n":1.5}\n');
    await fixture.catalog.registerCommit('media', 'landing', {
      series: 'landing',
      number: 0,
      replaces: [],
      objects: ['1', '2'].map((day) => ({
        key: `plays/day=${day}/a.json`,
        etag: 'e',
        rows: 21,
        sizeBytes: 10,
        partition: [day],
        series: 'landing',
        commit: 0,
      })),
    });
    const first = await run();
    assert.deepEqual(
      first.tables.map(({ name, change, records }) => [name, change, records]),
      [['landing', 'unchanged', 42]],
    );
    assert.deepEqual(
      first.findings.map(({ kind, subject }) => [kind, subject]),
      [['uncommitted', 'plays/day=3/']],
    );
    assert.deepEqual((await table('landing'))?.columns, declared.columns);
    assert.equal((await fixture.catalog.partitions('media', 'landing')).length, 2);
    const { version } = (await table('landing')) ?? {};
    await run();
    assert.equal((await table('landing'))?.version, version, 'nothing new, nothing written');

    await put('plays/day=2/b.json', '{"n":1,"added":"x"}\n');
    await fixture.lake.delete('plays/day=1/a.json');
    const second = await run();
    assert.deepEqual(second.tables[0]?.columnsAdded, [{ name: 'added', type: 'string' }]);
    assert.deepEqual(second.tables[0]?.partitionsRemoved, []);
    assert.ok(second.findings.some(({ kind, subject }) => kind === 'missing-objects' && subject === 'plays/day=1/'));
    assert.deepEqual((await table('landing'))?.columns[0], declared.columns[0]);
    assert.equal((await fixture.catalog.partitions('media', 'landing')).length, 2);
  });

  const policies = [
    ['delete', 'deleted'],
    ['deprecate', 'deprecated'],
    ['log', 'missing'],
  ] as const;
  for (const [policy, change] of policies)
    it(`a table of which nothing is left is ${change} under the policy ${policy}, and that is said loudly`, async () => {
      const definition = crawler({ path: 'plays/', database: 'media', schemaChange: { delete: policy } });
      await put('plays/day=1/a.json', '{"n":1}\n');
      await run(definition);
      await fixture.lake.delete('plays/day=1/a.json');
      const report = await run(definition);
      assert.equal(report.nothingRead, true);
      assert.deepEqual(
        report.findings.map(({ kind, severity }) => [kind, severity]),
        [
          ['nothing-read', 'warning'],
          ['missing-objects', 'warning'],
        ],
      );
      assert.deepEqual(
        report.tables.map((each) => [each.name, each.change]),
        [['plays', change]],
      );
      const left = await table();
      assert.equal(left === undefined, policy === 'delete');
      assert.equal('DEPRECATED_BY_CRAWLER' in (left?.parameters ?? {}), policy === 'deprecate');
      await put('plays/day=1/a.json', '{"n":1}\n');
      await run(definition);
      assert.equal('DEPRECATED_BY_CRAWLER' in ((await table())?.parameters ?? {}), false);
    });

  it('an empty path without tables is no alarm', async () => {
    assert.deepEqual([(await run()).nothingRead, (await run()).findings], [false, []]);
  });

  it('drops partitions whose objects are gone, and under the policy log says so only', async () => {
    await put('plays/day=1/a.json', '{"n":1}\n');
    await put('plays/day=2/a.json', '{"n":1}\n');
    await put('plays/day=3/a.json', '{"n":1}\n');
    await run();
    await fixture.lake.delete('plays/day=1/a.json');
    const logged = await run(crawler({ path: 'plays/', database: 'media', schemaChange: { delete: 'log' } }));
    assert.deepEqual(logged.tables[0]?.partitionsRemoved, []);
    assert.deepEqual(
      logged.findings.map(({ kind, subject }) => [kind, subject]),
      [['missing-objects', 'plays/day=1/']],
    );
    assert.deepEqual((await run()).tables[0]?.partitionsRemoved, ['day=1']);
    assert.equal((await fixture.catalog.partitions('media', 'plays')).length, 2);
  });

  it('leaves partitions alone that lie outside of the crawled path', async () => {
    await put('plays/day=1/a.json', '{"n":1}\n');
    await run();
    await fixture.catalog.addPartitions('media', 'plays', [{ values: ['9'], location: 'archive/nine/' }]);
    const report = await run();
    assert.deepEqual([report.tables[0]?.partitionsRemoved, report.findings], [[], []]);
    assert.equal((await fixture.catalog.partitions('media', 'plays')).length, 2);
  });

  it('divides a prefix into tables once its folders stop being alike', async () => {
    await put('plays/one/a.json', '{"a":1,"b":2}\n');
    await put('plays/two/a.json', '{"a":1,"b":2}\n');
    await run();
    assert.deepEqual(
      (await contents(fixture.catalog)).map(({ name }) => name),
      ['plays'],
    );
    await put('plays/three/a.json', '{"x":1,"y":2,"z":3}\n');
    const report = await run();
    assert.deepEqual(
      report.tables.map(({ name, change }) => [name, change]),
      [
        ['one', 'created'],
        ['plays', 'deprecated'],
        ['three', 'created'],
        ['two', 'created'],
      ],
    );
  });

  it('makes no table over the objects of a declared one', async () => {
    await fixture.catalog.createDatabase('media');
    const declared = {
      database: 'media',
      name: 'mine',
      location: 'plays/mine/',
      columns: [{ name: 'a', type: 'date' }],
    };
    await fixture.catalog.putTable({ ...declared, partitionKeys: [], format: 'json', parameters: {} }, 0);
    await put('plays/mine/a.json', '{"a":"2025-08-11"}\n');
    await put('plays/other/a.json', '{"a":"2025-08-11"}\n');
    await run();
    assert.deepEqual(
      (await contents(fixture.catalog)).map(({ name, location }) => [name, location]),
      [
        ['mine', 'plays/mine/'],
        ['other', 'plays/other/'],
      ],
    );
    assert.deepEqual(await columns('mine'), ['a date']);
  });

  const line = (i: number): string => `{"id":"${i}","n":${i},"text":"${'x'.repeat(i % 50)}"}\n`;
  const lines = Buffer.from(Array.from({ length: 20_000 }, (_, i) => line(i)).join(''));
  const block = (bytes: Uint8Array): Buffer => {
    const chunk = compress(bytes);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(bytes.length, 0);
    lengths.writeUInt32BE(chunk.length, 4);
    return Buffer.concat([lengths, chunk]);
  };
  const packings: Readonly<Record<string, { extension: string; bytes: Uint8Array }>> = {
    none: { extension: '', bytes: lines },
    gzip: { extension: '.gz', bytes: gzipSync(lines) },
    zstd: { extension: '.zst', bytes: zstdCompressSync(lines) },
    zip: { extension: '.zip', bytes: zipSync({ 'records.json': lines }) },
    snappy: {
      extension: '.snappy',
      bytes: Buffer.concat([block(lines.subarray(0, 262_144)), block(lines.subarray(262_144))]),
    },
  };
  for (const [compression, { extension, bytes }] of Object.entries(packings))
    it(`reads the beginning of large objects: ${compression}`, async () => {
      await put(`plays/a.json${extension}`, bytes);
      const report = await run();
      assert.deepEqual(report.findings, []);
      assert.deepEqual(await columns(), ['id string', 'n int', 'text string']);
      assert.equal((await table())?.parameters['compressionType'], compression);
      const records = report.tables[0]?.records ?? 0;
      assert.ok(records > 10_000 && records < 40_000, `${records} rows by estimate, of 20,000`);
    });

  it('reads an array that is larger than a sample', async () => {
    const records = Array.from({ length: 20_000 }, (_, i) => line(i).trimEnd());
    await put('plays/a.json', `[${records.join(',')}]`);
    assert.deepEqual(
      (await run()).findings.map(({ kind }) => kind),
      ['not-newline-delimited'],
    );
    assert.deepEqual(await columns(), ['id string', 'n int', 'text string']);
  });

  it('takes the schema of Parquet from its footer, nested types too', async () => {
    const file = join(duck.temporaryDirectory, 'sample.parquet');
    await using session = await duck.connect();
    await session.run(`COPY (SELECT 1::INTEGER AS "Id", 2::BIGINT AS big, 1.5::DECIMAL(10,2) AS price, true AS ok,
      DATE '2025-08-11' AS d, TIMESTAMP '2025-08-11 10:00:00' AS ts, MAP {'a': 1.5::DOUBLE} AS m,
      [{'Name': 'x', 'odd name': 1::TINYINT}] AS l, 'x'::BLOB AS b, NULL::VARCHAR AS nothing
      FROM range(10)) TO ${sqlString(file)}`);
    await put('plays/day=2025-08-11/a.parquet', await readFile(file));
    const report = await run();
    assert.deepEqual(await columns(), [
      'id int',
      'big bigint',
      'price decimal(10,2)',
      'ok boolean',
      'd date',
      'ts timestamp',
      'm map<string,double>',
      'l array<struct<Name:string,`odd name`:tinyint>>',
      'b binary',
      'nothing string',
    ]);
    assert.deepEqual((await table())?.partitionKeys, [{ name: 'day', type: 'string' }]);
    assert.equal(report.tables[0]?.records, 10);
  });
});
