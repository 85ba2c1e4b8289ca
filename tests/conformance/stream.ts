// Long because a port has one suite, whole, that every backend is held to.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { bitAt, type ProducedBatch, type RecordBatch } from '../../src/record/batch.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import { partitionOfKey } from '../../src/stream/partitioner.ts';
import type { Stream, TopicSpec } from '../../src/stream/stream.ts';
import { numbered, plain } from '../stream/records.ts';

/** What a backend gives to be held to the port. */
export interface StreamFixture {
  /** The shared log, opened once more: as another process would. The suite closes what it opens. */
  open(): Promise<Stream>;
  /** Removes everything. */
  remove(): Promise<void>;
  /** Behaviours that the backend can't have, each with its reason. */
  readonly skips?: Partial<Record<Capability, string>>;
}

/** Parts of the port that not every log can promise. */
type Capability = 'trim on request' | 'sequences kept past trimming';

/** Every promise of the `Stream` port, over one backend. */
export function streamConformance(backend: string, fixture: () => Promise<StreamFixture>): void {
  describe(`${backend} as a Stream`, async () => {
    const made = await fixture();
    const log = await made.open();
    after(async () => {
      await log.close();
      await made.remove();
    });
    const suite: Suite = { log, made, topic: topicNames() };
    topics(suite);
    appending(suite);
    resending(suite);
    fetching(suite);
    waiting(suite);
    trimming(suite);
    erasing(suite);
  });
}

interface Suite {
  readonly log: Stream;
  readonly made: StreamFixture;
  /** Makes a topic of its own for a test. */
  topic(log: Stream, partitions?: number): Promise<string>;
}

function topicNames(): Suite['topic'] {
  let next = 0;
  return async (log, partitions = 1) => {
    next += 1;
    await log.ensureTopic(spec(`topic-${next}`, partitions));
    return `topic-${next}`;
  };
}

function spec(topic: string, partitions = 1): TopicSpec {
  return { topic, partitions, retentionMs: 3_600_000, cleanup: 'delete' };
}

/** Everything in a partition from its start. */
async function readAll(log: Stream, topic: string, partition: number): Promise<RecordBatch[]> {
  const state = (await log.describe(topic))?.state[partition];
  assert.ok(state);
  const batches: RecordBatch[] = [];
  for (let from = state.start; from < state.end; ) {
    const fetched = await log.fetch(topic, partition, from, { maxBytes: 64 * 1024 });
    assert.ok(fetched.next > from, 'a fetch below the end leads further');
    batches.push(...fetched.batches);
    from = fetched.next;
  }
  return batches;
}

const values = async (log: Stream, topic: string, partition: number): Promise<string[]> =>
  plain(await readAll(log, topic, partition)).map(({ value }) => value.trimEnd());

function topics({ log, topic }: Suite): void {
  it('has no topic before it is made, and says so', async () => {
    assert.equal(await log.describe('nowhere'), undefined);
    const request = { topic: 'nowhere', source: 's', firstSequence: 0n, batch: numbered(0, 1) };
    await assert.rejects(log.append(request), (error) => isPlayheadError(error, 'PH_TOPIC_UNKNOWN'));
    await assert.rejects(log.lastSequence('nowhere', 's'), (error) => isPlayheadError(error, 'PH_TOPIC_UNKNOWN'));
  });
  it('makes a topic once: the same again changes nothing, another shape is refused', async () => {
    const name = await topic(log, 3);
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 9) });
    const again = await log.ensureTopic(spec(name, 3));
    assert.equal(again.state.length, 3);
    let held = 0;
    for (const { partition, start, end, count } of again.state) {
      const records = await log.countRecords(name, partition, start, end);
      assert.ok(log.capabilities.densePositions ? records === count : records <= count);
      held += records;
    }
    assert.equal(held, 9);
    await assert.rejects(log.ensureTopic(spec(name, 4)), (error) => isPlayheadError(error, 'PH_TOPIC_INCOMPATIBLE'));
    const compacted = { ...spec(name, 3), cleanup: 'compact' as const };
    await assert.rejects(log.ensureTopic(compacted), (error) => isPlayheadError(error, 'PH_TOPIC_INCOMPATIBLE'));
  });
  it('refuses a name that leads out of the log', async () => {
    for (const name of ['..', 'a/b', '', 'x'.repeat(250)])
      await assert.rejects(log.ensureTopic(spec(name)), (error) => isPlayheadError(error, 'PH_CONFIG_INVALID'));
  });
}

