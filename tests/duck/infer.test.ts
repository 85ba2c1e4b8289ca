import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import { parseDuckType } from '../../src/duck/duck-type.ts';
import { inferRecord } from '../../src/duck/infer.ts';
import { copyObjectLines } from '../../src/duck/object-lines.ts';
import { field } from '../../src/record/field.ts';

let directory: string;
let duck: Duck;
let session: DuckSession;
let files = 0;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'infer-'));
  duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: join(directory, 'temporary') });
  session = await duck.connect();
});
after(async () => {
  await duck.close();
  await rm(directory, { recursive: true });
});

async function infer(records: readonly unknown[], known = {}) {
  const file = join(directory, `sample-${files++}.ndjson`);
  await writeFile(
    file,
    records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join(''),
  );
  const inferred = await inferRecord(session, file, known);
  return {
    ...inferred,
    fields: Object.fromEntries(inferred.fields.map(({ name, field: of }) => [name, of])),
    evidence: inferred.fields,
  };
}

test('types, what may be absent, small sets, ranges and forms are found', async () => {
  const records = Array.from({ length: 40 }, (_, n) => ({
    play_id: `P${n}`,
    device: n % 3 === 0 ? 'tv' : 'web',
    seconds: n * 7,
    balance: n - 5,
    bytes: 2 ** 40 + n,
    ratio: n / 7,
    live: n % 2 === 0,
    played_at: `2025-08-11T10:00:${String(n).padStart(2, '0')}.5Z`,
    day: '2025-08-11',
    ip: `192.0.2.${n}`,
    trace: `6f1c2a9e-1111-4222-8333-4444555566${String(n).padStart(2, '0')}`,
    ...(n % 4 === 0 ? {} : { note: `note ${n}` }),
    nothing: null,
  }));
  const { fields, key, eventTime, evidence } = await infer(records);
  assert.deepEqual(fields, {
    play_id: field.string(),
    device: field.string({ oneOf: ['web', 'tv'] }),
    seconds: field.int({ min: 0 }),
    balance: field.int(),
    bytes: field.bigint({ min: 0 }),
    ratio: field.double({ min: 0 }),
    live: field.boolean(),
    played_at: field.string({ format: 'iso-timestamp' }),
    day: field.date(),
    ip: field.string({ format: 'ipv4' }),
    trace: field.string({ format: 'uuid' }),
    note: field.optional(field.string()),
    nothing: field.optional(field.json()),
  });
  assert.equal(key, 'play_id');
  assert.deepEqual(eventTime, { field: 'played_at', of: 'timestamp' });
  const why = Object.fromEntries(evidence.map((one) => [one.name, one.evidence.join('; ')]));
  assert.equal(why['note'], 'absent or null in 10 of 40 records; 30 different values');
  assert.equal(why['seconds'], 'in all 40 records; from 0 to 273');
});

test('whom a record is about is never declared as a set, nor what was seen only now and then', async () => {
  const records = Array.from({ length: 100 }, (_, n) => ({
    email: `c${n % 4}@example.org`,
    owner: ['anna', 'bert'][n % 2],
    state: n === 7 ? 'lost' : 'paid',
    plan: ['basic', 'premium'][n % 2],
    number: 2 ** 53 + 2 * n,
  }));
  const { fields, evidence } = await infer(records);
  assert.deepEqual(fields, {
    email: field.string(),
    owner: field.string(),
    state: field.string(),
    plan: field.string({ oneOf: ['basic', 'premium'] }),
    number: field.bigint({ min: 0 }),
  });
  const why = Object.fromEntries(evidence.map((one) => [one.name, one.evidence.slice(1).join('; ')]));
  assert.equal(why['email'], '4 different values; no set of them is declared: they look like e-mail addresses');
  assert.equal(why['state'], '2 different values');
  assert.equal(why['number'], 'from about 9007199254740992 to 9007199254741190');
});

test('nested values keep their shape; what has several types is JSON', async () => {
  const { fields, key, eventTime } = await infer([
    {
      Id: 1,
      place: { city: 'Ulm', postCode: 89073 },
      odd: { 'post code': 1 },
      tags: ['a'],
      grid: [[1, 2.5]],
      mixed: 1,
      list: [],
    },
    { Id: 2, place: { city: null }, odd: {}, tags: [], grid: [], mixed: 'x', list: [] },
  ]);
  assert.deepEqual(fields, {
    Id: field.int({ min: 0 }),
    place: field.struct({ city: field.optional(field.string()), postCode: field.optional(field.bigint()) }),
    odd: field.json(),
    tags: field.list(field.optional(field.string())),
    grid: field.list(field.optional(field.list(field.optional(field.double())))),
    mixed: field.json(),
    list: field.list(field.optional(field.json())),
  });
  assert.equal(key, 'Id');
  assert.equal(eventTime, undefined);
});

test('a type that a single line breaks is taken back', async () => {
  const { fields } = await infer(
    [
      '{"n":1,"big":1,"at":"2025-08-11T10:00:00Z","day":"2025-08-11","deep":{"a":1},"price":1.5}',
      '{"n":1.5,"big":99999999999999999999,"at":"2025-08-11 10:00","day":"2025-8-1","deep":{"a":18446744073709551615},"price":2.25}',
    ],
    { price: field.decimal(9, 1) },
  );
  assert.deepEqual(
    [fields['n'], fields['at'], fields['day']],
    [field.double({ min: 0 }), field.string(), field.string()],
  );
  assert.equal(fields['big']?.type, 'double');
  assert.equal(fields['price']?.type, 'json');
});

const morning = Date.UTC(2025, 7, 11, 8);

