import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { testEffects } from '../../src/base/effects.ts';
import type { Catalog, CatalogTable } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { executeDdl } from '../../src/sql/ddl/execute.ts';
import { parseDdl } from '../../src/sql/ddl/parse.ts';
import { catalogTable } from './ddl-arbitrary.ts';

describe('executeDdl', () => {
  let folder: string;
  let lake: ObjectStore;
  let catalog: Catalog;
  const effects = testEffects();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-ddl-'));
    lake = await openFileStore(join(folder, 'lake'), effects);
  });
  after(async () => {
    await lake.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    catalog = await openSqliteCatalog(':memory:', effects);
    await run('CREATE DATABASE media');
  });
  afterEach(() => catalog.close());

  async function run(sql: string): Promise<readonly (readonly string[])[]> {
    const statement = parseDdl(sql);
    assert.ok(statement !== undefined, sql);
    return (await executeDdl(statement, { catalog, lake, database: 'media' }, effects)).rows;
  }

  const plays = `CREATE EXTERNAL TABLE plays (id string, seconds int COMMENT 'watched')
    COMMENT 'what was played'
    PARTITIONED BY (year int, month int)
    ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES ('ignore.malformed.json'='true')
    LOCATION 's3://bucket/plays/'
    TBLPROPERTIES ('classification'='json')`;

  it('creates a table of the catalog from a CREATE EXTERNAL TABLE', async () => {
    assert.deepEqual(await run(plays), []);
    assert.deepEqual(await catalog.table('media', 'plays'), {
      database: 'media',
      name: 'plays',
      columns: [
        { name: 'id', type: 'string' },
        { name: 'seconds', type: 'int', comment: 'watched' },
      ],
      partitionKeys: [
        { name: 'year', type: 'int' },
        { name: 'month', type: 'int' },
      ],
      location: 'plays/',
      format: 'json',
      parameters: {
        classification: 'json',
        comment: 'what was played',
        'serde.ignore.malformed.json': 'true',
      },
      version: 1,
    });
  });

  it('a table that is there: an error at its name, or nothing with IF NOT EXISTS', async () => {
    await run(plays);
    await assert.rejects(run(plays), { code: 'PH_TABLE_EXISTS', details: { line: 1, column: 23 } });
    await run(plays.replace('TABLE', 'TABLE IF NOT EXISTS'));
    assert.equal((await catalog.table('media', 'plays'))?.version, 1);
  });

  it('DESCRIBE prints names, types and comments, then the partition columns', async () => {
    await run(plays);
    assert.deepEqual(await run('DESCRIBE plays'), [
      ['id', 'string', ''],
      ['seconds', 'int', 'watched'],
      ['year', 'int', ''],
      ['month', 'int', ''],
      ['', '', ''],
      ['# Partition Information', '', ''],
      ['# col_name', 'data_type', 'comment'],
      ['', '', ''],
      ['year', 'int', ''],
      ['month', 'int', ''],
    ]);
    const extended = await run('DESCRIBE EXTENDED media.plays');
    assert.deepEqual(
      extended.find(([name]) => name === 'Location:'),
      ['Location:', 'plays/', ''],
    );
  });

  it('adds and drops partitions by value; 8 and 08 are one int', async () => {
    await run(plays);
    await run(`ALTER TABLE plays ADD PARTITION (year=2025, month='08')
      PARTITION (month=9, year=2025) LOCATION 's3://bucket/elsewhere/nine/'`);
    assert.deepEqual(await run('SHOW PARTITIONS plays'), [['year=2025/month=08'], ['year=2025/month=9']]);
    assert.deepEqual(await catalog.partitions('media', 'plays'), [
      { values: ['2025', '08'], location: 'plays/year=2025/month=08/' },
      { values: ['2025', '9'], location: 'elsewhere/nine/' },
    ]);
    await assert.rejects(run('ALTER TABLE plays ADD PARTITION (year=2025, month=8)'), {
      code: 'PH_SQL_INVALID',
      details: { line: 1, column: 33 },
    });
    await run('ALTER TABLE plays ADD IF NOT EXISTS PARTITION (year=2025, month=8)');
    await run("ALTER TABLE plays PARTITION (year=2025, month=9) SET LOCATION 'plays/nine'");
    await run('ALTER TABLE plays DROP PARTITION (year=2025, month=8)');
    assert.deepEqual(await catalog.partitions('media', 'plays'), [{ values: ['2025', '9'], location: 'plays/nine/' }]);
    await assert.rejects(run('ALTER TABLE plays DROP PARTITION (month=8)'), /has no partition month=8/);
    await run('ALTER TABLE plays DROP IF EXISTS PARTITION (month=8)');
  });

  it('refuses a partition that does not fit the keys', async () => {
    await run(plays);
    const faults: readonly (readonly [string, RegExp])[] = [
      ['(year=2025)', /needs month once/],
      ['(year=2025, month=8, month=9)', /needs month once/],
      ['(year=2025, month=8, day=1)', /is not partitioned by day/],
      ["(year=2025, month='August')", /month is int: "August" does not fit/],
    ];
    for (const [spec, message] of faults)
      await assert.rejects(run(`ALTER TABLE plays ADD PARTITION ${spec}`), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'PH_SQL_INVALID');
        assert.match(error.message, message);
        return true;
      });
    assert.deepEqual(await run('SHOW PARTITIONS plays'), []);
  });

  it('changes columns, properties and location', async () => {
    await run(plays);
    await run('ALTER TABLE plays ADD COLUMNS (device struct<os:string>)');
    await assert.rejects(run('ALTER TABLE plays ADD COLUMNS (year int)'), { code: 'PH_SQL_INVALID' });
    await run("ALTER TABLE plays SET TBLPROPERTIES ('classification'='ndjson', 'owner'='me')");
    await run("ALTER TABLE plays SET LOCATION 'plays2'");
    assert.deepEqual(await run('SHOW COLUMNS IN plays'), [['id'], ['seconds'], ['device'], ['year'], ['month']]);
    assert.deepEqual(await run("SHOW TBLPROPERTIES plays ('owner')"), [['owner', 'me']]);
    assert.equal((await catalog.table('media', 'plays'))?.location, 'plays2/');
    await run('ALTER TABLE plays REPLACE COLUMNS (id bigint)');
    assert.deepEqual((await catalog.table('media', 'plays'))?.columns, [{ name: 'id', type: 'bigint' }]);
  });

  it('MSCK REPAIR TABLE adds the folders that are there and says so, once', async () => {
    await run(plays);
    for (const key of [
      'plays/year=2025/month=08/a.json',
      'plays/year=2025/month=08/b.json',
      'plays/year=2025/month=09/deep/er/a.json',
      'plays/year=2025/_temporary/a.json',
      'plays/.staging/month=1/a.json',
      'plays/year=2025/old/a.json',
      'plays/README',
    ])
      await lake.put(key, Buffer.from('{}'));
    assert.deepEqual(await run('MSCK REPAIR TABLE plays'), [
      ['Partitions not in metastore:\tplays:year=2025/month=08\tplays:year=2025/month=09'],
      ['Repair: Added partition to metastore plays:year=2025/month=08'],
      ['Repair: Added partition to metastore plays:year=2025/month=09'],
      ['Not a partition of plays: plays/year=2025/old/'],
    ]);
    assert.deepEqual(await run('SHOW PARTITIONS plays'), [['year=2025/month=08'], ['year=2025/month=09']]);
    await lake.delete('plays/year=2025/old/a.json');
    assert.deepEqual(await run('MSCK REPAIR TABLE plays'), [['Nothing to repair: plays has all of its 2 partitions']]);
  });

  it('leaves the partitions of a commit series to the series', async () => {
    await run(plays);
    const table = (await catalog.table('media', 'plays')) as CatalogTable;
    await catalog.putTable({ ...table, series: 'landing' }, 1);
    for (const change of ['ADD PARTITION (year=1, month=1)', 'DROP PARTITION (year=1)', "SET LOCATION 'x/'"])
      await assert.rejects(run(`ALTER TABLE plays ${change}`), { code: 'PH_SQL_UNSUPPORTED' });
    assert.match(String(await run('MSCK REPAIR TABLE plays')), /Nothing to repair.*landing/);
  });

  it('drops no table that a commit series feeds, by itself or with its database', async () => {
    await run(plays);
    await run(plays.replace('plays', 'other'));
    const table = (await catalog.table('media', 'plays')) as CatalogTable;
    await catalog.putTable({ ...table, series: 'landing' }, 1);
    const refused = { code: 'PH_SQL_UNSUPPORTED', message: /media\.plays.*landing/, hint: /out of the pipeline/ };
    for (const drop of ['DROP TABLE plays', 'DROP TABLE IF EXISTS plays', 'DROP DATABASE media CASCADE'])
      await assert.rejects(run(drop), refused);
    assert.deepEqual(await run('SHOW TABLES'), [['other'], ['plays']]);
  });

  it('SHOW lists databases and tables, by pattern', async () => {
    await run('CREATE SCHEMA archive');
    await run(plays);
    await run(plays.replace('plays', 'archive.stops'));
    await run(plays.replace('plays', 'pauses'));
    assert.deepEqual(await run('SHOW DATABASES'), [['archive'], ['media']]);
    assert.deepEqual(await run("SHOW SCHEMAS LIKE '*dia'"), [['media']]);
    assert.deepEqual(await run('SHOW TABLES'), [['pauses'], ['plays']]);
    assert.deepEqual(await run('SHOW TABLES IN archive'), [['stops']]);
    assert.deepEqual(await run("SHOW TABLES 'PL.*|x*'"), [['plays']]);
    await assert.rejects(run('SHOW TABLES IN archiv'), { code: 'PH_DATABASE_UNKNOWN', hint: /archive/ });
    await assert.rejects(run('DESCRIBE\n  play'), {
      code: 'PH_TABLE_UNKNOWN',
      details: { line: 2, column: 3 },
      hint: 'Did you mean "plays"?',
    });
  });

  it('drops tables and databases, a full one with CASCADE only', async () => {
    await run(plays);
    await assert.rejects(run('DROP DATABASE media'), { code: 'PH_DATABASE_NOT_EMPTY' });
    await run('DROP TABLE IF EXISTS stops');
    await assert.rejects(run('DROP TABLE stops'), { code: 'PH_TABLE_UNKNOWN' });
    await run('DROP DATABASE media CASCADE');
    await run('DROP DATABASE IF EXISTS media');
    assert.deepEqual(await run('SHOW DATABASES'), []);
  });

  const refused: readonly (readonly [clauses: string, code: string, message: RegExp])[] = [
    ["STORED AS ORC LOCATION 'a'", 'PH_SQL_UNSUPPORTED', /STORED AS ORC/],
    ["ROW FORMAT SERDE 'a.b.RegexSerDe' LOCATION 'a'", 'PH_SQL_UNSUPPORTED', /a\.b\.RegexSerDe/],
    ["ROW FORMAT DELIMITED STORED AS PARQUET LOCATION 'a'", 'PH_SQL_INVALID', /says csv.*says parquet/],
    ["STORED AS INPUTFORMAT 'a' OUTPUTFORMAT 'b' LOCATION 'a'", 'PH_SQL_UNSUPPORTED', /INPUTFORMAT a/],
    ["LOCATION '../up/'", 'PH_SQL_INVALID', /not a location/],
    ["LOCATION 'https://x/y'", 'PH_SQL_INVALID', /not a location/],
    ["PARTITIONED BY (b array<int>) LOCATION 'a'", 'PH_SQL_INVALID', /partition column b/],
  ];
  for (const [clauses, code, message] of refused)
    it(`refuses CREATE EXTERNAL TABLE t (a int) ${clauses}`, async () => {
      await assert.rejects(run(`CREATE EXTERNAL TABLE t (a int) ${clauses}`), (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    });

  it('SHOW CREATE TABLE prints a statement that makes the same table again', async () => {
    await fc.assert(
      fc.asyncProperty(catalogTable, async (made) => {
        await catalog.createDatabase(made.database, { ifNotExists: true });
        const table = await catalog.putTable(made, 0);
        const drop = (): Promise<void> => catalog.dropTable(table.database, table.name);
        try {
          const shown = await run(`SHOW CREATE TABLE \`${table.database}\`.\`${table.name}\``);
          await drop();
          await run(shown.map(([line]) => line).join('\n'));
          assert.deepEqual(await catalog.table(table.database, table.name), table);
        } finally {
          // What a failing case leaves behind would fail the smaller ones for another reason.
          if ((await catalog.table(table.database, table.name)) !== undefined) await drop();
        }
      }),
      { numRuns: 100 },
    );
  });
});