function appending({ log, made, topic }: Suite): void {
  it('gives back every byte, key, arrival time, null, header and flag', async () => {
    const name = await topic(log);
    const batch = oddBatch();
    const result = await log.append({ topic: name, source: 's', firstSequence: 7n, batch });
    assert.deepEqual([result.logged, result.resent, [...result.positions]], [3, 0, [0n, 1n, 2n]]);
    const [fetched] = (await log.fetch(name, 0, 0n, { maxBytes: 1 })).batches;
    assert.ok(fetched);
    assert.deepEqual(Buffer.from(fetched.values), Buffer.from(batch.values));
    assert.deepEqual([...fetched.valueEnds], [...batch.valueEnds]);
    assert.deepEqual([...(fetched.keyEnds ?? [])], [...(batch.keyEnds ?? [])]);
    assert.deepEqual([...fetched.arrivalMs], [...batch.arrivalMs]);
    assert.deepEqual(
      [0, 1, 2].map((i) => bitAt(fetched.nulls, i)),
      [false, true, false],
    );
    assert.deepEqual(
      fetched.headers?.map((list) => list.map(({ name: header, value }) => [header, Buffer.from(value).toString()])),
      [
        [['trace', 'a']],
        [],
        [
          ['trace', 'b'],
          ['trace', 'c'],
        ],
      ],
    );
    assert.deepEqual([fetched.lineFramed, fetched.checkedObjects], [false, false]);
  });
  it('sends a key where Kafka sends it, in order', async () => {
    const name = await topic(log, 5);
    const batch = numbered(0, 200, (n) => `key-${n % 17}`);
    const { partitions, positions } = await log.append({ topic: name, source: 's', firstSequence: 0n, batch });
    for (let n = 0; n < 200; n += 1) {
      const key = Buffer.from(`key-${n % 17}`);
      assert.equal(partitions[n], partitionOfKey(key, 0, key.length, 5));
    }
    for (let partition = 0; partition < 5; partition += 1) {
      const records = plain(await readAll(log, name, partition));
      const expected = [...Array(200).keys()].filter((n) => partitions[n] === partition);
      assert.deepEqual(
        records.map(({ value, position, key }) => [value, position, key]),
        expected.map((n) => [`{"n":${n}}\n`, positions[n], `key-${n % 17}`]),
      );
    }
  });
  it('deals records without a key to the partitions in turn', async () => {
    const name = await topic(log, 3);
    const { partitions } = await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 7) });
    assert.deepEqual([...partitions], [0, 1, 2, 0, 1, 2, 0]);
  });
  it('takes many appends at once, and keeps each source in order', async () => {
    const name = await topic(log, 2);
    const appends = [...Array(60).keys()].map((i) => {
      const [source, turn] = [i % 3, Math.floor(i / 3)];
      const batch = numbered(turn * 5, turn * 5 + 5, () => `s${source}`);
      return log.append({ topic: name, source: `s${source}`, firstSequence: BigInt(turn * 5), batch });
    });
    const results = await Promise.all(appends);
    assert.equal(
      results.reduce((sum, { logged }) => sum + logged, 0),
      300,
    );
    const records = [...plain(await readAll(log, name, 0)), ...plain(await readAll(log, name, 1))];
    for (const source of ['s0', 's1', 's2']) {
      const own = records.filter(({ key }) => key === source).map(({ value }) => value.trimEnd());
      assert.deepEqual(
        own,
        [...Array(100).keys()].map((n) => `{"n":${n}}`),
      );
    }
  });
  it('refuses a record over the limit before anything of the append is taken', async () => {
    const name = await topic(log);
    const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed: false });
    builder.add(Buffer.from('small'), 0);
    builder.add(Buffer.alloc(log.capabilities.maxRecordBytes + 1, 97), 0);
    const append = log.append({ topic: name, source: 's', firstSequence: 4n, batch: builder.take() });
    await assert.rejects(
      append,
      (error) => isPlayheadError(error, 'PH_RECORD_TOO_LARGE') && error.details['sequence'] === '5',
    );
    assert.equal((await log.describe(name))?.state[0]?.end, 0n);
    builder.add(Buffer.alloc(log.capabilities.maxRecordBytes, 97), 0);
    await log.append({ topic: name, source: 's', firstSequence: 4n, batch: builder.take() });
    assert.equal((await values(log, name, 0)).length, 1);
  });
  it('flags records that are not UTF-8, also where a character is cut in two by a record boundary', async () => {
    const name = await topic(log);
    const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed: false });
    for (const value of [
      Buffer.from('ä'),
      Buffer.from([0xc3]),
      Buffer.from([0xa4]),
      Buffer.from('é'),
      Buffer.from([0xff]),
    ])
      builder.add(value, 0);
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: builder.take() });
    const [fetched] = await readAll(log, name, 0);
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((i) => bitAt(fetched?.invalidUtf8, i)),
      [false, true, true, false, true],
    );
    const clean = await topic(log);
    await log.append({ topic: clean, source: 's', firstSequence: 0n, batch: numbered(0, 3) });
    assert.equal((await readAll(log, clean, 0))[0]?.invalidUtf8, undefined);
  });
  it('shows one writer what another wrote, and both the same order', async () => {
    const name = await topic(log);
    const other = await made.open();
    await log.append({ topic: name, source: 'a', firstSequence: 0n, batch: numbered(0, 3) });
    await other.append({ topic: name, source: 'b', firstSequence: 0n, batch: numbered(10, 13) });
    await log.append({ topic: name, source: 'a', firstSequence: 3n, batch: numbered(3, 5) });
    const seen = await values(log, name, 0);
    assert.deepEqual(
      seen,
      [0, 1, 2, 10, 11, 12, 3, 4].map((n) => `{"n":${n}}`),
    );
    assert.deepEqual(await values(other, name, 0), seen);
    await other.close();
  });
  it('takes an empty append for what it is', async () => {
    const name = await topic(log);
    const result = await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 0) });
    assert.deepEqual([result.logged, result.resent, result.positions.length], [0, 0, 0]);
    assert.equal(await log.lastSequence(name, 's'), undefined);
  });
}

