import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { testEffects } from '../../src/base/effects.ts';
import { type ConvertSettings, convertToParquet } from '../../src/duck/convert.ts';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import { openSpool, type Spool } from '../../src/duck/spool.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import type { RecordType } from '../../src/record/type.ts';

let directory: string;
let duck: Duck;
let session: DuckSession;
let spool: Spool;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'convert-'));
  duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: join(directory, 'temporary') });
  session = await duck.connect();
  spool = await openSpool(join(directory, 'spool'), 64 * 1024 ** 2, testEffects());
});
after(async () => {
  await duck.close();
  await rm(directory, { recursive: true });
});

const play = defineRecord('play', {
  fields: {
    id: field.string(),
    seconds: field.int({ min: 0 }),
    ratio: field.double(),
    price: field.optional(field.decimal(6, 2)),
    at: field.optional(field.timestamp()),
    live: field.optional(field.boolean()),
    extra: field.optional(field.json()),
  },
});
const good = (n: number): string => `{"id":"P${n}","seconds":${n},"ratio":${n / 4}}`;
const manyGood = (count: number): string[] => Array.from({ length: count }, (_, n) => good(n));

async function convert(record: RecordType, lines: readonly string[], settings: Partial<ConvertSettings> = {}) {
  const parts = lines.map((line) => Buffer.from(`${line}\n`));
  await using converted = await convertToParquet(
    session,
    spool,
    record,
    { parts, count: lines.length },
    { compression: 'snappy', ...settings },
  );
  const bytes = await readFile(converted.path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const rows = (await parquetReadObjects({
    file,
    compressors: { ZSTD: (packed) => zstdDecompressSync(packed) },
  })) as Record<string, unknown>[];
  assert.equal(rows.length, converted.rows);
  const rejected = converted.rejected.map(
    ({ ordinal, issues }) => `${ordinal} ${issues.map(({ path, rule }) => `${path} ${rule}`).join(', ')}`,
  );
  return { rows, rejected, clean: converted.clean };
}

test('clean lines become rows in their order, in one pass', async () => {
  const lines = [
    ...manyGood(5000),
    '{"ratio":1e-3,"id":"é\\n\\"x\\" 😀","seconds":0,"price":"1.50","at":"2025-08-11T10:00:00+02:00","live":false,"extra":[1]}',
  ];
  const { rows, rejected, clean } = await convert(play, lines);
  assert.equal(clean, true);
  assert.deepEqual(rejected, []);
  assert.deepEqual(
    rows.map((row) => row['seconds']).slice(0, 5000),
    Array.from({ length: 5000 }, (_, n) => n),
  );
  assert.deepEqual(rows[5000], {
    ...{ id: 'é\n"x" 😀', seconds: 0, ratio: 0.001, price: 1.5, live: false, extra: [1] },
    at: new Date('2025-08-11T08:00:00Z'),
  });
});

for (const [what, line, issue] of [
  ['a fraction where a whole number belongs', '{"id":"x","seconds":1.5,"ratio":1}', 'seconds not_whole'],
  ['a name that differs only in case', '{"id":"x","Seconds":1,"seconds":1,"ratio":1}', 'Seconds wrong_case'],
  ['a name that differs only in case, alone', '{"ID":"x","seconds":1,"ratio":1}', 'id missing, ID wrong_case'],
  ['an unknown field', '{"id":"x","seconds":1,"ratio":1,"colour":"red"}', 'colour unknown_field'],
  ['a number as text', '{"id":"x","seconds":"1","ratio":1}', 'seconds wrong_type'],
  ['a boolean as a number', '{"id":"x","seconds":true,"ratio":1}', 'seconds wrong_type'],
  ['an object as text', '{"id":{"x":[1]},"seconds":1,"ratio":1}', 'id wrong_type'],
  [
    'a list in every field',
    '{"id":[1],"seconds":[1],"ratio":[1],"price":[1],"at":[1],"live":[1],"extra":[1]}',
    'id wrong_type, seconds wrong_type, ratio wrong_type, price wrong_type, at wrong_type, live wrong_type',
  ],
  ['a number as a string', '{"id":7,"seconds":1,"ratio":1}', 'id wrong_type'],
  ['a word as a string', '{"id":true,"seconds":1,"ratio":1}', 'id wrong_type'],
  ['a list as a string', '{"id":["x"],"seconds":1,"ratio":1}', 'id wrong_type'],
  ['a number that does not fit', '{"id":"x","seconds":2147483648,"ratio":1}', 'seconds out_of_range'],
  ['a number outside its range', '{"id":"x","seconds":-1,"ratio":1}', 'seconds out_of_range'],
  ['a double that is none', '{"id":"x","seconds":1,"ratio":1e999}', 'ratio out_of_range'],
  ['a decimal that would be rounded', '{"id":"x","seconds":1,"ratio":1,"price":1.005}', 'price too_precise'],
  ['a day that does not exist', '{"id":"x","seconds":1,"ratio":1,"at":"2025-02-29T00:00:00Z"}', 'at format'],
  ['a NUL character', '{"id":"x\\u0000","seconds":1,"ratio":1}', 'id nul'],
  ['a missing field', '{"id":"x","ratio":1}', 'seconds missing'],
  ['a missing text', '{"seconds":1,"ratio":1}', 'id missing'],
  ['a null', '{"id":null,"seconds":1,"ratio":1}', 'id missing'],
  ['an empty object', '{}', 'id missing, seconds missing, ratio missing'],
] as const) {
  test(`${what} is kept out and named by its line; its neighbours arrive`, async () => {
    // Among few lines, where all are read one by one, and among many, where it alone is.
    for (const before of [1, 9]) {
      const { rows, rejected, clean } = await convert(play, [...manyGood(before), line, good(before)]);
      assert.equal(clean, false);
      assert.deepEqual(rejected, [`${before} ${issue}`]);
      assert.deepEqual(
        rows.map((row) => row['seconds']),
        Array.from({ length: before + 1 }, (_, n) => n),
      );
    }
  });
}

test('a text under a name that differs in its last letter alone is not taken for the one that is declared', async () => {
  const named = defineRecord('named', { fields: { title: field.string() } });
  const { rows, rejected } = await convert(named, [...new Array(9).fill('{"title":"x"}'), '{"titlf":"x"}']);
  assert.deepEqual([rows.length, rejected], [9, ['9 title missing, titlf unknown_field']]);
});

test('lines that are bad, oddly spelled, and outside their range arrive or are named in their order among many', async () => {
  const lines = manyGood(40);
  lines[3] = '{"id":7,"seconds":3,"ratio":1}';
  lines[4] = '{"id":true,"seconds":4,"ratio":1}';
  const bad = ['3 id wrong_type', '4 id wrong_type'];
  const badAlone = await convert(play, lines);
  assert.deepEqual(badAlone.rejected, bad);
  assert.deepEqual(
    badAlone.rows.map((row) => row['seconds']),
    [0, 1, 2, ...Array.from({ length: 35 }, (_, n) => n + 5)],
  );
  lines[20] = '{"id":"odd","seconds":20.0,"ratio":1}';
  const withOdd = await convert(play, lines);
  assert.deepEqual([withOdd.rejected, withOdd.rows[18]?.['id'], withOdd.rows.length], [bad, 'odd', 38]);
  lines[20] = '{"id":"odd","seconds":-20,"ratio":1}';
  assert.deepEqual((await convert(play, lines)).rejected, [...bad, '20 seconds out_of_range']);
});

test('good lines of unusual spelling are good: the strict pass gives up, the checked one takes them', async () => {
  const { rows, rejected, clean } = await convert(play, [
    '{"id":"a\\\\u0000","seconds":3.0,"ratio":1E2,"price":"+1.5"}',
  ]);
  assert.deepEqual([rejected, clean], [[], false]);
  assert.deepEqual([rows[0]?.['id'], rows[0]?.['seconds'], rows[0]?.['price']], ['a\\u0000', 3, 1.5]);
});

test('strings that could have been written without quotes are strings', async () => {
  const ids = ['7', '-1.5e3', 'true', 'null', '{}', '[1]', '', ' 7', '0x10', 'inf', 'é', '1_000'];
  const lines = ids.map((id) => `{"id":${JSON.stringify(id)},"seconds":1,"ratio":1}`);
  const { rows, rejected } = await convert(play, lines);
  assert.deepEqual(rejected, []);
  assert.deepEqual(
    rows.map((row) => row['id']),
    ids,
  );
});

/** Spellings of values: right, wrong and odd ones, for any field. */
const spellings = [
  'null',
  'true',
  'false',
  '{}',
  '[]',
  '{"x":[1,"]",{"y":null}]}',
  '""',
  '"7"',
  '"true"',
  '"é\\n\\\\"',
].concat(
  ['"\\u0041"', '"2025-08-11T10:00:00+02:00"', '"2025-02-30T00:00:00Z"', '"2025-08-11"', '"1.50"'],
  ['0', '-0', '7', '-7', '1.0', '1.5', '1e2', '1E400', '2147483647', '2147483648', '9223372036854775807'],
  ['9223372036854775808', '-9223372036854775808', '12345678901234567890123', '0.1234567890123456789', '1.005'],
);
const anySpelling = fc.oneof(
  fc.constantFrom(...spellings),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => JSON.stringify(number)),
);
const every = defineRecord('every', {
  fields: {
    text: field.optional(field.string()),
    int: field.optional(field.int()),
    big: field.optional(field.bigint({ max: 9_000_000_000_000_000 })),
    sent: field.optional(field.bigint({ epoch: 'microseconds' })),
    number: field.optional(field.double()),
    price: field.optional(field.decimal(6, 2)),
    live: field.optional(field.boolean()),
    at: field.optional(field.timestamp()),
    day: field.optional(field.date()),
    extra: field.optional(field.json()),
    kind: field.string({ oneOf: ['a', 'b'] }),
  },
});

