import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Duck, type DuckSession, openDuck, sqlIdentifier, sqlString } from '../../src/duck/duck.ts';
import { duckColumns, duckType, glueColumns } from '../../src/record/columns.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { type IcebergSchema, icebergSchema } from '../../src/record/iceberg-schema.ts';
import { isIsoDate, isIsoTimestamp } from '../../src/record/iso-time.ts';
import { jsonSchema } from '../../src/record/json-schema.ts';
import { type ParquetNode, parquetSchema } from '../../src/record/parquet-schema.ts';
import { compileValidator } from '../../src/record/validator.ts';

let directory: string;
let duck: Duck;
let session: DuckSession;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'columns-'));
  duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory: directory });
  session = await duck.connect();
});
after(async () => {
  await duck.close();
  await rm(directory, { recursive: true });
});

const every = defineRecord('every', {
  fields: {
    Text: field.string({ description: 'what it says' }),
    small: field.int(),
    large: field.bigint(),
    ratio: field.double(),
    price: field.decimal(9, 2),
    wide: field.decimal(18, 0),
    widest: field.decimal(38, 10),
    live: field.boolean(),
    at: field.timestamp(),
    day: field.date(),
    extra: field.optional(field.json()),
    tags: field.list(field.optional(field.string())),
    'odd "name"': field.struct({ City: field.string(), codes: field.list(field.int()) }),
    counts: field.map(field.struct({ n: field.bigint() })),
  },
});

test('DuckDB makes a table of the columns, and has the types that were said', async () => {
  const columns = duckColumns(every).map(({ name, type }) => `${sqlIdentifier(name)} ${type}`);
  await session.run(`CREATE TABLE every (${columns.join(', ')})`);
  const { rows } = await session.all(`SELECT column_name, column_type FROM (DESCRIBE every)`);
  assert.deepEqual(
    rows.map(([name, type]) => [name, String(type).replaceAll(/"(City|codes|n)"/g, '$1')]),
    duckColumns(every).map(({ name, type }) => [name, type.replaceAll(/"(City|codes|n)"/g, '$1')]),
  );
});

test('the Parquet that DuckDB writes of them has the schema that was said', async () => {
  const file = join(directory, 'every.parquet');
  const columns = Object.entries(every.fields).map(([name, of]) => `NULL::${duckType(of)} AS ${sqlIdentifier(name)}`);
  await session.run(`COPY (SELECT ${columns.join(', ')}) TO ${sqlString(file)} (FORMAT parquet)`);
  const { rows } = await session.all(
    `SELECT name, repetition_type, CASE WHEN num_children IS NULL THEN type END, converted_type, precision, scale, num_children
     FROM parquet_schema(${sqlString(file)})`,
  );
  const flat = (node: ParquetNode): unknown[][] => [
    [node.name, node.repetition, node.type ?? null, node.converted ?? null, node.precision ?? null, node.scale ?? null],
    ...(node.children ?? []).flatMap(flat),
  ];
  const written = rows
    .slice(1)
    .map((row) => row.slice(0, 6).map((value) => (typeof value === 'bigint' ? Number(value) : value)));
  assert.deepEqual(written, parquetSchema(every).flatMap(flat));
});

test('Glue columns are of Hive types, their names in lower case, with the descriptions', () => {
  assert.deepEqual(
    glueColumns(every).map(
      ({ name, type, comment }) => `${name} ${type}${comment === undefined ? '' : ` '${comment}'`}`,
    ),
    [
      "text string 'what it says'",
      'small int',
      'large bigint',
      'ratio double',
      'price decimal(9,2)',
      'wide decimal(18,0)',
      'widest decimal(38,10)',
      'live boolean',
      'at timestamp',
      'day date',
      'extra string',
      'tags array<string>',
      'odd "name" struct<City:string,codes:array<int>>',
      'counts map<string,struct<n:bigint>>',
    ],
  );
});

const ids = (schema: IcebergSchema): string =>
  [...JSON.stringify(schema).matchAll(/"(?:element-|key-|value-)?id":(\d+)/g)].map(([, id]) => id).join(' ');

test('Iceberg fields have ids of their own, level by level', () => {
  const { schema, lastId } = icebergSchema(every);
  assert.equal(ids(schema), '1 2 3 4 5 6 7 8 9 10 11 12 15 13 16 17 18 14 19 20 21');
  assert.equal(lastId, 21);
  assert.deepEqual(schema.fields[0], { id: 1, name: 'Text', required: true, type: 'string', doc: 'what it says' });
  assert.deepEqual(schema.fields[11], {
    id: 12,
    name: 'tags',
    required: true,
    type: { type: 'list', 'element-id': 15, element: 'string', 'element-required': false },
  });
});

test('over versions a field keeps its id, and no id is used twice', () => {
  const first = icebergSchema(
    defineRecord('r', { fields: { a: field.int(), b: field.struct({ x: field.int() }), c: field.int() } }),
  );
  assert.equal(ids(first.schema), '1 2 4 3');
  const without = defineRecord('r', {
    fields: { b: field.struct({ y: field.int(), x: field.bigint() }), a: field.int() },
  });
  const second = icebergSchema(without, first);
  assert.equal(ids(second.schema), '2 5 4 1');
  const third = icebergSchema(defineRecord('r', { fields: { c: field.int(), a: field.int() } }), second);
  assert.equal(ids(third.schema), '6 1');
  assert.deepEqual([third.schema['schema-id'], third.lastId], [2, 6]);
});

test('the JSON Schema says what the validator says, of values that JSON Schema can tell apart', () => {
  const record = defineRecord('r', {
    fields: {
      s: field.string({ maxLength: 2 }),
      o: field.optional(field.string({ oneOf: ['a', 'b'] })),
      i: field.optional(field.int({ min: 0 })),
      d: field.optional(field.decimal(4, 2)),
      t: field.optional(field.timestamp()),
      y: field.optional(field.date()),
      l: field.optional(field.list(field.struct({ x: field.double({ max: 1 }) }))),
      m: field.optional(field.map(field.boolean())),
      j: field.optional(field.json()),
    },
  });
  const ajv = new Ajv2020({ strict: false });
  ajv.addFormat('date-time', isIsoTimestamp);
  ajv.addFormat('date', isIsoDate);
  const [schema, validate] = [ajv.compile(jsonSchema(record)), compileValidator(record)];
  const values: Readonly<Record<string, readonly unknown[]>> = {
    s: ['', 'ab', '😀😀', 'abc', 7, null],
    o: ['a', 'c', null, 1],
    i: [0, 1.5, -1, 2 ** 31, '1', null, true],
    d: ['12.34', '123.4', '1.234', 'x', 12.5, 100, true, null],
    t: ['2025-08-11T10:00:00Z', '2025-02-30T10:00:00Z', 5],
    y: ['2024-02-29', '2025-02-29', '20250811'],
    l: [[], [{ x: 1 }], [{ x: 2 }], [{}], [null], {}, [{ x: 1, y: 1 }]],
    m: [{}, { a: true }, { a: 1 }, []],
    j: [1, 'x', { a: [null] }],
    other: [1],
  };
  for (const [name, some] of Object.entries(values))
    for (const value of some) {
      const data = { s: 'ok', [name]: value };
      assert.equal(schema(data), validate(data).length === 0, JSON.stringify(data));
    }
});
