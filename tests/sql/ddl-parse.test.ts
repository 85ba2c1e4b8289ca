import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseDdl } from '../../src/sql/ddl/parse.ts';
import { printCreateTable } from '../../src/sql/ddl/print-create-table.ts';
import { createTable, spacing, statements, withoutPlaces } from './ddl-arbitrary.ts';

const parsed = (sql: string): unknown => withoutPlaces(parseDdl(sql));

describe('parseDdl', () => {
  it('reads every statement back as it was meant, whatever its case, spacing and comments', () => {
    fc.assert(
      fc.property(statements, spacing, ({ words, statement }, space) => {
        assert.deepEqual(parsed(space(words)), withoutPlaces(statement));
      }),
      { numRuns: 600 },
    );
  });

  it('reads back each CREATE TABLE that it prints', () => {
    fc.assert(
      fc.property(createTable, (statement) => {
        assert.deepEqual(parsed(printCreateTable(statement).join('\n')), withoutPlaces(statement));
      }),
      { numRuns: 300 },
    );
  });

  it('reads a table as the AWS documentation writes it', () => {
    assert.deepEqual(
      parsed(`
      CREATE EXTERNAL TABLE IF NOT EXISTS logs.\`cloud-front\` (
        -- the day that it was served
        \`date\` DATE COMMENT 'it''s UTC',
        bytes BIGINT,
        headers map<string, array<struct<name:string,Value:decimal(10,2)>>>
      )
      PARTITIONED BY (year INTEGER, \`month\` string)
      ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' NULL DEFINED AS '-'
      STORED AS TEXTFILE
      LOCATION 's3://my-bucket/logs/'
      TBLPROPERTIES ("skip.header.line.count"="2");`),
      {
        kind: 'create-table',
        ifNotExists: true,
        table: { database: 'logs', name: 'cloud-front' },
        columns: [
          { name: 'date', type: 'date', comment: "it's UTC" },
          { name: 'bytes', type: 'bigint' },
          { name: 'headers', type: 'map<string,array<struct<name:string,Value:decimal(10,2)>>>' },
        ],
        partitionKeys: [
          { name: 'year', type: 'int' },
          { name: 'month', type: 'string' },
        ],
        rowFormat: {
          kind: 'delimited',
          properties: { 'field.delim': '\t', 'escape.delim': '\\', 'serialization.null.format': '-' },
        },
        storedAs: { kind: 'named', format: 'TEXTFILE' },
        location: 's3://my-bucket/logs/',
        properties: { 'skip.header.line.count': '2' },
      },
    );
  });

  it('leaves queries to the translator', () => {
    const queries = [
      'SELECT 1',
      '-- CREATE EXTERNAL TABLE\nSELECT 1',
      '/* DROP TABLE */ WITH t AS (SELECT 1) SELECT * FROM t',
      'CREATE TABLE t AS SELECT 1',
      'create table IF NOT EXISTS db.t AS SELECT 1',
      'CREATE TABLE "db"."t" WITH (format = \'PARQUET\') AS SELECT 1',
      'INSERT INTO t SELECT 1',
      "UNLOAD (SELECT 1) TO 's3://b/p' WITH (format = 'JSON')",
      'EXPLAIN SELECT 1',
      'show_partitions',
      '',
    ];
    for (const query of queries) assert.equal(parseDdl(query), undefined, query);
  });

  const errors: readonly (readonly [sql: string, code: string, line: number, column: number, message: RegExp])[] = [
    ['SHOW TABLE', 'PH_SQL_SYNTAX', 1, 6, /expected DATABASES, TABLES.* found "TABLE"/],
    ['DESCRIBE', 'PH_SQL_SYNTAX', 1, 9, /expected a table name, found the end/],
    ['SHOW PARTITIONS\n  t extra', 'PH_SQL_SYNTAX', 2, 5, /expected the end of the statement, found "extra"/],
    ['DROP TABLE a; DROP TABLE b', 'PH_SQL_SYNTAX', 1, 15, /expected the end of the statement/],
    ["CREATE EXTERNAL TABLE t (a strin) LOCATION 's3://b/p/'", 'PH_SQL_SYNTAX', 1, 28, /"strin" is not a type/],
    ['CREATE EXTERNAL TABLE t (a array<int)', 'PH_SQL_SYNTAX', 1, 37, /> expected, not "\)"/],
    ['CREATE EXTERNAL TABLE t (a int)', 'PH_SQL_SYNTAX', 1, 32, /expected LOCATION/],
    [
      'CREATE EXTERNAL TABLE t (a int) PARTITION BY (b int)',
      'PH_SQL_SYNTAX',
      1,
      33,
      /PARTITIONED BY.* found "PARTITION"/,
    ],
    ['ALTER TABLE 🎬t ADD PARTITION (a=)', 'PH_SQL_SYNTAX', 1, 13, /expected a table name/],
    ["SHOW TABLES '🎬' 'x'", 'PH_SQL_SYNTAX', 1, 17, /expected the end of the statement/],
    ["SHOW TABLES 'x", 'PH_SQL_SYNTAX', 1, 13, /this string is never closed/],
    ['DROP TABLE `x', 'PH_SQL_SYNTAX', 1, 12, /this name is never closed/],
    ['DROP TABLE /* x', 'PH_SQL_SYNTAX', 1, 12, /this comment is never closed/],
    ["CREATE EXTERNAL TABLE t (a int) LOCATION 'a' LOCATION 'b'", 'PH_SQL_UNSUPPORTED', 1, 46, /a second time/],
    ['CREATE TABLE t (a int)', 'PH_SQL_UNSUPPORTED', 1, 1, /without EXTERNAL/],
    ['CREATE FUNCTION v', 'PH_SQL_UNSUPPORTED', 1, 1, /no functions/],
    ["CREATE DATABASE d LOCATION 's3://b/'", 'PH_SQL_UNSUPPORTED', 1, 19, /LOCATION/],
    ['ALTER TABLE t RENAME TO u', 'PH_SQL_UNSUPPORTED', 1, 15, /RENAME/],
  ];
  for (const [sql, code, line, column, message] of errors)
    it(`names the place of the fault: ${sql.replaceAll('\n', '⏎')}`, () => {
      assert.throws(
        () => parseDdl(sql),
        (error: Error & { code?: string; details?: unknown }) => {
          assert.match(error.message, message);
          assert.deepEqual([error.code, error.details], [code, { line, column }]);
          return true;
        },
      );
    });
});