test('the fast pass makes of any line what the checked one makes of it', async () => {
  const names = [...Object.keys(every.fields), 'KIND', 'other'];
  // So many that the line is taken out of them where it is not plain, and not all are read one by one.
  const plain = new Array<string>(8).fill('{"kind":"b","int":1}');
  const aLine = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), anySpelling), { selector: ([name]) => name, maxLength: 3 })
    .map((members) => {
      const kind = members.some(([name]) => name === 'kind') ? [] : [['kind', '"a"'] as const];
      return `{${[...members, ...kind].map(([name, value]) => `"${name}":${value}`).join(',')}}`;
    });
  await fc.assert(
    fc.asyncProperty(aLine, async (line) => {
      const fast = await convert(every, [line, ...plain]);
      // A space before a line is a spelling that only the checked pass takes.
      const checked = await convert(
        every,
        [line, ...plain].map((each) => ` ${each}`),
      );
      assert.deepEqual([fast.rows, fast.rejected, checked.clean], [checked.rows, checked.rejected, false], line);
    }),
    { numRuns: 60 },
  );
});

test('plain lines in another order, spaced or with escapes, take the fast pass', async () => {
  const { rows, clean } = await convert(play, [
    '{"ratio": 0.25, "live": true, "seconds": 7, "id": "a\\"\\\\"}\r',
    '{"id":"b","seconds":-0,"ratio":-1e-3,"price":null,"extra":{"a":["}",{"b":"]"}]}}',
  ]);
  assert.equal(clean, true);
  assert.deepEqual(
    rows.map(({ id, seconds, ratio, live }) => [id, seconds, ratio, live]),
    [
      ['a"\\', 7, 0.25, true],
      ['b', 0, -0.001, null],
    ],
  );
});

