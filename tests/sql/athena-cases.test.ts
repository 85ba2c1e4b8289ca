import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { type Duck, openDuck } from '../../src/duck/duck.ts';
import { cellText } from '../../src/query/cell-text.ts';
import { macroStatements } from '../../src/sql/duckdb/macros/registry.ts';
import { openDuckEngine } from '../../src/sql/duckdb-engine.ts';
import type { SqlEngine } from '../../src/sql/engine.ts';
import { translate } from '../../src/sql/translate.ts';
import { athenaCases } from './athena-cases.ts';

let directory = '';
let duck: Duck;
let engine: SqlEngine;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'athena-'));
  duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: directory });
  engine = openDuckEngine(duck, testEffects());
});
after(async () => {
  await engine.close();
  await duck.close();
  await rm(directory, { recursive: true });
});

async function rows(sql: string): Promise<{ types: string[]; texts: (string | null)[][] }> {
  const { sql: text, macros } = await translate(sql, { from: 'athena', to: 'duckdb' });
  const now = "SET VARIABLE athena_now = TIMESTAMPTZ '2025-08-11 00:00:00Z'";
  const id = await engine.submit({ sql: text, setup: [now, ...macroStatements(macros, 'connection')] });
  const { error } = await engine.wait(id);
  if (error !== undefined) throw error;
  const { columns, rows: values } = await engine.fetch(id);
  const texts = values.map((row) => columns.map(({ type }, i) => cellText(row[i] ?? null, type) ?? null));
  return { types: columns.map(({ type }) => type), texts };
}

describe('expressions give the type and value that Athena gives', () => {
  for (const [what, cases] of Object.entries(athenaCases)) {
    it(what, async () => {
      for (const [expression, type, value] of cases) {
        const { types, texts } = await rows(`SELECT ${expression}`);
        assert.deepEqual([types[0], texts[0]?.[0]], [type, value], expression);
      }
    });
  }
});

