import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSqlite, type SqliteSchema } from '../../src/base/sqlite.ts';

const schema: SqliteSchema = {
  applicationId: 7,
  holds: 'numbers',
  whenDamaged: 'count again',
  migrations: ['CREATE TABLE numbers (n INTEGER) STRICT; INSERT INTO numbers VALUES (1)'],
};

describe('openSqlite', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-sqlite-'));
    file = join(folder, 'numbers.sqlite');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('who reads in order to write holds other writers off from the start', () => {
    const ours = openSqlite(file, schema);
    const other = new DatabaseSync(file, { timeout: 0 });
    ours.write('derived', () => {
      const { n } = ours.get('SELECT n FROM numbers') ?? {};
      assert.throws(() => other.exec('UPDATE numbers SET n = 100'), /locked/);
      ours.run('UPDATE numbers SET n = ?', Number(n) + 1);
    });
    assert.equal(ours.get('SELECT n FROM numbers')?.['n'], 2);
    other.close();
    ours.close();
  });

  it('a read sees one state, whatever is written meanwhile', () => {
    const ours = openSqlite(file, schema);
    const other = new DatabaseSync(file);
    ours.read(() => {
      assert.equal(ours.get('SELECT n FROM numbers')?.['n'], 1);
      other.exec('UPDATE numbers SET n = 2');
      assert.equal(ours.get('SELECT n FROM numbers')?.['n'], 1);
    });
    assert.equal(ours.get('SELECT n FROM numbers')?.['n'], 2);
    other.close();
    ours.close();
  });

  it('a failure inside leaves nothing behind, and the next write goes on', () => {
    const ours = openSqlite(file, schema);
    assert.throws(() =>
      ours.write('durable', () => {
        ours.run('INSERT INTO numbers VALUES (2)');
        throw new Error('on purpose');
      }),
    );
    ours.write('durable', () => ours.run('INSERT INTO numbers VALUES (3)'));
    assert.deepEqual(
      ours.all('SELECT n FROM numbers ORDER BY n').map((row) => row['n']),
      [1, 3],
    );
    ours.close();
  });

  it('migrates from any version, keeping the data', () => {
    openSqlite(file, schema).close();
    const newer = {
      ...schema,
      migrations: [...schema.migrations, "ALTER TABLE numbers ADD COLUMN word TEXT DEFAULT 'one'"],
    };
    const migrated = openSqlite(file, newer);
    assert.deepEqual({ ...migrated.get('SELECT n, word FROM numbers') }, { n: 1, word: 'one' });
    migrated.close();
    assert.throws(() => openSqlite(file, schema), { code: 'PH_HOME_LAYOUT' });
  });

  it('says when the disk is full', () => {
    const ours = openSqlite(file, schema);
    ours.run('PRAGMA max_page_count = 1');
    assert.throws(
      () =>
        ours.write('durable', () =>
          ours.run('INSERT INTO numbers SELECT value FROM json_each(?)', `[${'1,'.repeat(9999)}1]`),
        ),
      { code: 'PH_STORAGE_FULL', hint: /Free some space/ },
    );
    ours.close();
  });

  it('to read leaves nothing beside the file, sees what a writer has in its log, and refuses to write', () => {
    const first = openSqlite(file, schema);
    first.close();
    const alone = openSqlite(file, schema, 'read');
    assert.equal(alone.get('SELECT n FROM numbers')?.['n'], 1);
    assert.deepEqual(readdirSync(folder), ['numbers.sqlite']);
    const refused = (work: () => unknown): void => assert.throws(work, { code: 'PH_STORAGE_READ_ONLY' });
    refused(() => alone.run('UPDATE numbers SET n = 2'));
    refused(() => alone.write('durable', () => alone.run('UPDATE numbers SET n = 2')));
    alone.close();
    const writer = openSqlite(file, schema);
    writer.run('UPDATE numbers SET n = 3');
    const beside = openSqlite(file, schema, 'read');
    assert.equal(beside.get('SELECT n FROM numbers')?.['n'], 3);
    beside.close();
    writer.close();
  });

  it('to read does not bring an older file to its version, and makes none', () => {
    openSqlite(file, schema).close();
    const newer = { ...schema, migrations: [...schema.migrations, 'CREATE TABLE more (n INTEGER) STRICT'] };
    assert.throws(() => openSqlite(file, newer, 'read'), { code: 'PH_HOME_LAYOUT' });
    assert.throws(() => openSqlite(join(folder, 'none.sqlite'), schema, 'read'), { code: 'PH_STORAGE_FAILED' });
    assert.deepEqual(readdirSync(folder), ['numbers.sqlite']);
  });
});
