import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Duck, type DuckSession, openDuck, sqlString } from '../../src/duck/duck.ts';
import { typedSelect } from '../../src/duck/typed-select.ts';
import { duckColumns } from '../../src/record/columns.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { parseJson } from '../../src/record/parse-json.ts';
import type { RecordType } from '../../src/record/type.ts';
import { compileValidator } from '../../src/record/validator.ts';

let duck: Duck;
let session: DuckSession;
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'typed-select-'));
  duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: directory });
  session = await duck.connect();
});
after(async () => {
  await session[Symbol.asyncDispose]();
  await duck.close();
  await rm(directory, { recursive: true });
});

const everyKind = defineRecord('every', {
  fields: {
    id: field.string({ pattern: '^P[0-9]+$' }),
    device: field.optional(field.string({ oneOf: ['tv', "it's"] })),
    seconds: field.optional(field.int({ min: 0, max: 86400 })),
    bytes: field.optional(field.bigint()),
    sent: field.optional(field.bigint({ epoch: 'microseconds' })),
    ratio: field.optional(field.double({ min: -1, max: 1 })),
    price: field.optional(field.decimal(6, 2)),
    live: field.optional(field.boolean()),
    at: field.optional(field.timestamp()),
    day: field.optional(field.date()),
    note: field.optional(field.string({ maxLength: 3 })),
    ip: field.optional(field.string({ format: 'ipv4' })),
    iso: field.optional(field.string({ format: 'iso-timestamp' })),
    tags: field.optional(field.list(field.struct({ name: field.string(), 'w"e i': field.optional(field.int()) }))),
    counts: field.optional(field.map(field.int({ max: 9 }))),
    grid: field.optional(field.list(field.list(field.double()))),
    extra: field.optional(field.json()),
  },
});

async function read(record: RecordType, lines: readonly string[], select = '*'): Promise<Record<string, unknown>[]> {
  const relation = `(SELECT unnest([${lines.map(sqlString).join(', ')}])::JSON AS _line, unnest(range(${lines.length})) AS n)`;
  const { rows } = await session.all(
    `SELECT to_json(t) FROM (SELECT ${select} FROM (${typedSelect(record, relation, { carry: ['n'] })}) ORDER BY n) t`,
  );
  return rows.map(([json]) => JSON.parse(String(json)));
}

async function rulesInDuck(record: RecordType, lines: readonly string[]): Promise<string[][]> {
  const rows = await read(record, lines, '_issues');
  return rows.map((row) =>
    (row['_issues'] as { path: string; rule: string }[]).map(({ path, rule }) => `${path} ${rule}`).sort(),
  );
}

test('the columns are the ones that the declaration says', async () => {
  const { columns } = await session.all(typedSelect(everyKind, `(SELECT '{"id":"P1"}' AS _line)`));
  assert.deepEqual(
    columns.slice(0, -1).map(({ name, type }) => `${name} ${type.replaceAll(', ', ',')}`),
    // JSON is VARCHAR under another name, which the client does not show.
    duckColumns(everyKind).map(({ name, type }) => `${name} ${type.replaceAll(', ', ',').replace('JSON', 'VARCHAR')}`),
  );
});

test('good values arrive exactly, nested and quoted ones too', async () => {
  const line =
    '{"id":"P1","device":"it\'s","seconds":3e2,"bytes":9223372036854775807,"sent":1754899200000001,"ratio":1,"price":"1234.50","live":true,' +
    '"at":"2025-08-11T10:00:00.123456789+02:00","day":"2024-02-29","note":"\\u00e9\\"😀","ip":"192.0.2.7",' +
    '"tags":[{"name":"x","w\\"e i":7},{"name":"y"}],"counts":{"a":1,"b c":2},"grid":[[1,2.5],[]],"extra":[{"any":null}]}';
  const [row] = await read(everyKind, [line], '* REPLACE (bytes::VARCHAR AS bytes, price::VARCHAR AS price)');
  assert.deepEqual(row, {
    ...{
      id: 'P1',
      device: "it's",
      seconds: 300,
      bytes: '9223372036854775807',
      sent: 1754899200000001,
      ratio: 1,
      price: '1234.50',
      live: true,
    },
    ...{ at: '2025-08-11 08:00:00.123456', day: '2024-02-29', note: 'é"😀', ip: '192.0.2.7', iso: null },
    tags: [
      { name: 'x', 'w"e i': 7 },
      { name: 'y', 'w"e i': null },
    ],
    counts: { a: 1, 'b c': 2 },
    grid: [[1, 2.5], []],
    extra: [{ any: null }],
    n: 0,
    _issues: [],
  });
});

test('a broken value is NULL and named, and its neighbours stay', async () => {
  const [row] = await read(everyKind, ['{"id":"P1","seconds":1.5,"Device":"tv","tags":[{"name":7}],"ratio":0.5}']);
  assert.deepEqual([row?.['id'], row?.['seconds'], row?.['tags'], row?.['ratio']], ['P1', null, null, 0.5]);
  assert.deepEqual(row?.['_issues'], [
    { path: 'seconds', rule: 'not_whole', expected: 'int from 0 to 86400', got: '1.5' },
    { path: 'tags[0].name', rule: 'wrong_type', expected: 'string', got: '7' },
    { path: 'Device', rule: 'wrong_case', expected: 'the name device', got: '"tv"' },
  ]);
});

