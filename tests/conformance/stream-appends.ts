import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { bitAt, type ProducedBatch } from '../../src/record/batch.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import { partitionOfKey } from '../../src/stream/partitioner.ts';
import { numbered, plain } from '../stream/records.ts';
import { readAll, type Suite, spec, values } from './stream-suite.ts';

export function topics({ log, topic }: Suite): void {
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

export function appending({ log, made, topic }: Suite): void {
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