/** Binary values, an empty one, a tombstone, an empty key, arrival between milliseconds, repeated headers. */
function oddBatch(): ProducedBatch {
  return {
    count: 3,
    values: Buffer.from([0, 255, 10, 13, 1]),
    valueEnds: Uint32Array.of(4, 4, 5),
    nulls: Uint8Array.of(0b010),
    keys: Buffer.from('ab'),
    keyEnds: Uint32Array.of(1, 1, 2),
    headers: [
      [{ name: 'trace', value: Buffer.from('a') }],
      [],
      [
        { name: 'trace', value: Buffer.from('b') },
        { name: 'trace', value: Buffer.from('c') },
      ],
    ],
    arrivalMs: Float64Array.of(1.5, -3, 9e15),
    lineFramed: false,
    checkedObjects: false,
  };
}

function resending({ log, made, topic }: Suite): void {
  const sequenced = log.capabilities.sequencedAppend ? {} : { skip: 'the log can not hold (source, sequence) unique' };
  const located = log.capabilities.findsResent ? {} : { skip: 'the topic would have to be read from its start' };
  it('appends a sequence of a source once, whoever sends it again', sequenced, async () => {
    const name = await topic(log, 2);
    const other = await made.open();
    const request = { topic: name, source: 's', firstSequence: 5n, batch: numbered(5, 25, (n) => `k${n}`) };
    const first = await log.append(request);
    const again = await other.append(request);
    assert.deepEqual([first.logged, first.resent, again.logged, again.resent], [20, 0, 0, 20]);
    const parallel = await Promise.all([log.append(request), other.append(request), log.append(request)]);
    assert.deepEqual(
      parallel.map(({ logged }) => logged),
      [0, 0, 0],
    );
    const partly = await log.append({ ...request, firstSequence: 20n, batch: numbered(20, 30, (n) => `k${n}`) });
    assert.deepEqual([partly.logged, partly.resent], [5, 5]);
    const all = [...(await values(log, name, 0)), ...(await values(log, name, 1))];
    assert.deepEqual(new Set(all).size, 25);
    assert.equal(all.length, 25);
    await other.close();
  });
  it(
    'counts by source and arrival hour what was sent, logged and resent, and knows who sent a record',
    sequenced,
    async () => {
      const name = await topic(log, 2);
      const batch = numbered(0, 30, (n) => `k${n}`);
      const request = { topic: name, source: 's', firstSequence: 7n, batch };
      const { partitions, positions } = await log.append(request);
      await log.append(request);
      await log.append({ ...request, source: 't' });
      const inspection = await log.inspect(name);
      const account = await inspection?.account();
      const sums = account?.sources.map(({ source, sequences, hours }) => [
        source,
        sequences,
        ...(['sent', 'logged', 'resent'] as const).map((of) => hours.reduce((sum, line) => sum + line[of], 0)),
      ]);
      assert.deepEqual(sums, [
        ['s', 30, 60, 30, 30],
        ['t', 30, 30, 30, 0],
      ]);
      const hours = account?.sources[0]?.hours.map(({ hourMs }) => hourMs);
      assert.deepEqual(hours, [Math.floor((batch.arrivalMs[0] ?? 0) / 3_600_000) * 3_600_000]);
      const appended = log.capabilities.densePositions ? 60 : undefined;
      assert.deepEqual([account?.appended, account?.holes], [appended, []]);
      const origin = await inspection?.originOf(partitions[11] ?? 0, positions[11] ?? 0n);
      assert.deepEqual([origin?.source, origin?.sequence], ['s', 18n]);
      assert.equal(await inspection?.originOf(0, 1_000n), undefined);
      assert.equal(await log.inspect('no-such-topic'), undefined);
    },
  );
  it('appends once what two send at the same moment', sequenced, async () => {
    const name = await topic(log);
    const other = await made.open();
    const request = { topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 50) };
    const results = await Promise.all([log, other, log, other].map((stream) => stream.append(request)));
    assert.equal(
      results.reduce((sum, { logged }) => sum + logged, 0),
      50,
    );
    assert.deepEqual(
      await values(log, name, 0),
      [...Array(50).keys()].map((n) => `{"n":${n}}`),
    );
    await other.close();
  });
  it('tells where a record that is sent again was put first', { ...sequenced, ...located }, async () => {
    const name = await topic(log, 3);
    const request = { topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 40, (n) => `k${n}`) };
    const first = await log.append(request);
    const again = await log.append({ ...request, firstSequence: 10n, batch: numbered(10, 50, (n) => `k${n}`) });
    assert.deepEqual([...again.positions.slice(0, 30)], [...first.positions.slice(10)]);
    assert.deepEqual([...again.partitions.slice(0, 30)], [...first.partitions.slice(10)]);
    assert.ok(again.positions.slice(30).every((position) => position >= 0n));
  });
  it('keeps sources apart, and knows the highest sequence of each', sequenced, async () => {
    const name = await topic(log);
    assert.equal(await log.lastSequence(name, 'a'), undefined);
    await log.append({ topic: name, source: 'a', firstSequence: 3n, batch: numbered(0, 2) });
    await log.append({ topic: name, source: 'b', firstSequence: 2n ** 60n, batch: numbered(2, 4) });
    await log.append({ topic: name, source: 'a', firstSequence: 100n, batch: numbered(4, 5) });
    assert.equal(await log.lastSequence(name, 'a'), 100n);
    assert.equal(await log.lastSequence(name, 'b'), 2n ** 60n + 1n);
    assert.equal((await log.append({ topic: name, source: 'a', firstSequence: 4n, batch: numbered(1, 2) })).resent, 1);
  });
}

