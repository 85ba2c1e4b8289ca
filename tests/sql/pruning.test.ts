import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Duck, openDuck } from '../../src/duck/duck.ts';
import { prunePartitions } from '../../src/query/prune.ts';
import { macroStatements } from '../../src/sql/duckdb/macros/registry.ts';
import { translate } from '../../src/sql/translate.ts';

const keys = ['year', 'month', 'day'];
const table = {
  database: 'd',
  name: 't',
  columns: [{ name: 'x', type: 'int' }],
  partitionKeys: keys.map((name) => ({ name, type: 'int' })),
  location: 't/',
  format: 'json' as const,
  parameters: {},
  version: 1,
};
const partitions = ['2024', '2025'].flatMap((year) =>
  ['07', '08', '12'].flatMap((month) => ['01', '11'].map((day) => [year, month, day])),
);

let directory = '';
let duck: Duck;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pruning-'));
  duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: directory });
});
after(async () => {
  await duck.close();
  await rm(directory, { recursive: true });
});

/** `2025/08/11` of what is kept, for the first mention of the table t. */
async function kept(sql: string, mention = 0): Promise<string[]> {
  const { tables, macros } = await translate(sql, { from: 'athena', to: 'duckdb' });
  await duck.share(macroStatements(macros, 'database'));
  await using session = await duck.connect();
  const found = await prunePartitions(session, table, partitions, tables[mention]?.filter ?? null);
  return found.map((values) => values.join('/'));
}

const of = (...years: string[]): string[] =>
  partitions.map((values) => values.join('/')).filter((text) => years.includes(text.slice(0, 4)));

describe('partitions are pruned', () => {
  const cases: Readonly<Record<string, readonly [sql: string, expected: readonly string[]]>> = {
    'by equality of numbers': ['SELECT * FROM t WHERE year = 2025 AND month = 8 AND day = 11', ['2025/08/11']],
    'by texts that are numbers': ["SELECT * FROM t WHERE year = 2025 AND month = '08' AND day = '11'", ['2025/08/11']],
    'by IN and BETWEEN': [
      'SELECT * FROM t WHERE year IN (2025, 2030) AND month BETWEEN 7 AND 8 AND day <> 1',
      ['2025/07/11', '2025/08/11'],
    ],
    'by OR': [
      'SELECT * FROM t WHERE (year = 2024 AND month = 12) OR (year = 2025 AND month = 7)',
      ['2024/12/01', '2024/12/11', '2025/07/01', '2025/07/11'],
    ],
    'by NOT': ['SELECT * FROM t WHERE NOT (year = 2024 OR month < 12)', ['2025/12/01', '2025/12/11']],
    'by concatenations': [
      "SELECT * FROM t WHERE cast(year AS varchar) || '-' || lpad(cast(month AS varchar), 2, '0') >= '2025-08' AND day = 1",
      ['2025/08/01', '2025/12/01'],
    ],
    'by dates made of them': [
      "SELECT * FROM t WHERE date(concat(cast(year AS varchar), '-', cast(month AS varchar), '-', cast(day AS varchar))) > date '2025-08-11'",
      ['2025/12/01', '2025/12/11'],
    ],
    'through subqueries': ['SELECT * FROM (SELECT year AS y, x FROM t) s WHERE y = 2025', of('2025')],
    'through WITH, for all its uses': [
      'WITH w AS (SELECT * FROM t WHERE month = 12) SELECT * FROM w WHERE year = 2024 UNION ALL SELECT * FROM w WHERE year = 2025 AND day = 1',
      ['2024/12/01', '2024/12/11', '2025/12/01'],
    ],
    'through groups, by their keys': [
      'SELECT * FROM (SELECT year, count(*) AS c FROM t GROUP BY 1) s WHERE year = 2025 AND c > 3',
      of('2025'),
    ],
    'through UNION by place': [
      'SELECT * FROM (SELECT 1 AS a UNION ALL SELECT year FROM t) s WHERE a = 2025',
      of('2025'),
    ],
    'by an inner join': ['SELECT * FROM t JOIN u ON t.x = u.x AND t.year = 2025', of('2025')],
    'in subqueries of conditions': [
      'SELECT * FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.year = 2025 AND t.x = u.x)',
      of('2025'),
    ],
    'together with what is not known': [
      'SELECT * FROM t WHERE year = 2025 AND x > 3 AND (month = 8 OR x = 1)',
      of('2025'),
    ],
  };
  for (const [what, [sql, expected]] of Object.entries(cases)) {
    it(what, async () => assert.deepEqual(await kept(sql, sql.includes('FROM u WHERE') ? 1 : 0), expected));
  }
});

