import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { openDuck } from '../../src/duck/duck.ts';
import { openDuckEngine } from '../../src/sql/duckdb-engine.ts';
import type { SqlEngine } from '../../src/sql/engine.ts';
import { sqlEngineConformance } from '../conformance/sql-engine.ts';

async function fixture() {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-engine-'));
  const duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 2, temporaryDirectory: directory });
  return {
    open: async (): Promise<SqlEngine> => openDuckEngine(duck, testEffects()),
    dispose: async () => {
      await duck.close();
      await rm(directory, { recursive: true });
    },
    sql: {
      numbers: (count: number) => `SELECT range AS n FROM range(${count})`,
      endless: 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b',
      failing: "SELECT CAST('x' || n AS INTEGER) FROM (SELECT range AS n FROM range(10))",
    },
  };
}

sqlEngineConformance('DuckDB', fixture);

it('gives values as Athena prints them', async () => {
  const { open, dispose } = await fixture();
  const engine = await open();
  const id = await engine.submit({
    sql: `SELECT 1.50 AS a, DATE '2025-08-11' AS b, TIMESTAMP '1969-12-31 23:59:59.9995' AS c, TIMESTAMPTZ '2025-08-11 10:00:00+02' AS d,
      [1, NULL] AS e, {'x': 1, 'y': ['z']} AS f, MAP {'k': 1.5} AS g, INTERVAL 26 HOUR AS h, 'ab'::BLOB AS i, 170141183460469231731687303715884105727 AS j`,
  });
  const { columns, rows } = await engine.fetch(id);
  assert.deepEqual(rows[0], [
    '1.50',
    '2025-08-11',
    '1969-12-31 23:59:59.999',
    '2025-08-11 08:00:00.000 UTC',
    [1, null],
    { x: 1, y: ['z'] },
    { k: '1.5' },
    '1 02:00:00.000',
    '6162',
    170141183460469231731687303715884105727n,
  ]);
  assert.deepEqual(
    columns.map(({ type }) => type),
    [
      'decimal(3,2)',
      'date',
      'timestamp',
      'timestamp with time zone',
      'array<int>',
      'struct<x:int,y:array<string>>',
      'map<string,decimal(2,1)>',
      'interval',
      'binary',
      'decimal(38,0)',
    ],
  );
  await engine.close();
  await dispose();
});

it('keeps what a setup makes from other queries', async () => {
  const { open, dispose } = await fixture();
  const engine = await open();
  const setup = ['CREATE TEMP VIEW v AS SELECT 1 AS a', 'CREATE TEMP MACRO m(x) AS x + 1'];
  assert.deepEqual((await engine.fetch(await engine.submit({ sql: 'SELECT m(a) FROM v', setup }))).rows, [[2]]);
  assert.equal((await engine.wait(await engine.submit({ sql: 'SELECT * FROM v' }))).state, 'failed');
  await engine.close();
  await dispose();
});
