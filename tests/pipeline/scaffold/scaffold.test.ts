import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { sqlString } from '../../../src/duck/duck.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import { loadConfig } from '../../../src/pipeline/config/config.ts';
import { openEngine } from '../../../src/pipeline/engine/bind.ts';
import { resolveProfile } from '../../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../../src/pipeline/engine/queries.ts';
import { engineRunner } from '../../../src/pipeline/run/handlers.ts';
import type { Scaffolded } from '../../../src/pipeline/scaffold/scaffold-project.ts';
import type { QueryResult } from '../../../src/query/settings.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { range, scaffolding } from './scaffolding.ts';

const effects = systemEffects();
const { at, scaffold, sampleFile, duck } = scaffolding();

/** Does what the `next` commands say, and returns what the last of them would print, with the rest of the curated rows. */
async function runProject({ directory, pipeline, next }: Scaffolded & { directory: string }) {
  const file = /--file '?(.*?)'?$/.exec(next[0] ?? '')?.[1] ?? '';
  assert.deepEqual(next.slice(1), ['playhead deliver --drain', 'playhead run curate', 'playhead query --saved count']);
  const { pipelines, profiles } = await loadConfig(directory);
  const engine = openEngine(
    { pipelines, profile: resolveProfile('embedded', profiles), home: join(directory, '.playhead') },
    effects,
  );
  try {
    await applyDefinitions(engine);
    const bytes = await readFile(resolve(directory, file));
    const input = (async function* () {
      yield bytes;
    })();
    const produced = await produceNdjson(
      input,
      await engine.stream(),
      { topic: pipeline, source: 'sample' },
      () => {},
      effects,
    );
    const run = await engineRunner(engine);
    const { signal } = new AbortController();
    const of = <K extends 'delivery' | 'job'>(kind: K, name: string) => ({
      address: `${pipeline}.${name}`,
      kind,
      trigger: 'test',
      arguments: { live: false },
    });
    const delivered = await run(of('delivery', 'firehose'), signal);
    const curated = await run(of('job', 'curate'), signal);
    const queries = await queriesOf(engine);
    const answers = new Map<string, Record<string, unknown>[]>();
    for (const [name, { sql, database }] of Object.entries(pipelines[0]?.queries ?? {})) {
      answers.set(name, await rowsOf(await queries.run(sql, { ...(database === undefined ? {} : { database }) })));
    }
    const rows = await rowsOf(await queries.run('SELECT * FROM curated', { database: pipeline }));
    await queries.close();
    return { produced, delivered, curated, answers, rows };
  } finally {
    await engine.close();
  }
}

async function rowsOf({ columns, pages }: QueryResult): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const page of pages)
    rows.push(...page.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))));
  return rows;
}

test('a flat CSV file with odd headers becomes a project that runs', async () => {
  const lines = Array.from({ length: 60 }, (_, n) => {
    const amount = n % 7 === 3 ? '' : (n * 1.25).toFixed(2);
    const when = `2025-08-11 1${n % 6}:00:0${n % 10}`;
    return `"A-${n},x",${amount},2025-08-0${1 + (n % 9)},${['new', 'paid', 'sent'][n % 3]},${n + 0.5},q${n},${n},0${1000 + n},${when},${n % 2 === 0}`;
  });
  const header = 'Order ID,Amount ($),1st Date,order,Größe (cm),,Amount ($),Zip,year,価格';
  const made = await scaffold(await sampleFile('2024 Orders-Größe (final).csv', [header, ...lines, ''].join('\n')));
  assert.equal(made.pipeline, 'data_2024_orders_groesse_final');
  assert.equal(made.next[0], 'playhead produce records --source sample --file sample.ndjson');
  const { curated, answers, rows } = await runProject(made);
  assert.deepEqual([curated.read, curated.written, curated.quarantined, curated.deduplicated], [60, 60, 0, 0]);
  assert.equal(answers.get('count')?.[0]?.['records'], 60n);
  assert.deepEqual(
    answers
      .get('by-group')
      ?.map((row) => [row['order_value'], row['records']])
      .sort(),
    [
      ['new', 20n],
      ['paid', 20n],
      ['sent', 20n],
    ],
  );
  const first = rows.find((row) => row['order_id'] === 'A-3,x');
  assert.deepEqual(
    ['amount', 'c_1st_date', 'groesse_cm', 'amount_1', 'zip', 'year_value', 'column_10', 'event_time'].map(
      (name) => first?.[name],
    ),
    [null, '2025-08-04', 3.5, 3, '01003', '2025-08-11T13:00:03.000000Z', false, '2025-08-11 13:00:03.000'],
  );
});