test('nested records, records of JSON alone, and no lines at all', async () => {
  const nested = defineRecord('n', { fields: { a: field.list(field.struct({ b: field.int() })) } });
  const { rows, rejected } = await convert(nested, ['{"a":[{"b":1},{"b":2}]}', '{"a":[{"b":1,"c":2}]}'], {
    compression: 'zstd',
  });
  assert.deepEqual(rows, [{ a: [{ b: 1 }, { b: 2 }] }]);
  assert.deepEqual(rejected, ['1 a[0].c unknown_field']);
  const loose = defineRecord('l', { fields: { 'odd "name" é': field.json() } });
  assert.deepEqual(
    (await convert(loose, ['{"odd \\"name\\" é":{"x":[1]}}', '{"odd \\"name\\" é":[1]}'])).rows.length,
    2,
  );
  assert.deepEqual(await convert(play, []), { rows: [], rejected: [], clean: true });
});

test('lines that are more or fewer than was said are refused, and nothing is left in the spool', async () => {
  const parts = [Buffer.from(`${good(1)}\n\n${good(2)}\n`)];
  await assert.rejects(convertToParquet(session, spool, play, { parts, count: 3 }, { compression: 'snappy' }), {
    code: 'PH_CONVERSION_FAILED',
  });
  assert.deepEqual(await readdir(spool.directory), []);
});

test('a spool is private, wiped at the start, and bounded', async () => {
  const own = join(directory, 'own');
  await openSpool(own, 10, testEffects());
  await writeFile(join(own, 'left-behind.ndjson'), 'x');
  const opened = await openSpool(own, 10, testEffects());
  assert.deepEqual(await readdir(own), []);
  assert.equal((await stat(own)).mode & 0o777, 0o700);
  const file = await opened.write([Buffer.from('123456'), Buffer.from('78')], '.ndjson');
  assert.equal(await readFile(file.path, 'utf8'), '12345678');
  assert.equal((await stat(file.path)).mode & 0o777, 0o600);
  const next = opened.reserve(5, '.parquet');
  assert.equal(opened.waits, 1);
  await file[Symbol.asyncDispose]();
  await (await next)[Symbol.asyncDispose]();
  assert.deepEqual(await readdir(own), []);
});

test('a spool writes on where the system takes less than it was given', async () => {
  const effects = testEffects();
  const fs: typeof effects.fs = {
    ...effects.fs,
    open: async (...args) => {
      const handle = await effects.fs.open(...args);
      const writev = async (parts: readonly Uint8Array[]) => handle.write(Buffer.concat(parts).subarray(0, 4));
      return Object.assign(handle, { writev });
    },
  };
  const opened = await openSpool(join(directory, 'slow'), 100, { ...effects, fs });
  await using file = await opened.write(
    ['ab', 'cdef', '', 'ghijk'].map((text) => Buffer.from(text)),
    '.ndjson',
  );
  assert.equal(await readFile(file.path, 'utf8'), 'abcdefghijk');
});

test('a full disk is said, and leaves no half file', async () => {
  const effects = testEffects();
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const fs: typeof effects.fs = {
    ...effects.fs,
    open: async (...args) => Object.assign(await effects.fs.open(...args), { writev: () => Promise.reject(full) }),
  };
  const opened = await openSpool(join(directory, 'full'), 100, { ...effects, fs });
  await assert.rejects(opened.write([Buffer.from('x')], '.ndjson'), { code: 'PH_STORAGE_FULL' });
  assert.deepEqual(await readdir(opened.directory), []);
});
