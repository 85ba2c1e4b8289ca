import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../../src/base/errors.ts';
import type { ObjectSide } from '../../../src/check/reconcile/data-objects.ts';
import type { Sample } from '../../../src/check/reconcile/findings.ts';
import { agrees, reconcile } from '../../../src/check/reconcile/reconcile.ts';
import type { ReconcileSettings, Reconciliation } from '../../../src/check/reconcile/settings.ts';
import { type Duck, openDuck } from '../../../src/duck/duck.ts';
import { openReadOnlyFileStore } from '../../../src/lake/file-read-only.ts';
import type { ObjectStore } from '../../../src/lake/object-store.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { openEmbeddedStream } from '../../../src/stream/embedded/open.ts';
import type { Stream } from '../../../src/stream/stream.ts';
import { copied, type Faults, known, trade, write, writeJsonLake } from './copier.ts';

const count = 60;
const faithful: Faults = { lost: [], doubled: [], altered: {}, invented: [] };

describe('reconcile', () => {
  const effects = testEffects();
  let folder: string;
  let duck: Duck;
  let cases = 0;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-reconcile-'));
    duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: join(folder, 'duck') });
    write(join(folder, 'sent.ndjson'), Array.from({ length: count }, (_, n) => JSON.stringify(trade(n))).join('\n'));
  });
  after(async () => {
    await duck.close();
    rmSync(folder, { recursive: true });
  });

  const lakeFolder = (): string => {
    cases += 1;
    return join(folder, `lake-${cases}`);
  };
  const side = async (path: string, prefix = ''): Promise<ObjectSide> => ({
    store: await openReadOnlyFileStore(path, effects),
    prefix,
  });
  const compare = async (
    lake: ObjectSide,
    changes: Partial<ReconcileSettings> = {},
    sent = 'sent.ndjson',
    using = effects,
  ) => {
    const settings: ReconcileSettings = {
      key: ['id'],
      time: { field: 'at', unit: 'milliseconds' },
      times: new Map([['at', 'milliseconds']]),
      ignored: new Set(),
      samples: 5,
      signal: new AbortController().signal,
      ...changes,
    };
    const stream = { kind: 'objects' as const, objects: [await side(folder, sent)] };
    const scratch = join(folder, 'scratch');
    return reconcile({ stream, lake }, settings, { duck: async () => duck, scratch }, using);
  };

  for (const packing of ['none', 'gzip', 'zstd', 'snappy', 'zip'] as const) {
    it(`names what a copier lost, doubled, altered and invented, in JSON packed by ${packing}`, async () => {
      const path = lakeFolder();
      await writeJsonLake(path, copied(count, known), packing);
      const before = filesOf(path);
      const found = await compare(await side(path, 'trades/'));
      assertKnownFaults(found);
      assert.deepEqual(filesOf(path), before, 'nothing is written into the lake');
    });
  }

  it('says nothing of a faithful copy, whatever its spelling, order and folders', async () => {
    const path = lakeFolder();
    const spelled = copied(count, faithful)
      .toReversed()
      .map(
        ({ id, at, price, venue }) =>
          `{"venue": {"name":${JSON.stringify(venue.name)}}, "price": ${price.toExponential()}, "at":"${at.replace('T', ' ').replace('.000Z', '+00:00')}", "note":null, "id":"${id}"}`,
      );
    write(join(path, 'flat.json'), spelled.join(''));
    const found = await compare(await side(path));
    assert.deepEqual(found.samples, []);
    assert.ok(agrees(found));
    assert.equal(found.counts.whole, count);
  });

  it('compares Parquet by its types, and CSV by what its text spells', async () => {
    for (const format of ['parquet', 'csv'] as const) {
      const path = lakeFolder();
      const rows = copied(count, known).map(({ venue, ...rest }) => ({ ...rest, venue_name: venue.name }));
      write(join(path, 'rows.ndjson'), rows.map((row) => JSON.stringify(row)).join('\n'));
      await using session = await duck.connect();
      const from = `read_json('${join(path, 'rows.ndjson')}', columns = {id: 'VARCHAR', "at": 'TIMESTAMP', price: 'DECIMAL(9,3)', venue_name: 'VARCHAR'})`;
      await session.run(`COPY (SELECT * FROM ${from}) TO '${join(path, `rows.${format}`)}' (FORMAT ${format})`);
      rmSync(join(path, 'rows.ndjson'));
      const flat = Array.from({ length: count }, (_, n) => trade(n)).map(({ venue, ...rest }) => ({
        ...rest,
        venue_name: venue.name,
      }));
      writeFileSync(join(folder, 'flat.ndjson'), flat.map((row) => JSON.stringify(row)).join('\n'));
      // Parquet's columns say by themselves that they are times.
      const times = format === 'parquet' ? new Map() : new Map([['at', 'milliseconds' as const]]);
      const found = await compare(await side(path), { times }, 'flat.ndjson');
      assert.deepEqual(
        [found.counts.missing, found.counts.doubled, found.counts.altered, found.counts.extra],
        [3, 2, 2, 1],
        format,
      );
      assert.deepEqual(found.alteredFields.map(({ field }) => field).sort(), ['price', 'venue_name']);
    }
  });

  it('does not look at fields that are to be ignored', async () => {
    const path = lakeFolder();
    await writeJsonLake(path, copied(count, { ...faithful, altered: known.altered }), 'none');
    const found = await compare(await side(path, 'trades/'), { ignored: new Set(['price', 'venue.name']) });
    assert.ok(agrees(found));
  });

  it('counts only the time that is asked for, on both sides', async () => {
    const path = lakeFolder();
    await writeJsonLake(path, copied(count, known), 'gzip');
    const found = await compare(await side(path, 'trades/'), {
      fromMs: Date.UTC(2025, 7, 11, 1),
      toMs: Date.UTC(2025, 7, 11, 2),
    });
    const { stream, missing, doubled, altered, extra } = found.counts;
    assert.deepEqual(
      { stream, missing, doubled, altered, extra },
      { stream: 30, missing: 2, doubled: 1, altered: 1, extra: 1 },
    );
  });

  it('tells keys beyond 2^53 apart, and a key that several records share record by record', async () => {
    const path = lakeFolder();
    const sent = [
      '{"id":9007199254740993,"n":1}',
      '{"id":9007199254740992,"n":1}',
      '{"id":5,"n":1}',
      '{"id":5,"n":2}',
      '{"id":5,"n":2}',
    ];
    writeFileSync(join(folder, 'keys.ndjson'), sent.join('\n'));
    write(join(path, 'a.json'), ['{"id":9007199254740993,"n":1}', '{"id":5,"n":2}'].join('\n'));
    const found = await compare(await side(path), {}, 'keys.ndjson');
    assert.deepEqual(found.samples.map(({ kind, key, stream }) => [kind, key, stream?.at]).sort(), [
      ['missing', '5', '3'],
      ['missing', '9007199254740992', '2'],
    ]);
    assert.equal(found.counts.deduplicated, 1);
  });

  it('refuses a key that tells no record from another, on either side', async () => {
    const path = lakeFolder();
    const lines = (count: number): string => Array.from({ length: count }, (_, n) => `{"id":5,"n":${n}}`).join('\n');
    write(join(path, 'a.json'), lines(1002));
    for (const sent of [1001, 1]) {
      writeFileSync(join(folder, 'one-key.ndjson'), lines(sent));
      await assert.rejects(compare(await side(path), {}, 'one-key.ndjson'), (error) => {
        assert.ok(isPlayheadError(error, 'PH_USAGE'));
        assert.match(error.message, /1,000 records and more with id 5 differ/);
        return true;
      });
    }
  });

  it('compares what has no key by its bytes', async () => {
    const path = lakeFolder();
    writeFileSync(join(folder, 'broken.ndjson'), ['{"id":"a"}', 'no record', '{"x":1}', 'another'].join('\n'));
    write(join(path, 'a.json'), ['{"id":"a"}', 'no record'].join('\n'));
    const found = await compare(await side(path), {}, 'broken.ndjson');
    assert.deepEqual([found.counts.whole, found.counts.missing], [2, 2]);
    assert.deepEqual(found.withoutKey, { stream: 3, lake: 1 });
  });

  it('takes a topic, and gives positions of its records', async () => {
    const path = lakeFolder();
    await writeJsonLake(path, copied(count, { ...faithful, lost: [7] }), 'gzip');
    const stream = await openEmbeddedStream(join(folder, 'log'), effects);
    await stream.ensureTopic({ topic: 'trades', partitions: 2, retentionMs: 1e9, cleanup: 'delete' });
    const lines = [Buffer.from(Array.from({ length: count }, (_, n) => `${JSON.stringify(trade(n))}\n`).join(''))];
    const input = async function* (): AsyncGenerator<Uint8Array> {
      yield* lines;
    };
    await produceNdjson(input(), stream, { topic: 'trades', keyField: 'id' }, () => assert.fail('an issue'), effects);
    const settings: ReconcileSettings = {
      key: ['id'],
      times: new Map(),
      ignored: new Set(),
      samples: 5,
      signal: new AbortController().signal,
    };
    const ports = { duck: async () => duck, scratch: join(folder, 'scratch') };
    const lake = await side(path, 'trades/');
    const found = await reconcile(
      { stream: { kind: 'topic', stream, topic: 'trades' }, lake },
      settings,
      ports,
      effects,
    );
    const trimmed: Stream = {
      ...stream,
      describe: async (topic) => {
        const whole = await stream.describe(topic);
        return whole && { ...whole, state: whole.state.map((of) => ({ ...of, start: of.start + 3n })) };
      },
    };
    const later = { stream: { kind: 'topic' as const, stream: trimmed, topic: 'trades' }, lake };
    const rest = await reconcile(later, settings, ports, effects);
    const erasing: Stream = {
      ...stream,
      fetch: async (...words) => {
        const { batches, next } = await stream.fetch(...words);
        const erased = batches.map((batch) => (batch.partition === 0 ? { ...batch, erased: Uint8Array.of(1) } : batch));
        return { batches: erased, next };
      },
    };
    const without = await reconcile(
      { stream: { kind: 'topic', stream: erasing, topic: 'trades' }, lake },
      settings,
      ports,
      effects,
    );
    await stream.close();
    assert.equal(rest.trimmed, 6, 'what the topic held once, and the lake still holds, is told apart');
    assert.deepEqual([rest.counts.stream, rest.counts.missing, rest.counts.extra], [count - 6, 1, 6]);
    assert.deepEqual([without.erased, without.counts.stream, without.counts.extra], [1, count - 1, 1]);
    assert.deepEqual([found.counts.whole, found.counts.missing], [count - 1, 1]);
    assert.match(found.samples[0]?.stream?.container ?? '', /^trades\/[01]$/);
    assert.equal(found.byHour[0]?.hourMs, effects.clock.now(), 'by hour of arrival, where no field says the time');
  });

  it('parts what memory cannot take by more of the hash, and finds the same', async () => {
    const path = lakeFolder();
    await writeJsonLake(path, copied(count, known), 'gzip');
    assertKnownFaults(await compare(await side(path, 'trades/'), { bucketBytes: 400 }));
    assert.ok(!readdirSync(folder).includes('scratch'));
  });

  it('finds of any copy what a plain comparison finds', async () => {
    const sentRecord = fc.record({ id: fc.integer({ min: 0, max: 6 }), v: fc.integer({ min: 0, max: 2 }) });
    const lines = (records: readonly object[]): string =>
      records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const records = fc.array(sentRecord, { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(records, records, async (sent, held) => {
        const path = lakeFolder();
        writeFileSync(join(folder, 'any.ndjson'), lines(sent));
        write(join(path, 'a.json'), lines(held));
        const { counts } = await compare(await side(path), {}, 'any.ndjson');
        const { stream, lake, whole, missing, doubled, altered, extra, deduplicated, reworked } = counts;
        assert.deepEqual([stream, lake], [sent.length, held.length]);
        assert.equal(stream, whole + altered - reworked + missing + deduplicated);
        assert.equal(lake, whole + altered + doubled + extra);
        const ids = new Set(sent.map(({ id }) => id));
        assert.equal(extra, held.filter(({ id }) => !ids.has(id)).length);
        const same = (a: { id: number; v: number }, b: { id: number; v: number }): boolean =>
          a.id === b.id && a.v === b.v;
        const wholeOnes = sent.filter((one, i) => {
          const earlier = sent.slice(0, i).filter((other) => same(one, other)).length;
          return held.filter((other) => same(one, other)).length > earlier;
        });
        assert.equal(whole, wholeOnes.length);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses an empty side, and a key that no record has', async () => {
    const path = lakeFolder();
    await writeJsonLake(path, [trade(1)], 'none');
    await assert.rejects(compare(await side(path, 'trade/')), (error) => {
      assert.ok(isPlayheadError(error, 'PH_NOTHING_READ'));
      return error.hint === 'Did you mean "trades/"?';
    });
    await assert.rejects(compare(await side(path), { key: ['di'] }), (error) => {
      assert.ok(isPlayheadError(error, 'PH_USAGE'));
      return error.hint === 'Did you mean "id"?';
    });
    write(join(path, 'pretty.json'), JSON.stringify([trade(1)], undefined, 2));
    await assert.rejects(compare(await side(path, 'pretty')), (error) => {
      assert.ok(isPlayheadError(error, 'PH_USAGE'));
      return error.message.includes('lake') && error.hint?.startsWith('No line of it is a JSON object') === true;
    });
  });

  it('throws what a store throws in the middle of a packed object', async () => {
    const path = lakeFolder();
    await writeJsonLake(path, [trade(1)], 'gzip');
    const { store } = await side(path);
    const damaged: ObjectStore = {
      ...store,
      get: async (key) => {
        const { info, body } = await store.get(key);
        const cut = async function* (): AsyncGenerator<Uint8Array> {
          for await (const part of body) yield part.subarray(0, 20);
          throw new PlayheadError('PH_OBJECT_CORRUPT', 'the disk damaged it');
        };
        return { info, body: cut() };
      },
    };
    await assert.rejects(compare({ store: damaged, prefix: 'trades/' }), /the disk damaged it/);
  });

  it('says that the disk is full where the parts do not fit, and leaves nothing behind', async () => {
    const path = lakeFolder();
    await writeJsonLake(path, [trade(1)], 'none');
    const refusal = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const open: typeof effects.fs.open = async (...words) => {
      const handle = await effects.fs.open(...words);
      return Object.assign(handle, { write: () => Promise.reject(refusal) });
    };
    const full = testEffects({ fs: { ...effects.fs, open } });
    await assert.rejects(compare(await side(path), {}, 'sent.ndjson', full), (error) =>
      isPlayheadError(error, 'PH_STORAGE_FULL'),
    );
    assert.ok(!readdirSync(folder).includes('scratch'));
  });

  it('names the object that cannot be unpacked, and leaves nothing behind', async () => {
    const path = lakeFolder();
    write(join(path, 'cut.json.gz'), Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]));
    await assert.rejects(compare(await side(path)), (error) => {
      return isPlayheadError(error, 'PH_OBJECT_CORRUPT') && error.message.includes('cut.json.gz');
    });
    assert.ok(!readdirSync(folder).includes('scratch'));
  });
});