function fetching({ log, made, topic }: Suite): void {
  it('gives each record once, however many appends a fetch reaches over', async () => {
    const name = await topic(log);
    let logged = 0;
    for (const appends of [256, 1, 255, 1]) {
      await Promise.all(
        Array.from({ length: appends }, (_, i) => {
          const batch = numbered(logged + i, logged + i + 1);
          // Of one source, appends that wait could be logged as one.
          return log.append({ topic: name, source: `s-${logged + i}`, firstSequence: 0n, batch });
        }),
      );
      logged += appends;
      const fetched = plain((await log.fetch(name, 0, 0n, { maxBytes: 1024 ** 2 })).batches);
      assert.deepEqual(new Set(fetched.map(({ value }) => value)).size, logged);
      const positions = fetched.map(({ position }) => position);
      assert.equal(positions.length, logged);
      assert.ok(positions.every((position, at) => at === 0 || position > (positions[at - 1] ?? 0n)));
    }
  });
  it('begins exactly where it is asked to, ends before `until`, in batches of about `maxBytes`', async () => {
    const name = await topic(log);
    const at: bigint[] = [];
    for (let turn = 0; turn < 10; turn += 1) at.push(...(await appendTen(log, name, turn * 10)));
    const [from = 0n, until = 0n, middle = 0n] = [at[13], at[87], at[55]];
    const fetched = await log.fetch(name, 0, from, { maxBytes: 1e9, until });
    const between = plain(fetched.batches);
    assert.deepEqual(
      between.map(({ position, value }) => [position, value]),
      [...Array(74).keys()].map((n) => [at[n + 13], `{"n":${n + 13}}\n`]),
    );
    assert.equal(fetched.next, until);
    assert.equal(await log.countRecords(name, 0, from, until), 74);
    const little = plain((await log.fetch(name, 0, middle, { maxBytes: 1 })).batches);
    assert.ok(little.length > 0 && little.length < 45, `${little.length} records for one byte`);
    assert.equal(little[0]?.position, middle);
    assert.deepEqual(await log.fetch(name, 0, from, { maxBytes: 1e9, until: from }), { batches: [], next: from });
  });
  it('says the epoch of what it gives, in which all that is still there was read', async () => {
    const name = await topic(log);
    const at = await appendTen(log, name, 0);
    const { next, epoch } = await log.fetch(name, 0, at[0] ?? 0n, { maxBytes: 1e6 });
    assert.ok(epoch !== undefined);
    const other = await made.open();
    const more = await appendTen(other, name, 10);
    const rest = await log.fetch(name, 0, next, { maxBytes: 1e6, epoch });
    assert.equal(plain(rest.batches)[0]?.position, more[0]);
    assert.ok((rest.epoch ?? -1) >= epoch);
    for (const reached of [epoch, rest.epoch ?? -1]) {
      const end = (await log.endsOfEpochs(name, new Map([[0, reached]]))).get(0);
      assert.ok(end !== undefined && end >= (reached === epoch ? next : rest.next), `${reached} ends at ${end}`);
    }
    assert.deepEqual(await log.endsOfEpochs(name, new Map()), new Map());
    await other.close();
  });
  it('is empty at the end, and refuses what is past it', async () => {
    const name = await topic(log);
    assert.deepEqual(await log.fetch(name, 0, 0n, { maxBytes: 1e6 }), { batches: [], next: 0n });
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 4) });
    const end = (await log.describe(name))?.state[0]?.end ?? -1n;
    assert.deepEqual(await log.fetch(name, 0, end, { maxBytes: 1e6 }), { batches: [], next: end });
    assert.equal(await log.countRecords(name, 0, 0n, end), 4);
    for (const [partition, from] of [
      [0, end + 1n],
      [0, -1n],
      [1, 0n],
    ] as const)
      await assert.rejects(log.fetch(name, partition, from, { maxBytes: 1 }), (error) =>
        isPlayheadError(error, 'PH_POSITION_OUT_OF_RANGE'),
      );
  });
  it('describes ends, counts and the latest arrival', async () => {
    const name = await topic(log, 2);
    const empty = await log.describe(name);
    assert.deepEqual([empty?.lastArrivalMs, empty?.state.map(({ end }) => end)], [undefined, [0n, 0n]]);
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 5, undefined, 1000) });
    const state = await log.describe(name);
    const { densePositions } = log.capabilities;
    for (const [partition, records] of [3, 2].entries()) {
      const { start, end, count } = state?.state[partition] ?? {};
      assert.equal(start, 0n);
      assert.ok(densePositions ? end === BigInt(records) : (end ?? 0n) >= BigInt(records));
      assert.ok(densePositions ? count === records : (count ?? 0) >= records);
      assert.equal(await log.countRecords(name, partition, 0n, end ?? 0n), records);
    }
    assert.equal(state?.lastArrivalMs, 1004);
    assert.equal(state?.retentionMs, 3_600_000);
  });
}