test('nested lines, some of them broken and some sent twice, become a project that runs', async () => {
  const event = (n: number): string =>
    JSON.stringify({
      eventId: `e${n}`,
      at: `2025-08-11T1${n % 10}:00:00.000Z`,
      user: { name: `it's "${n}"`, tags: n % 2 === 0 ? [] : ['a', 'b'] },
      items: [{ sku: 'x', qty: n }],
      'odd key': { 'x y': n },
      year: 2025,
      mixed: n % 2 === 0 ? 'x' : 1,
      order: 'é',
      ...(n % 5 === 0 ? { note: 'hi' } : {}),
    });
  const lines = [...Array.from({ length: 80 }, (_, n) => event(n)), event(7), event(8), 'not json', '{"eventId":"e1"'];
  const from = await sampleFile('nested.events.ndjson', lines.join('\r\n'));
  const made = await scaffold(from);
  assert.deepEqual([made.pipeline, made.files.includes('sample.ndjson')], ['nested_events', false]);
  assert.match(made.next[0] ?? '', new RegExp(`--file ${relative(made.directory, from)}$`));
  assert.deepEqual(made.notes, [
    'lines that are no JSON object: 2, the first is line 83; delivered to the error prefix',
  ]);
  const { delivered, curated, answers, rows } = await runProject(made);
  assert.deepEqual([delivered.delivered, delivered.errored], [82, 2]);
  assert.deepEqual([curated.read, curated.written, curated.quarantined, curated.deduplicated], [82, 80, 0, 2]);
  assert.equal(answers.get('count')?.[0]?.['records'], 80n);
  const row = rows.find((one) => one['eventid'] === 'e7' || one['eventId'] === 'e7');
  assert.deepEqual(row?.['user'], { name: `it's "7"`, tags: ['a', 'b'] });
  assert.deepEqual(
    [row?.['year'], row?.['order'], row?.['note'], row?.['mixed'], row?.['odd key']],
    [2025, 'é', null, '1', '{"x y":7}'],
  );
});