function assertKnownFaults(found: Reconciliation): void {
  const { stream, lake, whole, missing, doubled, altered, extra } = found.counts;
  assert.deepEqual(
    { stream, lake, whole, missing, doubled, altered, extra },
    { stream: 60, lake: 60, whole: 55, missing: 3, doubled: 2, altered: 2, extra: 1 },
  );
  const keys = (kind: Sample['kind']): string[] =>
    found.samples
      .filter((sample) => sample.kind === kind)
      .map(({ key }) => key)
      .sort();
  assert.deepEqual(keys('missing'), ['t40', 't41', 't7']);
  assert.deepEqual(keys('doubled'), ['t12', 't31']);
  assert.deepEqual(keys('extra'), ['ghost']);
  assert.deepEqual(
    found.samples
      .flatMap(({ key, fields = [] }) => fields.map(({ field, stream: sent, lake: held }) => [key, field, sent, held]))
      .sort(),
    [
      ['t20', 'price', 20.5, 20.25],
      ['t55', 'venue.name', 'v1', 'v9'],
    ],
  );
  const lost = found.samples.find(({ key }) => key === 't7');
  assert.deepEqual(lost?.stream, { container: 'sent.ndjson', at: '8' });
  const twice = found.samples.find(({ key }) => key === 't12');
  assert.deepEqual(
    twice?.lake?.map(({ container, at }) => `${container.split('/').slice(-2)[0]}:${at}`),
    ['hour=00:12', 'hour=00:13'],
  );
  assert.deepEqual(
    found.byHour.map(({ hourMs, counts }) => [
      new Date(hourMs ?? 0).getUTCHours(),
      counts.missing,
      counts.doubled,
      counts.altered,
      counts.extra,
    ]),
    [
      [0, 1, 1, 1, 0],
      [1, 2, 1, 1, 1],
    ],
  );
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(
      (entry) =>
        `${entry.parentPath}/${entry.name} ${readFileSync(join(entry.parentPath, entry.name)).toString('hex')}`,
    );
}
