import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { type Duck, openDuck, sqlIdentifier, sqlString, sqlStringList } from '../../src/duck/duck.ts';

let duck: Duck;
let directory: string;
const open = (): Promise<Duck> => openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory: directory });
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'duck-'));
  duck = await open();
});
after(async () => {
  await duck.close();
  await rm(directory, { recursive: true });
});

const endless = 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b';

test('several statements run in one call, and the last one says how many rows it changed', async () => {
  await using session = await duck.connect();
  assert.equal(await session.run('CREATE TEMP TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)'), 3);
  assert.equal(await session.value('SELECT sum(a)::INTEGER FROM t'), 6);
  assert.equal(await session.value('SELECT a FROM t WHERE a > 7'), undefined);
});

test('sessions share the database but not their temporary tables; times are in UTC', async () => {
  await using one = await duck.connect();
  await using two = await duck.connect();
  await one.run('CREATE TEMP TABLE mine AS SELECT 1 AS a');
  await assert.rejects(two.all('FROM mine'), (error: unknown) => isPlayheadError(error, 'PH_SQL_INVALID'));
  assert.equal(await two.value("SELECT TIMESTAMPTZ '2025-08-11 10:00:00+02'::VARCHAR"), '2025-08-11 08:00:00+00');
});

test('what is shared runs once, however many ask at once, and every session sees it; what failed is tried again', async () => {
  const own = await open();
  try {
    await using before = await own.connect();
    const statements = ['CREATE TABLE shared (a INTEGER)', 'INSERT INTO shared VALUES (1)'];
    await Promise.all([own.share(statements), own.share(statements), own.share(statements)]);
    assert.equal(await before.value('SELECT count(*)::INTEGER FROM shared'), 1);
    const copy = ['CREATE TABLE copied AS FROM later'];
    await assert.rejects(own.share(copy), (error: unknown) => isPlayheadError(error, 'PH_SQL_INVALID'));
    await own.share(['CREATE TABLE later AS SELECT 7 AS a']);
    await own.share(copy);
    assert.equal(await before.value('FROM copied'), 7);
  } finally {
    await own.close();
  }
});

for (const [sql, code, kind] of [
  ['SELEC 1', 'PH_SQL_SYNTAX', 'Parser Error'],
  ['SELECT nothing FROM range(1)', 'PH_SQL_INVALID', 'Binder Error'],
  ['SELECT * FROM nowhere', 'PH_SQL_INVALID', 'Catalog Error'],
  ["SELECT CAST('x' AS INTEGER)", 'PH_SQL_FAILED', 'Conversion Error'],
  ["SELECT * FROM read_json('/no/such/file.ndjson')", 'PH_SQL_FAILED', 'IO Error'],
] as const) {
  test(`${kind} is ${code}, with DuckDB's own message`, async () => {
    await using session = await duck.connect();
    for (const call of [() => session.run(sql), () => session.all(sql), () => session.stream(sql).next()]) {
      await assert.rejects(call, (error: unknown) => {
        assert(isPlayheadError(error, code));
        assert.equal(error.details['kind'], kind);
        assert(error.message.startsWith(kind));
        return true;
      });
    }
  });
}

test('a stream yields every row in chunks, one empty chunk for none, and may be left early', async () => {
  await using session = await duck.connect();
  let rows = 0;
  let chunks = 0;
  for await (const chunk of session.stream('SELECT range AS n FROM range(10000)')) {
    rows += chunk.rows.length;
    chunks += 1;
    assert.deepEqual(chunk.columns, [{ name: 'n', type: 'BIGINT' }]);
  }
  assert.equal(rows, 10_000);
  assert(chunks > 1);
  for await (const chunk of session.stream('SELECT 1 AS a WHERE false')) assert.deepEqual(chunk.rows, []);
  for await (const _ of session.stream('SELECT range FROM range(100000)')) break;
  assert.equal(await session.value('SELECT 7'), 7);
});

test('an interrupted statement fails as PH_INTERRUPTED and leaves the session usable', async () => {
  await using session = await duck.connect();
  const running = assert.rejects(session.all(endless), (error: unknown) => isPlayheadError(error, 'PH_INTERRUPTED'));
  const again = setInterval(() => session.interrupt(), 5);
  await running;
  clearInterval(again);
  assert.equal(await session.value('SELECT 7'), 7);
});

test('closing ends what runs; a closed session and a closed engine refuse work', async () => {
  const other = await open();
  const session = await other.connect();
  await session.run('CREATE TABLE t AS SELECT 1 AS a');
  await other.close();
  await other.close();
  await assert.rejects(session.all('FROM t'), (error: unknown) => isPlayheadError(error, 'PH_INTERRUPTED'));
  await assert.rejects(other.connect(), (error: unknown) => isPlayheadError(error, 'PH_INTERNAL'));
});

test('literals and names are quoted; NUL cannot stand in either', async () => {
  await using session = await duck.connect();
  const name = 'a "b" c';
  const { columns, rows } = await session.all(
    `SELECT ${sqlString("it's")} AS ${sqlIdentifier(name)}, ${sqlStringList(["'", 'x'])}[1]`,
  );
  assert.equal(columns[0]?.name, name);
  assert.deepEqual(rows, [["it's", "'"]]);
  assert.throws(
    () => sqlString('a\0'),
    (error: unknown) => isPlayheadError(error, 'PH_SQL_INVALID'),
  );
  assert.throws(
    () => sqlIdentifier(''),
    (error: unknown) => isPlayheadError(error, 'PH_SQL_INVALID'),
  );
});
