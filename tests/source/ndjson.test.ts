import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../src/base/errors.ts';
import type { RecordBatch } from '../../src/record/batch.ts';
import { bitAt } from '../../src/record/batch.ts';
import { type LineIssue, type ProduceSettings, produceNdjson } from '../../src/source/ndjson.ts';
import { instantMs } from '../../src/source/produced-line.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { plain } from '../stream/records.ts';

const topic = 't';
/** One for all calls: its random numbers name the sources that have no name. */
const effects = testEffects();

async function openLog(test: TestContext, maxRecordBytes = 1024 ** 2, partitions = 1): Promise<Stream> {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-produce-'));
  const log = await openEmbeddedStream(directory, effects, { maxRecordBytes });
  test.after(async () => {
    await log.close();
    await rm(directory, { recursive: true, force: true });
  });
  await log.ensureTopic({ topic, partitions, retentionMs: 1, cleanup: 'delete' });
  return log;
}

async function* chunked(input: string | Uint8Array, size = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, Math.min(bytes.length, at + size));
}

async function produce(
  log: Stream,
  input: string | Uint8Array | AsyncIterable<Uint8Array>,
  settings: Omit<ProduceSettings, 'topic'> = {},
) {
  const issues: LineIssue[] = [];
  const bytes = typeof input === 'string' || input instanceof Uint8Array ? chunked(input) : input;
  const report = await produceNdjson(bytes, log, { topic, ...settings }, (issue) => issues.push(issue), effects);
  const { lines, logged, resent, conflicting, blank, refused } = report;
  assert.equal(lines, logged + resent + conflicting + blank + refused, 'every line is accounted for');
  return { report, issues };
}

const batches = async (log: Stream): Promise<readonly RecordBatch[]> =>
  (await log.fetch(topic, 0, 0n, { maxBytes: 1e9 })).batches;
const values = async (log: Stream): Promise<string[]> => plain(await batches(log)).map(({ value }) => value);

it('takes lines with either end and an unfinished last one; blank lines are counted', async (test) => {
  const log = await openLog(test);
  const { report, issues } = await produce(log, '\ufeff{"a":1}\r\n\n{"a":2}\n  \t\r\n{"a":3}');
  assert.deepEqual([report.lines, report.logged, report.blank, issues], [5, 3, 2, []]);
  assert.deepEqual(await values(log), ['{"a":1}\n', '{"a":2}\n', '{"a":3}\n']);
  assert.ok((await batches(log)).every(({ checkedObjects, lineFramed }) => checkedObjects && lineFramed));
});

