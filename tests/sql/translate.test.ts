import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { readStatement } from '../../src/sql/statement.ts';
import { translate } from '../../src/sql/translate.ts';
import { openTranslations } from '../../src/sql/translation-cache.ts';

/** Before anything is translated. */
const fetchAtFirst = globalThis.fetch;
const toDuck = (sql: string): ReturnType<typeof translate> => translate(sql, { from: 'athena', to: 'duckdb' });

describe('what has no faithful equal is refused by name', () => {
  const refused: Readonly<Record<string, RegExp>> = {
    'SELECT nosuch(1)': /line 1, column 8: the function nosuch\(\)/,
    'SELECT checksum(a) FROM t': /the function checksum\(\)/,
    "SELECT timestamp '2025-08-11 00:00:00' AT TIME ZONE 'Asia/Tokyo'": /AT TIME ZONE as a value that keeps its zone/,
    'SELECT date_format(a, b) FROM t': /date_format\(\) with a pattern that is not a literal/,
    "SELECT date_format(a, '%U') FROM t": /date_format\(\) with %U/,
    "SELECT format_datetime(a, 'zzz') FROM t": /format_datetime\(\) with zzz/,
    "SELECT json_extract(a, '$..b') FROM t": /json_extract\(\) with the path \$\.\.b/,
    'SELECT try(sum(a) / count(*)) FROM t': /TRY around an aggregate/,
    "SELECT regexp_replace(a, 'x', b) FROM t": /a replacement that is not a literal/,
    'SELECT cast(a AS char(3)) FROM t': /the type char/,
    "SELECT * FROM t FOR TIMESTAMP AS OF timestamp '2025-01-01 00:00:00'": /table with version/,
    'SELECT * FROM other.db.t': /the data catalog other/,
    'SELECT DISTINCT ON (a) b FROM t': /SELECT with distinct on/,
    'SELECT a FROM t GROUP BY ALL': /GROUP BY with all/,
    'SELECT * FROM t NATURAL JOIN u': /NATURAL JOIN/,
    'SELECT sum(a, b) FROM t': /./,
    'SELECT approx_percentile(a) FROM t': /approx_percentile\(\) with 1 arguments/,
    "SELECT string_agg(a, ',') FROM t": /the function string_agg\(\)/,
    'SELECT sha512(a) FROM t': /the function sha512\(\)/,
    'SELECT zip_with(a, b, (x, y) -> transform(x, y -> y)) FROM t': /the name of one around it/,
    "SELECT json_value(a, 'strict $.b') FROM t": /json_value\(\) with the path strict \$\.b/,
    'SELECT a FROM t TABLESAMPLE BERNOULLI (a)': /this TABLESAMPLE/,
  };
  for (const [sql, message] of Object.entries(refused)) {
    it(sql, async () => {
      await assert.rejects(toDuck(sql), (error: { code?: string; message: string }) => {
        assert.ok(error.code === 'PH_SQL_UNSUPPORTED' || error.code === 'PH_SQL_SYNTAX', error.code);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe('syntax errors', () => {
  it('tell line, column and the line itself, counting characters and not UTF-16 units', async () => {
    await assert.rejects(
      toDuck("SELECT '😀é',\n  1 frm x y"),
      (error: { code?: string; message: string; details: Record<string, unknown> }) => {
        assert.equal(error.code, 'PH_SQL_SYNTAX');
        assert.deepEqual([error.details['line'], error.details['column']], [2, 5]);
        assert.ok(error.message.endsWith('  1 frm x y\n    ^'), error.message);
        return true;
      },
    );
  });

  it('keep the place in a statement around the query', async () => {
    const statement = readStatement('EXPLAIN\nSELECT 1 frm x y');
    await assert.rejects(
      toDuck(statement.query),
      (error: { details: Record<string, unknown> }) => error.details['line'] === 2,
    );
  });
});

describe('a misspelt word', () => {
  type Told = { code?: string; message: string; hint?: string };
  const read = async (sql: string): Promise<unknown> => toDuck(readStatement(sql).query);
  const cases: readonly (readonly [sql: string, message: RegExp, meant?: string])[] = [
    ['SELEC 1', /^line 1, column 1: expected a statement \(SELECT, WITH, .*\), found SELEC\nSELEC 1\n\^$/, 'SELECT'],
    ['selec', /^line 1, column 1: expected a statement \(.*\), found selec\n/, 'SELECT'],
    ['EXPLAIN\n  selct 1', /^line 2, column 3: expected a query \(SELECT, WITH, VALUES\), found selct/, 'SELECT'],
    ['select * frm x', /^line 1, column 10: unexpected frm\nselect \* frm x\n {9}\^$/, 'FROM'],
    ['select * from x wher a = 1', /^line 1, column 17: unexpected wher\n.*\n {16}\^$/, 'WHERE'],
    ['select * from (select 1', /^line 1, column 24: Expected \), found the end/],
    ['select a b c from x', /^line 1, column 12: unexpected c/],
    ['nonsense', /^line 1, column 1: expected a statement/],
  ];
  for (const [sql, message, meant] of cases) {
    it(sql, async () => {
      await assert.rejects(read(sql), (error: Told) => {
        assert.equal(error.code, 'PH_SQL_SYNTAX');
        assert.match(error.message, message);
        assert.equal(error.hint, meant === undefined ? undefined : `Did you mean ${meant}?`);
        return true;
      });
    });
  }

  it('statements of DuckDB are refused at their place', async () => {
    for (const word of ['COPY', 'ATTACH', 'DETACH', 'PRAGMA', 'INSTALL', 'LOAD', 'SET'])
      await assert.rejects(read(`-- a comment\n${word} x`), (error: Told) => {
        assert.equal(error.code, 'PH_SQL_UNSUPPORTED');
        assert.match(error.message, new RegExp(`^line 2, column 1: ${word} is not supported\n${word} x\n\\^$`));
        return true;
      });
  });
});

describe('statements are split from their queries', () => {
  it('CREATE TABLE AS', () => {
    const statement = readStatement(
      "CREATE TABLE IF NOT EXISTS a.\"B\" WITH (format = 'JSON', partitioned_by = ARRAY['x', 'y']) AS SELECT 'it''s' AS x",
    );
    assert.ok(statement.kind === 'create-table-as');
    assert.deepEqual([statement.table.database, statement.table.name, statement.ifNotExists], ['a', 'b', true]);
    assert.deepEqual(statement.properties, { format: 'JSON', partitioned_by: ['x', 'y'] });
    assert.equal(statement.query.trim(), "SELECT 'it''s' AS x");
  });
  it('UNLOAD, with parentheses and comments in the query', () => {
    const statement = readStatement("UNLOAD (SELECT (1) -- )\n) TO 's3://b/x/' WITH (format = 'PARQUET');");
    assert.ok(statement.kind === 'unload');
    assert.deepEqual([statement.to, statement.query.trim()], ['s3://b/x/', 'SELECT (1) -- )']);
  });
  it('INSERT, with and without a list of columns', () => {
    const listed = readStatement('INSERT INTO t (a, "B") SELECT 1, 2');
    assert.deepEqual(listed.kind === 'insert' && listed.columns, ['a', 'b']);
    const plain = readStatement('insert into d.t (select 1)');
    assert.deepEqual(plain.kind === 'insert' && [plain.table.database, plain.columns.length], ['d', 0]);
  });
  it('refuses what changes rows', () => {
    for (const sql of ['DELETE FROM t', 'update t set a = 1', 'MERGE INTO t'])
      assert.throws(() => readStatement(sql), { code: 'PH_SQL_UNSUPPORTED' });
  });
});

describe('other engines', () => {
  it('get their own text', async () => {
    const spark = await translate("SELECT date_format(a, '%Y') FROM t", { from: 'athena', to: 'spark' });
    assert.match(spark.sql, /DATE_FORMAT\(.*'yyyy'\)/i);
    const trino = await translate('SELECT a FROM t ORDER BY a DESC', { from: 'athena', to: 'trino' });
    assert.match(trino.sql, /ORDER BY a DESC/i);
  });
});

it('the front end leaves the fetch of its process alone', async () => {
  await toDuck('SELECT 1');
  assert.equal(globalThis.fetch, fetchAtFirst);
});

describe('kept translations', () => {
  it('are read from disk by the next process, and made anew where a file is damaged', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'translations-'));
    const first = await openTranslations(directory, testEffects()).translate('SELECT 1');
    const [file = ''] = await readdir(directory);
    const stored = JSON.parse(await readFile(join(directory, file), 'utf8')) as { sql: string };
    assert.equal(stored.sql, first.sql);
    await writeFile(join(directory, file), JSON.stringify({ ...stored, sql: 'from disk' }));
    assert.equal((await openTranslations(directory, testEffects()).translate('SELECT 1')).sql, 'from disk');
    await writeFile(join(directory, file), '{"sql"');
    assert.deepEqual(await openTranslations(directory, testEffects()).translate('SELECT 1'), first);
    await rm(directory, { recursive: true });
  });

  it('are done without where the directory cannot be written', async () => {
    const effects = testEffects();
    const writes = { mkdir: 0 };
    const mkdir = async (): Promise<never> => {
      writes.mkdir += 1;
      throw new PlayheadError('PH_STORAGE_READ_ONLY', 'the home cannot be written');
    };
    const translations = openTranslations('read-only', { ...effects, fs: { ...effects.fs, mkdir } });
    assert.match((await translations.translate('SELECT 1')).sql, /SELECT/);
    assert.equal(writes.mkdir, 1);
  });
});