describe('partitions stay', () => {
  const cases: Readonly<Record<string, string>> = {
    'beside what is not known under NOT': 'SELECT * FROM t WHERE NOT (x = 1 AND year > 2000)',
    'beside what is not known under OR': 'SELECT * FROM t WHERE year = 2025 OR x = 1',
    'behind a LIMIT': 'SELECT * FROM (SELECT * FROM t LIMIT 5) s WHERE year = 2025',
    'behind a window': 'SELECT * FROM (SELECT *, row_number() OVER (ORDER BY x) AS n FROM t) s WHERE year = 2025',
    'behind an aggregate': 'SELECT * FROM (SELECT max(year) AS year FROM t) s WHERE year = 2025',
    'on the kept side of a left join': 'SELECT * FROM t LEFT JOIN u ON t.x = u.x AND t.year = 2025',
    'in a full join': 'SELECT * FROM t FULL JOIN u ON t.x = u.x AND t.year = 2025',
    'where a use of WITH asks for all':
      'WITH w AS (SELECT * FROM t) SELECT * FROM w WHERE year = 2025 UNION ALL SELECT * FROM w',
    'for NULLs that an outer join makes':
      'SELECT * FROM u LEFT JOIN t ON t.x = u.x WHERE coalesce(t.year, 2025) = 2025',
    'where the same name is another source': 'SELECT * FROM t JOIN u ON t.x = u.x WHERE u.year = 2025',
    'where the condition is not the same each time': 'SELECT * FROM t WHERE year > 3000 * random()',
    'where it cannot be evaluated': "SELECT * FROM t WHERE cast(concat('x', cast(year AS varchar)) AS integer) = 1",
  };
  for (const [what, sql] of Object.entries(cases)) {
    it(what, async () =>
      assert.equal((await kept(sql, sql.startsWith('SELECT * FROM u') ? 1 : 0)).length, partitions.length),
    );
  }
});

describe('a query over the pruned partitions', () => {
  const column = fc.constantFrom('year', 'month', 'day', 'x');
  const value = fc.constantFrom('2024', '2025', '7', '8', '11', "'08'", '1', 'NULL');
  const test = fc.oneof(
    fc.tuple(column, fc.constantFrom('=', '<>', '<', '>='), value).map((parts) => parts.join(' ')),
    fc.tuple(column, value, value).map(([c, a, b]) => `${c} IN (${a}, ${b})`),
    fc.tuple(column, value, value).map(([c, a, b]) => `${c} BETWEEN ${a} AND ${b}`),
    column.map((c) => `${c} IS NULL`),
    fc.tuple(column, value).map(([c, a]) => `coalesce(${c}, 1) <> ${a}`),
    fc.tuple(column, column).map(([a, b]) => `${a} + 1 > ${b}`),
  );
  const condition = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      test,
      fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} AND ${b})`),
      fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} OR ${b})`),
      tie('tree').map((a) => `NOT (${a})`),
    ),
  })).tree;
  const shapes = [
    (c: string) => `SELECT * FROM t WHERE ${c}`,
    (c: string) => `SELECT * FROM (SELECT * FROM t) s WHERE ${c}`,
    (c: string) => `SELECT u.y, s.* FROM u LEFT JOIN t s ON u.y = s.x WHERE ${c}`,
    (c: string) => `SELECT u.y, s.* FROM u LEFT JOIN t s ON u.y = s.x AND ${c}`,
    (c: string) => `WITH w AS (SELECT year, month, day, x FROM t) SELECT * FROM w WHERE ${c}`,
    (c: string) => `SELECT * FROM (SELECT year, month, day, min(x) AS x FROM t GROUP BY year, month, day) s WHERE ${c}`,
  ];

  it('gives the same rows as over all of them', async () => {
    await using session = await duck.connect();
    const rows = partitions.flatMap((p) => [`(${p.map(Number).join(', ')}, 7)`, `(${p.map(Number).join(', ')}, NULL)`]);
    await session.run(
      `CREATE TEMP TABLE everything AS SELECT * FROM (VALUES ${rows.join(', ')}) v(year, month, day, x)`,
    );
    await session.run('CREATE TEMP TABLE u AS SELECT unnest([7, 8, NULL]) AS y');
    const answer = async (sql: string, view: string): Promise<string> => {
      await session.run(`CREATE OR REPLACE TEMP VIEW part AS ${view}`);
      return JSON.stringify((await session.all(`SELECT COLUMNS(*)::VARCHAR FROM (${sql}) q ORDER BY ALL`)).rows);
    };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...shapes), condition, async (shape, tree) => {
        const { tables, macros, sql } = await translate(shape(tree), { from: 'athena', to: 'duckdb' });
        const mention = tables.find(({ name }) => name === 't');
        await duck.share(macroStatements(macros, 'database'));
        const found = await prunePartitions(session, table, partitions, mention?.filter ?? null);
        const text = tables.reduce(
          (all, { identifier, name }) => all.replace(`"${identifier}"`, name === 't' ? 'part' : 'u'),
          sql,
        );
        const inside = found.map((p) => `(${p.map(Number).join(', ')})`).join(', ');
        const pruned = `SELECT * FROM everything WHERE ${found.length === 0 ? 'false' : `(year, month, day) IN (${inside})`}`;
        assert.equal(await answer(text, pruned), await answer(text, 'SELECT * FROM everything'));
      }),
      { numRuns: 150 },
    );
  });
});