const hostile: Readonly<Record<string, readonly string[]>> = {
  device: ['"tv"', '"TV"', '7', 'null', '""'],
  seconds: [
    '0',
    '86400',
    '86401',
    '-1',
    '1.5',
    '3.0',
    '1e3',
    '"7"',
    'true',
    '1e999',
    '99999999999',
    '-0',
    '[1]',
    '0.1e1',
  ],
  bytes: ['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809', '1e19', '2e0'],
  sent: ['253402300799999999', '253402300800000000', '-62135596800000000', '-62135596800000001', '0', '1.5', '"0"'],
  ratio: ['1', '-1', '1.0001', '"0.5"', '1e-7', '-1e400', 'false', '{}', '99999999999999999999'],
  price: [
    '1.5',
    '"1.50"',
    '1.005',
    '"1.005"',
    '9999.99',
    '10000',
    '"-0.01"',
    '1e3',
    '"1e-3"',
    '"ten"',
    'true',
    '0.0',
    '"+7"',
  ].concat(['1e-2', '"00012.5"', '12345678901234567890', '""']),
  live: ['true', 'false', '1', '"true"', '0'],
  at: [
    '"2025-08-11T10:00:00Z"',
    '"2025-08-11 10:00:00.5-05:30"',
    '"2025-02-29T10:00:00Z"',
    '"2025-08-11T10:00Z"',
  ].concat(
    [
      '"0000-01-01T00:00:00Z"',
      '"infinity"',
      '"epoch"',
      '1754906400',
      '"2025-08-11T24:00:00Z"',
      '"2025-08-11T23:59:60Z"',
    ],
    ['"9999-12-31T23:59:59.999999999+14:59"', '"2025-08-11T10:00:00"', '"2025-08-11"', '"2100-02-29T00:00:00Z"'],
  ),
  day: ['"2024-02-29"', '"2025-02-29"', '"2025-8-1"', '"2025-08-11T10:00:00Z"', '20250811'],
  note: ['"abc"', '"a😀b"', '"abcd"', '"\\u0000"', '"\\\\u0000"', '"\\n"'],
  ip: ['"192.0.2.7"', '"256.0.0.1"', '"1.2.3"', '"1.2.3.4."', '"01.2.3.4"'],
  iso: ['"2025-08-11T10:00:00.123Z"', '"soon"'],
  tags: [
    '[]',
    '[{"name":"x"}]',
    '[{"name":null}]',
    '[null]',
    '{}',
    '[{"Name":"x"}]',
    '[{"name":"x","w\\"e i":1.5}]',
    '"x"',
  ],
  counts: ['{}', '{"a":9}', '{"a":10,"b":"x"}', '{"a":null}', '[]'],
  grid: ['[[1],[2,"x"]]', '[[]]', '[1]'],
  extra: ['1', '{"a":[1.50,"x"]}', 'null'],
  Seconds: ['7'],
  zebra: ['{"a":"b"}'],
};

test('DuckDB and the compiled validator find the same faults in any line', async () => {
  const validate = compileValidator(everyKind);
  const inJavaScript = (line: string): string[] =>
    validate(parseJson(line))
      .map(({ path, rule }) => `${path} ${rule}`)
      .sort();
  const singles = Object.entries(hostile).flatMap(([name, values]) =>
    values.map((value) => `{"id":"P1","${name}":${value}}`),
  );
  const member = fc
    .constantFrom(...Object.keys(hostile))
    .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(hostile[name] ?? []))));
  const id = fc.constantFrom('"id":"P1"', '"id":"x"', '"ID":"P1"', '"id":null', '"other":1');
  const mixed = fc
    .tuple(id, fc.uniqueArray(member, { selector: ([name]) => name, maxLength: 6 }))
    .map(([first, rest]) => `{${[first, ...rest.map(([name, value]) => `"${name}":${value}`)].join(', ')}}`);
  const lines = [...singles, ...fc.sample(mixed, { numRuns: 400, seed: 7 })];
  const found = await rulesInDuck(everyKind, lines);
  for (const [i, line] of lines.entries()) assert.deepEqual(found[i], inJavaScript(line), line);
});

test('unknown fields can be left out instead, but not those that differ only in case', async () => {
  const relation = `(SELECT '{"a":1,"zebra":2,"A":3}'::JSON AS _line)`;
  const record = defineRecord('r', { fields: { a: field.int() } });
  const { rows } = await session.all(
    `SELECT a, list_transform(_issues, lambda i: i.path)::VARCHAR FROM (${typedSelect(record, relation, { unknownFields: 'ignore' })})`,
  );
  assert.deepEqual(rows, [[1, '[A]']]);
});
