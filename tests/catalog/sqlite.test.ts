import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { testEffects } from '../../src/base/effects.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { catalogSchema } from '../../src/catalog/sqlite-schema.ts';
import { catalogConformance } from '../conformance/catalog.ts';

catalogConformance('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-catalog-'));
  return {
    open: () => openSqliteCatalog(join(folder, 'catalog.sqlite'), testEffects()),
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('the catalog file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-catalog-'));
    file = join(folder, 'catalog.sqlite');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is shared by processes that open it and write at the same time', async () => {
    const writers = [0, 1, 2, 3];
    const run = promisify(execFile);
    await Promise.all(
      writers.map((writer) =>
        run(process.execPath, [
          '--disable-warning=ExperimentalWarning',
          join(import.meta.dirname, 'child/catalog-writer.ts'),
          file,
          String(writer),
        ]),
      ),
    );
    const catalog = await openSqliteCatalog(file, testEffects());
    assert.equal((await catalog.objects('media', 'plays')).length, writers.length * 25);
    assert.equal((await catalog.table('media', 'plays'))?.version, writers.length + 1);
    await catalog.close();
  });

  it('says what to do when it is damaged, on opening and on reading', async () => {
    await writeFile(file, 'x'.repeat(10_000));
    await assert.rejects(openSqliteCatalog(file, testEffects()), { code: 'PH_STATE_CORRUPT', hint: /rebuild/ });
    await rm(file);
    const catalog = await openSqliteCatalog(file, testEffects());
    await catalog.createDatabase('media');
    await catalog.close();
    await truncate(file, 8192);
    const damaged = openSqliteCatalog(file, testEffects()).then(async (opened) => {
      await opened.createDatabase('other').finally(() => opened.close());
    });
    await assert.rejects(damaged, { code: 'PH_STATE_CORRUPT', hint: /rebuild/ });
  });

  it("refuses another program's database, and one that a newer Playhead wrote", async () => {
    const foreign = new DatabaseSync(file);
    foreign.exec('CREATE TABLE t (a); PRAGMA user_version = 3');
    foreign.close();
    await assert.rejects(openSqliteCatalog(file, testEffects()), { code: 'PH_STATE_CORRUPT' });
    await rm(file);
    await (await openSqliteCatalog(file, testEffects())).close();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await assert.rejects(openSqliteCatalog(file, testEffects()), { code: 'PH_HOME_LAYOUT' });
  });

  const table = {
    database: 'media',
    columns: [{ name: 'a', type: 'int' }],
    partitionKeys: [],
    format: 'json',
  } as const;

  it('reads a parameter back by its name, whatever name was read before', async () => {
    const catalog = await openSqliteCatalog(file, testEffects());
    await catalog.createDatabase('media');
    for (const [i, name] of ['\\', '"', '\n', '__proto__'].entries()) {
      const parameters = Object.fromEntries([
        ['', ''],
        [name, 'x'],
      ]);
      await catalog.putTable({ ...table, name: `t${i}`, location: '', parameters }, 0);
      assert.deepEqual((await catalog.table('media', `t${i}`))?.parameters, parameters);
    }
    await catalog.close();
  });

  it('reads a file of the first version, parameters and all', async () => {
    const parameters = { '"': '\\', 'serde.x': '\n' };
    const old = new DatabaseSync(file);
    old.exec(catalogSchema.migrations[0] ?? '');
    old.exec(`PRAGMA application_id = ${catalogSchema.applicationId}; PRAGMA user_version = 1`);
    old.exec("INSERT INTO databases VALUES (1, 'media')");
    old
      .prepare("INSERT INTO tables VALUES (1, 1, 't', '[]', '[]', '', 'json', ?, NULL, 1)")
      .run(JSON.stringify(parameters));
    old.close();
    const catalog = await openSqliteCatalog(file, testEffects());
    assert.deepEqual((await catalog.table('media', 't'))?.parameters, parameters);
    await catalog.close();
  });

  it('finds the objects of a partition, and a replaced key, by index', async () => {
    await (await openSqliteCatalog(file, testEffects())).close();
    const database = new DatabaseSync(file);
    const plan = (sql: string): string => JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
    const searches = [
      'SELECT * FROM objects WHERE partition_id = 1 ORDER BY key',
      "DELETE FROM objects WHERE table_id = 1 AND key = 'a'",
      'DELETE FROM partitions WHERE id = 1',
    ];
    for (const sql of searches) assert.match(plan(sql), /SEARCH/);
    for (const sql of searches) assert.doesNotMatch(plan(sql), /SCAN|TEMP B-TREE/);
    database.close();
  });
});
