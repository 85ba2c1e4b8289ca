import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Duck, openDuck, sqlIdentifier, sqlString } from '../../src/duck/duck.ts';
import { typedSelect } from '../../src/duck/typed-select.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import type { RecordType } from '../../src/record/type.ts';
import { cleanFields } from '../../src/transform/clean-sql.ts';

const record = defineRecord('each', {
  fields: {
    free: field.string(),
    shaped: field.string({ pattern: '^[a-z]*[0-9]+$', maxLength: 6 }),
    chosen: field.string({ oneOf: ['7', 'true', 'tv'] }),
    instant: field.string({ format: 'iso-timestamp' }),
    day: field.string({ format: 'iso-date' }),
    address: field.string({ format: 'ipv4' }),
    whole: field.int({ min: -5, max: 1000 }),
    any: field.int(),
    long: field.bigint(),
    real: field.double({ max: 10 }),
    money: field.decimal(6, 2),
    flag: field.boolean(),
    time: field.timestamp(),
    date: field.date(),
    maybe: field.optional(field.int()),
  },
});

let folder: string;
let duck: Duck;
before(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'playhead-clean-'));
  duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
});
after(async () => {
  await duck.close();
  await fs.rm(folder, { recursive: true });
});

const values = fc.oneof(
  fc.constantFrom(
    ...[
      '"a1"',
      '"tv"',
      '"7"',
      '7',
      'true',
      '"true"',
      'null',
      '1.5',
      '1.0',
      '1e2',
      '1E2',
      '-0',
      '-5',
      '3000000000',
      '1e400',
    ],
    ...[
      '"2025-08-11T10:00:00Z"',
      '"2025-02-30T10:00:00Z"',
      '"2025-08-11"',
      '"192.0.2.1"',
      '"256.0.0.1"',
      '"9.99"',
      '12345.678',
    ],
    ...[
      '{}',
      '{"a":1}',
      '[]',
      '[1]',
      '""',
      '"é"',
      '"\\u0000"',
      '"a\\"b"',
      '"[1]"',
      '"{"',
      '"-"',
      '"NaN"',
      '"1e5"',
      '"null"',
    ],
    ...['9223372036854775807', '9223372036854775808', '"Infinity"', '0.1', '10.000001', '"zzzzzz1"', '"nan"'],
  ),
  fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
);
const names = Object.keys(record.fields);
const fitting: Readonly<Record<string, readonly string[]>> = {
  free: ['"Köln"', '"a b"', '"Z"'],
  shaped: ['"ab1"', '"z999"'],
  chosen: ['"tv"', '"true"'],
  instant: ['"2025-08-11T10:00:00Z"', '"2025-08-11T10:00:00.25+02:00"'],
  day: ['"2024-02-29"'],
  address: ['"192.0.2.77"'],
  whole: ['-5', '0', '1000'],
  any: ['2147483647', '-2147483648'],
  long: ['9007199254740993', '1e3'],
  real: ['9.75', '-1e-3'],
  money: ['9.99', '"1.5"'],
  flag: ['false'],
  time: ['"2025-08-11T10:00:00.123456Z"'],
  date: ['"2025-08-11"'],
  maybe: ['3'],
};
const lines = fc
  .tuple(
    ...names.map((name) =>
      fc.option(fc.oneof(values, fc.constantFrom(...(fitting[name] ?? []))), { nil: undefined, freq: 8 }),
    ),
  )
  .map((given) => `{${given.flatMap((value, i) => (value === undefined ? [] : `"${names[i]}":${value}`)).join(',')}}`);

/** One record type a field: a line is clean or not for each field apart. */
function only(name: string): RecordType {
  const of = Object.entries(record.fields).find(([key]) => key === name);
  return { ...record, fields: Object.fromEntries(of === undefined ? [] : [of]) };
}

test('what is clean at a glance has no fault, and the same value, by the strict reading', async () => {
  await using session = await duck.connect();
  const path = join(folder, 'lines.ndjson');
  let clean = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { minLength: 60, maxLength: 60 }), async (given) => {
      await fs.writeFile(path, `${given.join('\n')}\n`);
      for (const name of names) {
        const [glance] = cleanFields(only(name)) ?? [];
        if (glance === undefined) assert.fail(name);
        const column = sqlIdentifier(name);
        const strict = typedSelect(
          only(name),
          `(SELECT json AS _line, row_number() OVER () AS _n FROM read_json(${sqlString(path)},
          format = 'newline_delimited', columns = {json: 'JSON'}, records = false))`,
          { carry: ['_n'], unknownFields: 'ignore' },
        );
        const quick = `SELECT ${glance.value} AS ${column}, COALESCE(${glance.clean}, false) AS _clean, row_number() OVER () AS _n
          FROM read_json(${sqlString(path)}, format = 'newline_delimited', columns = {${column}: '${glance.readAs}'})`;
        const { rows } =
          await session.all(`SELECT _n, s.${column}, q.${column}, s._issues::VARCHAR FROM (${quick}) q JOIN (${strict}) s USING (_n)
          WHERE q._clean AND (len(s._issues) > 0 OR s.${column} IS DISTINCT FROM q.${column} OR typeof(s.${column}) <> typeof(q.${column}))`);
        assert.deepEqual(rows, [], name);
        clean += Number(await session.value(`SELECT count(*) FROM (${quick}) WHERE _clean`));
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
  assert.ok(clean > 3000, `only ${clean} values were clean: the test shows little`);
});

test('a record type with nested fields has no quick reading', () => {
  assert.equal(cleanFields(defineRecord('nested', { fields: { tags: field.list(field.string()) } })), undefined);
});