test('whole numbers that count the time since 1970 are instants, by their names', async () => {
  const records = Array.from({ length: 30 }, (_, n) => ({
    ts: morning + n * 1000,
    startedAt: morning / 1000 + n,
    frame_time: (morning + n) * 1000,
    requestTimeMs: 3 + n,
    update_id: morning + n,
    expires: n % 2 === 0 ? morning / 1000 : null,
    mixed_time: n === 0 ? 17 : morning,
  }));
  const { fields, key, eventTime, evidence } = await infer(records);
  assert.deepEqual(fields, {
    ts: field.bigint({ epoch: 'milliseconds' }),
    startedAt: field.bigint({ epoch: 'seconds' }),
    frame_time: field.bigint({ epoch: 'microseconds' }),
    requestTimeMs: field.int({ min: 0 }),
    update_id: field.bigint({ min: 0 }),
    expires: field.optional(field.bigint({ epoch: 'seconds' })),
    mixed_time: field.bigint({ min: 0 }),
  });
  assert.equal(key, 'update_id');
  assert.deepEqual(eventTime, { field: 'frame_time', of: 'timestamp', epoch: 'microseconds' });
  assert.equal(
    evidence[0]?.evidence.join('; '),
    'in all 30 records; from 2025-08-11T08:00:00.000Z to 2025-08-11T08:00:29.000Z, as milliseconds since 1970',
  );
});

test('where nothing else says when, numbers of these years do, whatever their name', async () => {
  const records = Array.from({ length: 30 }, (_, n) => ({
    v: n % 2 === 0 ? 1 : -1,
    user_id: 1_700_000_000 + n,
    capacity: 1_500_000_000,
    x: morning / 1000 + n,
  }));
  const { fields, key, eventTime } = await infer(records);
  assert.deepEqual([fields['x'], fields['user_id']], [field.bigint({ epoch: 'seconds' }), field.int({ min: 0 })]);
  assert.deepEqual([key, eventTime], ['user_id', { field: 'x', of: 'timestamp', epoch: 'seconds' }]);
  const dated = await infer(records.map((record) => ({ ...record, day: '2025-08-11' })));
  assert.deepEqual([dated.fields['x'], dated.eventTime], [field.int({ min: 0 }), { field: 'day', of: 'date' }]);
});

test('a key is found though some records were sent twice', async () => {
  const records = Array.from({ length: 30 }, (_, n) => ({ at: '2025-08-11T10:00:00Z', playId: `p${n}`, n }));
  assert.equal((await infer([...records, ...records.slice(3, 6)])).key, 'playId');
  assert.equal((await infer([...records, { ...records[0], n: 99 }])).key, undefined);
});

test('names that differ only in case or that no column can have, and an empty sample, are refused', async () => {
  for (const [records, said] of [
    [[{ a: 1 }, { A: 2 }], '"A" and "a" differ only in case'],
    [[{ ID: 1, id: 'x1' }], '"ID" and "id" differ only in case'],
    [[{ a: 1 }, { '': 2 }], '"" cannot name a field: it is empty'],
    [[{ _n: 1, a: 2 }], '"_n" cannot name a field: it names a column of the engine itself'],
    [[], 'no record'],
  ] as const)
    await assert.rejects(
      infer(records),
      (error: unknown) => isPlayheadError(error, 'PH_RECORD_INVALID') && error.message.includes(said),
    );
  assert.deepEqual(Object.keys((await infer([{ _id: 1, _metadata: { _n: 1 } }])).fields), ['_id', '_metadata']);
});

test('objects are copied out of a file of lines, packed or not; other lines are counted', async () => {
  const text = '\ufeff{"a":1}\r\n\n{"a":\n[]\n{"a":1,"a":2}\n \t\n{"b":"é"}';
  for (const [name, bytes] of [
    ['lines.ndjson', Buffer.from(text)],
    ['lines.ndjson.gz', gzipSync(text)],
  ] as const) {
    const from = join(directory, name);
    await writeFile(from, bytes);
    const counts = await copyObjectLines(from, `${from}.copy`, testEffects());
    assert.deepEqual(counts, { objects: 2, others: 3, firstOther: 3 });
    assert.equal(await readFile(`${from}.copy`, 'utf8'), '{"a":1}\r\n{"b":"é"}\n');
  }
  await assert.rejects(copyObjectLines(join(directory, 'none'), join(directory, 'none.copy'), testEffects()), {
    code: 'PH_USAGE',
  });
});

test('the types that DuckDB prints are read back', async () => {
  const type = 'STRUCT("a ""b"" c" DECIMAL(18,3), m MAP(VARCHAR, TIMESTAMP WITH TIME ZONE[]))[]';
  const printed = await session.value(`SELECT typeof(NULL::${type})`);
  assert.deepEqual(parseDuckType(String(printed)), {
    kind: 'list',
    of: {
      kind: 'struct',
      fields: [
        { name: 'a "b" c', type: { kind: 'scalar', name: 'DECIMAL', arguments: ['18', '3'] } },
        {
          name: 'm',
          type: {
            kind: 'map',
            key: { kind: 'scalar', name: 'VARCHAR', arguments: [] },
            value: { kind: 'list', of: { kind: 'scalar', name: 'TIMESTAMP WITH TIME ZONE', arguments: [] } },
          },
        },
      ],
    },
  });
  assert.deepEqual(parseDuckType("ENUM('a,b', 'it''s')"), {
    kind: 'scalar',
    name: 'ENUM',
    arguments: ["'a,b'", "'it''s'"],
  });
  for (const text of ['', 'STRUCT(', 'varchar', 'INTEGER)'])
    assert.throws(() => parseDuckType(text), { code: 'PH_INTERNAL' });
});