function waiting({ log, made, topic }: Suite): void {
  it('wakes a reader when there is more, by whomever it was appended', async () => {
    const name = await topic(log, 2);
    const other = await made.open();
    const never = new AbortController().signal;
    for (const writer of [log, other]) {
      const seen = (await log.describe(name))?.state.map(({ end }) => end) ?? [];
      const woken = log.waitForMore(name, seen, never);
      await writer.append({ topic: name, source: `${seen}`, firstSequence: 0n, batch: numbered(0, 1) });
      await woken;
    }
    await log.waitForMore(name, [0n, 0n], never);
    await other.close();
  });
  it('lets a reader go when its signal aborts', async () => {
    const name = await topic(log);
    await log.waitForMore(name, [0n], AbortSignal.abort());
    const controller = new AbortController();
    const waited = log.waitForMore(name, [0n], controller.signal);
    controller.abort();
    await waited;
  });
}

function trimming({ log, made, topic }: Suite): void {
  const trims = skipped(made, 'trim on request');
  const kept = skipped(made, 'sequences kept past trimming');
  /** Positions of forty records, each ten of a writer of its own. */
  const fill = async (name: string): Promise<readonly bigint[]> => {
    const at: bigint[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const own = await made.open();
      at.push(...(await appendTen(own, name, turn * 10)));
      await own.close();
    }
    return at;
  };
  it('trims nothing that a reader still needs, nor what is within retention', trims, async () => {
    const name = await topic(log);
    const at = await fill(name);
    const end = (await log.describe(name))?.state[0]?.end ?? -1n;
    assert.deepEqual(await log.trim(name, [0n], Number.MAX_SAFE_INTEGER), [0]);
    assert.deepEqual(await log.trim(name, [end], 0), [0]);
    const [moved] = await log.trim(name, [at[25] ?? 0n], Number.MAX_SAFE_INTEGER);
    const state = (await log.describe(name))?.state[0];
    assert.deepEqual([state?.start, state?.end], [BigInt(moved ?? -1), end]);
    const first = at.findIndex((position) => position >= (state?.start ?? 0n));
    assert.ok(first <= 25);
    assert.deepEqual(
      await values(log, name, 0),
      [...Array(40 - first).keys()].map((n) => `{"n":${n + first}}`),
    );
  });
  it('refuses to read what was trimmed, and still knows its sequences', { ...trims, ...kept }, async () => {
    const name = await topic(log);
    await fill(name);
    const end = (await log.describe(name))?.state[0]?.end ?? -1n;
    assert.deepEqual(await log.trim(name, [end], Number.MAX_SAFE_INTEGER), [Number(end)]);
    await assert.rejects(log.fetch(name, 0, 0n, { maxBytes: 1 }), (error) =>
      isPlayheadError(error, 'PH_POSITION_OUT_OF_RANGE'),
    );
    assert.equal(await log.lastSequence(name, 's'), 39n);
    const again = await log.append({ topic: name, source: 's', firstSequence: 38n, batch: numbered(38, 42) });
    assert.deepEqual([again.logged, again.resent], [2, 2]);
    assert.deepEqual([...again.positions.slice(0, 2)], [-1n, -1n]);
    assert.ok(again.positions.slice(2).every((position) => position >= end));
    assert.deepEqual(await values(log, name, 0), ['{"n":40}', '{"n":41}']);
  });
}