test('a Parquet file with decimals and timestamps becomes a project that runs', async () => {
  const path = at('class.parquet');
  await using session = await duck().connect();
  await session.run(`COPY (SELECT 'k' || range AS "key", range::UBIGINT AS "group", (range * 1.005)::DECIMAL(18,3) AS price,
    (range * 1.1)::DECIMAL(9,2) AS small, TIMESTAMP '2025-08-11 10:00:00.123456' + INTERVAL (range) MINUTE AS created,
    TIMESTAMPTZ '2025-08-11 10:00:00+02' AS zoned, CASE WHEN range = 3 THEN 'nan'::DOUBLE ELSE range / 4 END AS ratio,
    {'a': range, 'd': DATE '2025-01-01'} AS inner, MAP {'m' || (range % 2): range} AS tags, '\\xAA'::BLOB AS raw, TIME '10:00:00' AS "at", [1.5, 2] AS list
    FROM range(50)) TO ${sqlString(path)}`);
  const made = await scaffold(path);
  assert.equal(made.pipeline, 'class');
  assert(made.notes.includes('rows with NaN or infinity, which JSON has not, and which are null there: 1'));
  const { curated, answers, rows } = await runProject(made);
  assert.deepEqual([curated.read, curated.written, curated.quarantined], [50, 50, 0]);
  assert.deepEqual(answers.get('count'), [
    { records: 50n, first_at: '2025-08-11 10:00:00.123', last_at: '2025-08-11 10:49:00.123' },
  ]);
  assert.match(await readFile(join(made.directory, '.gitignore'), 'utf8'), /^sample\.ndjson$/m);
  const text = await readFile(join(made.directory, 'pipelines/class/record.ts'), 'utf8');
  assert.match(text, /tags: field\.map\(field\.optional\(field\.bigint\(\)\)\)/, 'other keys may come');
  const row = rows.find((one) => one['key'] === 'k7');
  assert.deepEqual(
    ['group_value', 'price', 'small', 'created', 'zoned', 'ratio', 'raw', 'at', 'event_time'].map((name) =>
      String(row?.[name]),
    ),
    [
      '7',
      '7.035',
      '7.70',
      '2025-08-11T10:07:00.123456Z',
      '2025-08-11T08:00:00.000000Z',
      '1.75',
      'qg==',
      '10:00:00',
      '2025-08-11 10:07:00.123',
    ],
  );
});

test('a CDN log with an epoch time only is curated by the hour in which it happened', async () => {
  const start = Date.UTC(2025, 7, 11, 8, 30, 0, 250);
  const lines = Array.from({ length: 60 }, (_, n) =>
    [start + n * 60_000, ['FRA1', 'IAD2'][n % 2], [200, 206, 404][n % 3], n * 1000, `/live/${n}.ts`].join(','),
  );
  const made = await scaffold(
    await sampleFile('cdn.log.csv', ['timestamp,edge,status,bytes,uri', ...lines].join('\n')),
  );
  assert.deepEqual(made.notes.slice(1), [
    'columns have new names: "timestamp" → timestamp_value',
    'no field looks like a key: duplicates are kept',
    'the event time is timestamp_value, read as milliseconds since 1970',
  ]);
  const { curated, answers, rows } = await runProject(made);
  assert.deepEqual([curated.read, curated.written, curated.quarantined], [60, 60, 0]);
  assert.deepEqual(answers.get('count'), [
    { records: 60n, first_at: '2025-08-11 08:30:00.250', last_at: '2025-08-11 09:29:00.250' },
  ]);
  const hours = rows.map((row) => [row['event_time']?.toString().slice(11, 13), row['hour']].map(Number));
  assert.deepEqual([...new Set(hours.map(String))].sort(), ['8,8', '9,9']);
});

test('seconds and microseconds since 1970 are typed as exactly as the file has them', async () => {
  const start = Date.UTC(2025, 7, 11, 8);
  for (const [name, of] of [
    ['seconds', (n: number) => start / 1000 + n],
    ['microseconds', (n: number) => start * 1000 + n * 1_000_000],
  ] as const) {
    const lines = Array.from({ length: 40 }, (_, n) => `${JSON.stringify({ id: `e${n}`, x: of(n) })}\n`);
    const { curated, answers } = await runProject(await scaffold(await sampleFile(`${name}.ndjson`, lines.join(''))));
    assert.deepEqual([curated.written, curated.quarantined], [40, 0]);
    assert.deepEqual(answers.get('count'), [
      { records: 40n, first_at: '2025-08-11 08:00:00.000', last_at: '2025-08-11 08:00:39.000' },
    ]);
  }
});

test('without a sample, an example is written, with a duplicate that curation drops', async () => {
  const made = await scaffold();
  assert.deepEqual([made.pipeline, made.notes], ['plays', []]);
  const { produced, curated } = await runProject(made);
  assert.deepEqual([produced.logged, curated.written, curated.deduplicated], [49, 48, 1]);
});

