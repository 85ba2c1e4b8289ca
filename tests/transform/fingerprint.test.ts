import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { hashOf, hashSql, keySql, keyText, payloadSql } from '../../src/transform/fingerprint.ts';

let duck: Duck;
let session: DuckSession;
before(async () => {
  duck = await openDuck({ memoryBytes: 64 * 1024 ** 2, threads: 1, temporaryDirectory: tmpdir() });
  session = await duck.connect();
});
after(() => duck.close());

test('a hash is what RFC 1321 makes of the text, here and in DuckDB', async () => {
  // MD5 of "a" is 0cc175b9c0f1b6a831c399e269772661.
  assert.equal(hashOf('a'), 0xa8b6f1c0b975c10cn);
  for (const text of ['a', '', 'Köln ☂', '["a","b"]'])
    assert.equal(await session.value(`SELECT ${hashSql(`'${text}'`)}`), hashOf(text));
});

test('a key is the same text here and in DuckDB, and two keys are never one', async () => {
  const select = async (fields: readonly string[], row: string): Promise<unknown> =>
    session.value(`SELECT ${keySql(fields)} FROM (SELECT ${row})`);
  assert.equal(await select(['a'], '7 AS a'), keyText(['7']));
  assert.equal(await select(['a', 'b'], `'x"' AS a, 7 AS b`), keyText(['x"', '7']));
  assert.notEqual(await select(['a', 'b'], `'x,' AS a, 'y' AS b`), await select(['a', 'b'], `'x' AS a, ',y' AS b`));
  assert.equal(await select(['a', 'b'], `'x' AS a, NULL AS b`), null);
  assert.equal(await select([], '1 AS a'), null);
});

test('a payload is the same whatever the order of declaration and new optional fields, and tells all else apart', async () => {
  const { string, int, optional } = field;
  const payload = async (fields: Parameters<typeof defineRecord>[1]['fields'], row: string): Promise<unknown> =>
    session.value(`SELECT ${payloadSql(defineRecord('r', { fields }))} FROM (SELECT ${row})`);
  const plain = { a: string(), b: string(), n: int() };
  const of = (a: string, b: string): string => `${a} AS a, ${b} AS b, 7 AS n, NULL::INTEGER AS o`;
  const first = await payload(plain, of(`'x'`, `'y'`));
  assert.equal(await payload({ n: int(), b: string(), a: string() }, of(`'x'`, `'y'`)), first);
  assert.equal(await payload({ ...plain, o: optional(int()) }, of(`'x'`, `'y'`)), first);
  const texts = [
    first,
    await payload(plain, of(`''`, `'xy'`)),
    await payload(plain, of(`'y'`, `'x'`)),
    await payload({ ...plain, o: optional(int()) }, `'x' AS a, 'y' AS b, 7 AS n, 0 AS o`),
    await payload(plain, of(`'x' || chr(31) || 'y'`, `'z'`)),
    await payload(plain, of(`'x'`, `'y' || chr(31) || 'z'`)),
  ];
  assert.equal(new Set(texts).size, texts.length);
});
