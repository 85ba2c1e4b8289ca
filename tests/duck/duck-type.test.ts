import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { hiveTypeOfDuck } from '../../src/catalog/crawler/duck-type.ts';
import { hiveTypeText } from '../../src/catalog/hive-type.ts';
import { type Duck, openDuck } from '../../src/duck/duck.ts';
import { parseDuckType } from '../../src/duck/duck-type.ts';
import { athenaType } from '../../src/sql/athena-type.ts';

let duck: Duck;
before(async () => {
  duck = await openDuck({ memoryBytes: 64 * 1024 ** 2, threads: 1, temporaryDirectory: tmpdir() });
});
after(() => duck.close());

/** A value of DuckDB's, and its type as Athena names it and as a crawler's column has it. */
const types: readonly (readonly [expression: string, athena: string, hive: string])[] = [
  ['1::BIGINT', 'bigint', 'bigint'],
  ['1.50::DECIMAL(12,2)', 'decimal(12,2)', 'decimal(12,2)'],
  ['1::UBIGINT', 'bigint', 'decimal(20,0)'],
  ['now()', 'timestamp with time zone', 'timestamp'],
  ["'a'::ENUM('a', 'b, )')", "enum('a','b, )')", 'string'],
  [
    "{'a': 1, 'b c': ['x'], 'q\"': {'In': 1e0}}",
    'struct<a:int,b c:array<string>,q":struct<In:double>>',
    'struct<a:int,`b c`:array<string>,`q"`:struct<In:double>>',
  ],
  [
    "{'NULL': 1, 'TIMESTAMP': now()}",
    'struct<NULL:int,TIMESTAMP:timestamp with time zone>',
    'struct<NULL:int,TIMESTAMP:timestamp>',
  ],
  ["row(1, now(), 'x')", 'struct<field0:int,field1:timestamp with time zone,field2:string>', ''],
  ["map(['k'], [[1::DECIMAL(3,1)]])", 'map<string,array<decimal(3,1)>>', 'map<string,array<decimal(3,1)>>'],
  ['[1, 2]::INTEGER[2]', 'array<int>', 'array<int>'],
];
for (const [expression, athena, hive] of types)
  test(`the type of ${expression} is read, and named ${athena}`, async () => {
    await using session = await duck.connect();
    const text = String((await session.all(`DESCRIBE SELECT ${expression} AS x`)).rows[0]?.[1]);
    assert.equal(athenaType(text), athena);
    if (hive !== '') assert.equal(hiveTypeText(hiveTypeOfDuck(text)), hive);
  });

test('the type of what is only NULL, as a prepared statement has it, is text', () => {
  assert.equal(athenaType('"NULL"[]'), 'array<string>');
});

test('what is no type fails', () => {
  for (const text of ['', 'STRUCT(a INTEGER', 'MAP(VARCHAR)', 'INTEGER]'])
    assert.throws(() => parseDuckType(text), { code: 'PH_INTERNAL' });
});