test('the record type of a project carries the evidence for each of its checks', async () => {
  const { directory } = await scaffold();
  const text = await readFile(join(directory, 'pipelines/plays/record.ts'), 'utf8');
  assert.match(text, /\/\/ in all 49 records; 3 values\n {4}device: field\.string\(\{ oneOf: \[/);
  assert.match(text, /\/\/ in all 49 records; from 0 to 5[0-9]+\n {4}seconds_watched: field\.int\(\{ min: 0 \}\)/);
});

for (const [what, lines, columns, named] of [
  ['short and long', ['a,b,c', '1,2,3', '4,5', '6,7,8,9'], ['a', 'b', 'c'], '2, at 3, 4'],
  [
    'one amid many that are whole',
    ['a;b', ...range(60, (i) => `${i};x`), '7', ...range(9, (i) => `${i};y`)],
    ['a', 'b'],
    '1, at 62',
  ],
] as const) {
  test(`lines of a CSV file that do not fit its columns are named and left out: ${what}`, async () => {
    const made = await scaffold(await sampleFile('ragged.csv', `${lines.join('\n')}\n`));
    assert.match(
      made.notes.join('\n'),
      new RegExp(`do not fit its columns, left out of sample.ndjson: ${named}$`, 'm'),
    );
    const kept = (await readFile(join(made.directory, 'sample.ndjson'), 'utf8')).trim().split('\n');
    assert.equal(kept.length, lines.length - 1 - Number(named.split(',')[0]));
    for (const line of kept) assert.deepEqual(Object.keys(JSON.parse(line)), columns);
  });
}

test('texts that look like numbers or times in another notation are named; queries are numbered without a gap', async () => {
  const lines = range(
    30,
    (i) => `${i}\t${i},5\t1,${100 + i}.50\t0${1 + (i % 9)}/04/2024 10:00\tx,${i}\t2024-08-11T10:00:0${i % 10}Z`,
  );
  const made = await scaffold(
    await sampleFile('european.tsv', ['id\theight\tprice\tmet\tother\tseen', ...lines, ''].join('\n')),
  );
  const named = made.notes.filter((note) => note.includes('stays text')).map((note) => note.replace(/, but .*/, ''));
  assert.deepEqual(named, [
    'height stays text: its values look like numbers',
    'price stays text: its values look like numbers',
    'met stays text: its values look like days or times',
  ]);
  const queries = made.files.filter((file) => file.endsWith('.sql') && file.includes('/queries/'));
  assert.deepEqual(
    queries.map((file) => file.replace(/.*\//, '')),
    ['01-count.sql', '02-by-day.sql'],
  );
});

test('the objects of a JSON list are its records, laid out or not, and its day is what queries go by', async () => {
  const objects = range(
    9,
    (i) => `{"id": "k${i}",\n "day": "2024-08-0${i + 1}", "text": "a, \\"b\\"\\n", "none": null, "inner": {"n": null}}`,
  );
  for (const text of [`[${objects.join(',')}]`, ` \n[\n7,\n${objects.join('\n,\n')}\n]\n`]) {
    const made = await scaffold(await sampleFile('list.json', text));
    const kept = (await readFile(join(made.directory, 'sample.ndjson'), 'utf8')).trim().split('\n');
    assert.deepEqual(
      kept.map((line) => JSON.parse(line)),
      JSON.parse(`[${objects.join(',')}]`),
    );
    assert.equal(
      made.notes.some((note) => /no object, left out of sample.ndjson: 1$/.test(note)),
      text.includes('7,'),
    );
    const { answers } = await runProject(made);
    assert.equal(answers.get('by-day')?.length, 9);
  }
});

test('what stands before the header of a CSV file is named', async () => {
  const made = await scaffold(await sampleFile('titled.csv', 'Report\n\na,b,c\n1,2,3\n4,5,6\n'));
  assert.match(made.notes.join('\n'), /before the header of titled.csv is left out: lines 1 to [12]$/m);
});