describe('queries give the rows that Athena gives', () => {
  const cases: Readonly<Record<string, readonly [sql: string, rows: readonly (readonly (string | null)[])[]]>> = {
    'NULLs last whatever the direction': [
      'SELECT x FROM (VALUES 1, null, 3) t(x) ORDER BY x DESC',
      [['3'], ['1'], [null]],
    ],
    'NULLs first where it is said': ['SELECT x FROM (VALUES 1, null) t(x) ORDER BY x NULLS FIRST', [[null], ['1']]],
    'NULLs last in windows': [
      'SELECT x, row_number() OVER (ORDER BY x DESC) FROM (VALUES 1, null) t(x) ORDER BY 2',
      [
        ['1', '1'],
        [null, '2'],
      ],
    ],
    'INTERSECT before UNION': ['SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2 ORDER BY 1', [['1'], ['2']]],
    'written parentheses first': ['(SELECT 1 UNION ALL SELECT 2) INTERSECT SELECT 2', [['2']]],
    'groups by place': [
      "SELECT a, count(*) FROM (VALUES 'x', 'y', 'x') t(a) GROUP BY 1 ORDER BY 2 DESC",
      [
        ['x', '2'],
        ['y', '1'],
      ],
    ],
    rollup: [
      "SELECT a, sum(b), grouping(a) FROM (VALUES ('x', 1), ('y', 2)) t(a, b) GROUP BY ROLLUP (a) ORDER BY 3, 1",
      [
        ['x', '1', '0'],
        ['y', '2', '0'],
        [null, '3', '1'],
      ],
    ],
    'grouping sets': [
      "SELECT a, count(*) FROM (VALUES ('x', 1)) t(a, b) GROUP BY GROUPING SETS ((a), ()) ORDER BY 1",
      [
        ['x', '1'],
        [null, '1'],
      ],
    ],
    'unnest side by side with ordinality': [
      "SELECT x, y, n FROM (VALUES (array[1, 2], array['a'])) t(a, b) CROSS JOIN UNNEST(a, b) WITH ORDINALITY AS u(x, y, n)",
      [
        ['1', 'a', '1'],
        ['2', null, '2'],
      ],
    ],
    'unnest of a map': [
      "SELECT k, v FROM (VALUES map(array['a', 'b'], array[1, 2])) t(m) CROSS JOIN UNNEST(m) AS u(k, v)",
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    'unnest of rows': [
      "SELECT p, q FROM (VALUES array[cast(row(1, 'x') AS row(a integer, b varchar))]) t(m) CROSS JOIN UNNEST(m) AS u(p, q)",
      [['1', 'x']],
    ],
    'left join unnest': [
      'SELECT y FROM (VALUES cast(null AS array(integer))) t(a) LEFT JOIN UNNEST(a) AS u(y) ON true',
      [[null]],
    ],
    recursion: [
      'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r',
      [['15']],
    ],
    values: [
      "VALUES (1, 'a'), (2, 'b')",
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
    ],
    'limit all': ['SELECT * FROM (SELECT 1 AS a) t LIMIT ALL', [['1']]],
    'offset and fetch': ['SELECT x FROM (VALUES 1, 2, 3) t(x) ORDER BY 1 OFFSET 1 FETCH FIRST 1 ROW ONLY', [['2']]],
    'lag over nulls': [
      'SELECT lag(x, 1, 0) OVER (ORDER BY o), last_value(x) IGNORE NULLS OVER (ORDER BY o) FROM (VALUES (1, 5), (2, null)) t(o, x) ORDER BY o',
      [
        ['0', '5'],
        ['5', '5'],
      ],
    ],
    'scalar subqueries': ['SELECT (SELECT max(x) FROM (VALUES 1, 2) t(x)) + 1', [['3']]],
    'quantified comparison': ['SELECT 5 > ALL (SELECT 4), 5 = ANY (SELECT 4)', [['true', 'false']]],
    'a sample of all, and of none': [
      'SELECT (SELECT count(*) FROM (VALUES 1, 2, 3) t(x) TABLESAMPLE BERNOULLI (100)), (SELECT count(*) FROM (VALUES 1) t(x) TABLESAMPLE BERNOULLI (0))',
      [['3', '0']],
    ],
    'rows in a list': ['SELECT a FROM (VALUES (1, 2), (3, 4)) t(a, b) WHERE (a, b) IN ((3, 4))', [['3']]],
  };
  for (const [what, [sql, expected]] of Object.entries(cases)) {
    it(what, async () => assert.deepEqual((await rows(sql)).texts, expected));
  }

  it('calls columns without a name by their place', async () => {
    const { sql } = await translate('SELECT 1, x, count(*) FROM (VALUES 1) t(x) GROUP BY x', {
      from: 'athena',
      to: 'duckdb',
    });
    const id = await engine.submit({ sql });
    assert.deepEqual(
      (await engine.fetch(id)).columns.map(({ name }) => name),
      ['_col0', 'x', '_col2'],
    );
    const starred = await translate('SELECT t.*, 1 + 1 FROM (VALUES (1, 2)) t(a, b)', { from: 'athena', to: 'duckdb' });
    const other = await engine.submit({ sql: starred.sql });
    assert.deepEqual(
      (await engine.fetch(other)).columns.map(({ name }) => name),
      ['a', 'b', '_col2'],
    );
  });

  it('fails where Athena fails', async () => {
    for (const sql of [
      'SELECT 1 / 0',
      'SELECT 1.0 / 0',
      'SELECT 1 % 0',
      "SELECT cast('x' AS integer)",
      'SELECT array[1][2]',
      "SELECT split_to_map('a=1=2', ',', '=')",
      "SELECT split_to_map('a=1,a=2', ',', '=')",
      "SELECT cast('2025-08-11T00:00:00' AS timestamp)",
    ])
      await assert.rejects(rows(sql), { code: 'PH_SQL_FAILED' }, sql);
  });
});