it('reports lines that are not one object, and logs them byte for byte, unchecked', async (test) => {
  const log = await openLog(test);
  const bad: readonly (readonly [string | Buffer, LineIssue['rule']])[] = [
    ['{"a":', 'not_json'],
    ['[1]', 'not_an_object'],
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":"\\ud800"}', 'lone_surrogate'],
    ['{"a":"\0"}', 'not_json'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
  ];
  const input = Buffer.concat(
    bad.flatMap(([line]) => [Buffer.from('{"ok":1}\n'), Buffer.from(line), Buffer.from('\n')]),
  );
  const { report, issues } = await produce(log, input);
  assert.deepEqual(
    issues.map(({ line, rule, refused }) => [line, rule, refused]),
    bad.map(([, rule], at) => [at * 2 + 2, rule, false]),
  );
  assert.deepEqual([report.logged, report.doubtful], [12, 6]);
  const [batch] = await batches(log);
  assert.deepEqual(Buffer.from(batch?.values ?? []), input);
  assert.equal(batch?.checkedObjects, false);
  assert.deepEqual(
    [...Array(12).keys()].filter((i) => bitAt(batch?.invalidUtf8, i)),
    [11],
  );
});

it('refuses a line over the limit by its number, whatever its size, and goes on', async (test) => {
  const log = await openLog(test, 100);
  const fits = `{"a":"${'x'.repeat(92)}"}`;
  assert.equal(fits.length, 100);
  const input = `${fits}\r\n{"a":"${'x'.repeat(93)}"}\n{"a":"${'y'.repeat(100_000)}"}\n{"b":1}\n`;
  for (const size of [1000, 7]) {
    const { report, issues } = await produce(log, chunked(input, size));
    assert.deepEqual([report.logged, report.refused], [2, 2]);
    assert.deepEqual(
      issues.map(({ line, rule, refused }) => [line, rule, refused]),
      [
        [2, 'too_large', true],
        [3, 'too_large', true],
      ],
    );
  }
  assert.deepEqual(await values(log), [`${fits}\n`, '{"b":1}\n', `${fits}\n`, '{"b":1}\n']);
});

it('gives records the same lines however the input is cut into chunks', async (test) => {
  const log = await openLog(test);
  const line = fc.constantFrom('{"a":1}', '', '{"b":"\u00e4\u20ac"}', 'broken', ' ');
  const end = fc.constantFrom('\n', '\r\n');
  const input = fc.array(fc.tuple(line, end), { maxLength: 20 });
  let before = 0;
  await fc.assert(
    fc.asyncProperty(input, fc.integer({ min: 1, max: 30 }), fc.boolean(), async (lines, size, unfinished) => {
      const text = lines.map((pair) => pair.join('')).join('') + (unfinished ? '{"last":1}' : '');
      const { report } = await produce(log, chunked(text, size));
      const expected = [...lines.map(([content]) => content), ...(unfinished ? ['{"last":1}'] : [])];
      assert.equal(report.lines, expected.length);
      const all = await values(log);
      assert.deepEqual(
        all.slice(before),
        expected.filter((one) => one.trim() !== '').map((one) => `${one}\n`),
      );
      before = all.length;
    }),
    { numRuns: 40 },
  );
});

it('numbers the lines of a named source, so that a second run adds only what is new', async (test) => {
  const log = await openLog(test, 100);
  const tooLong = `{"a":"${'x'.repeat(200)}"}`;
  await produce(log, `{"a":1}\n\n${tooLong}\n{"a":4}\n`, { source: 'file' });
  assert.equal(await log.lastSequence(topic, 'file'), 4n);
  const { report } = await produce(log, '{"a":1}\n\n{"a":3}\n{"a":4}\n{"a":5}\n', { source: 'file' });
  assert.deepEqual([report.logged, report.resent], [2, 2]);
  assert.deepEqual(
    (await values(log)).toSorted(),
    [1, 3, 4, 5].map((a) => `{"a":${a}}\n`),
  );
});

it('reports lines of a named source that the log has with other content, by their numbers', async (test) => {
  const log = await openLog(test, undefined, 3);
  const lines = Array.from({ length: 50 }, (_, n) => `{"id":"k${n}","n":${n}}`);
  await produce(log, `${lines.join('\n')}\n`, { source: 'file', keyField: 'id' });
  const before = await values(log);
  const changed = lines.map((line, n) => (n === 6 || n === 41 ? line.replace('}', ',"x":1}') : line));
  const { report, issues } = await produce(log, [...changed, '{"id":"new"}'].join('\r\n'), {
    source: 'file',
    keyField: 'id',
  });
  assert.deepEqual([report.logged, report.resent, report.conflicting], [1, 48, 2]);
  assert.deepEqual(
    issues.map(({ line, rule, refused }) => [line, rule, refused]).sort(([a], [b]) => Number(a) - Number(b)),
    [
      [7, 'key_conflict', true],
      [42, 'key_conflict', true],
    ],
  );
  assert.deepEqual(
    (await values(log)).filter((value) => !value.includes('new')),
    before,
  );
});

it('takes a line that was trimmed for the same: its content is not known any more', async (test) => {
  const log = await openLog(test);
  await produce(log, '{"a":1}\n', { source: 'file' });
  await log.trim(topic, [1n], effects.clock.now() + 1);
  const { report } = await produce(log, '{"a":2}\n{"a":3}\n', { source: 'file' });
  assert.deepEqual([report.logged, report.resent, report.conflicting], [1, 1, 0]);
});

it('takes each call without a name for a source of its own', async (test) => {
  const log = await openLog(test);
  await produce(log, '{"a":1}\n');
  await produce(log, '{"a":1}\n');
  assert.equal((await values(log)).length, 2);
});

it('takes arrival and key from the fields that are named', async (test) => {
  const log = await openLog(test);
  const input = [
    '{"at":"2025-08-11T10:00:00Z","id":"k"}',
    '{"at":"2025-08-11T10:00:00+02:00","id":7}',
    '{"at":1754906400000,"id":null}',
    '{"at":"soon"}',
  ].join('\n');
  const { issues } = await produce(log, input, { arrivalField: 'at', keyField: 'id' });
  const records = plain(await batches(log));
  const ten = Date.UTC(2025, 7, 11, 10);
  const now = effects.clock.now();
  assert.deepEqual(
    records.map(({ arrivalMs, key }) => [arrivalMs, key]),
    [
      [ten, 'k'],
      [ten - 7_200_000, '7'],
      [1_754_906_400_000, ''],
      [now, ''],
    ],
  );
  assert.deepEqual(
    issues.map(({ line, rule }) => [line, rule]),
    [[4, 'no_arrival_time']],
  );
});

it('reads a time without a zone as UTC, on whatever machine', () => {
  assert.equal(instantMs('2025-08-11T10:00:00'), Date.UTC(2025, 7, 11, 10));
  assert.equal(instantMs('2025-08-11 10:00:00.5'), Date.UTC(2025, 7, 11, 10, 0, 0, 500));
  assert.equal(instantMs('2025-08-11'), Date.UTC(2025, 7, 11));
  for (const value of ['2025-02-30T10:00:00Z', '10:00', '', null, {}]) assert.equal(instantMs(value), undefined);
});

it('reads a number by the unit that the field counts, milliseconds by default; none outside the years 1 to 9999', () => {
  const at = Date.UTC(2025, 7, 11, 10, 0, 0, 250);
  assert.deepEqual(
    [instantMs(at), instantMs(at, 'milliseconds'), instantMs(at * 1000 + 999, 'microseconds')],
    [at, at, at],
  );
  assert.equal(instantMs(at / 1000, 'seconds'), at);
  for (const count of [253_402_300_800_000, -62_135_596_800_001, Number.POSITIVE_INFINITY])
    assert.equal(instantMs(count), undefined);
});

it('says up to which line all is in the log when an append fails', async (test) => {
  const log = await openLog(test);
  let appends = 0;
  const failing: Stream = {
    ...log,
    append: (request) => {
      appends += 1;
      if (appends > 2) throw new PlayheadError('PH_STORAGE_FULL', 'the disk is full', { hint: 'make room' });
      return log.append(request);
    },
  };
  const input = async function* (): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 9; n += 1) yield Buffer.from(`{"n":${n * 2}}\n{"n":${n * 2 + 1}}\n`);
  };
  const stopped = produce(failing, input(), { source: 'file' });
  await assert.rejects(stopped, (error) => {
    assert.ok(isPlayheadError(error, 'PH_STORAGE_FULL'));
    assert.equal(error.details['acknowledgedThrough'], 4);
    assert.match(error.hint ?? '', /make room; then run the same again/);
    return true;
  });
  const { report } = await produce(log, input(), { source: 'file' });
  assert.deepEqual([report.resent, report.logged], [4, 14]);
});

it('stops when it is told to, with what it read in the log', async (test) => {
  const log = await openLog(test);
  const controller = new AbortController();
  const input = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"n":1}\n{"n":2}\n{"n":');
    controller.abort();
    yield Buffer.from('3}\n');
  };
  await assert.rejects(
    produce(log, input(), { signal: controller.signal }),
    (error) => isPlayheadError(error, 'PH_INTERRUPTED') && error.details['acknowledgedThrough'] === 2,
  );
  assert.deepEqual(await values(log), ['{"n":1}\n', '{"n":2}\n']);
});