/** Appends records n to n + 9 of source `s`; where they are. */
async function appendTen(log: Stream, topic: string, n: number): Promise<readonly bigint[]> {
  const { positions } = await log.append({ topic, source: 's', firstSequence: BigInt(n), batch: numbered(n, n + 10) });
  return [...positions];
}

function skipped(made: StreamFixture, capability: Capability): { skip?: string } {
  const reason = made.skips?.[capability];
  return reason === undefined ? {} : { skip: reason };
}

function erasing({ log, made, topic }: Suite): void {
  it('raises `erasures` for every reader once records are gone, or takes none out and says so', async () => {
    const name = await topic(log);
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 3, (n) => `key-${n}`) });
    const reader = await made.open();
    const before = (await reader.describe(name))?.erasures ?? -1;
    const isMeant = (_: Uint8Array, key: Uint8Array | undefined): boolean =>
      String(key && Buffer.from(key)) === 'key-1';
    const erased = await log.erase(name, isMeant).catch((error: unknown) => {
      assert.ok(isPlayheadError(error, 'PH_ACCESS_REFUSED'), String(error));
      return { records: 0 };
    });
    const after = (await reader.describe(name))?.erasures ?? -1;
    const left = (await readAll(reader, name, 0))
      .flatMap((batch) => plain([batch]))
      .filter(({ value }) => value !== '');
    assert.equal(left.length, 3 - erased.records);
    assert.equal(after > before, erased.records > 0);
    await reader.close();
  });
}
