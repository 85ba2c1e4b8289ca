import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { positionAt, setBit } from '../../src/record/batch.ts';
import { CommittedReader } from '../../src/stream/kafka/committed-reader.ts';
import { eraseRecords } from '../../src/stream/kafka/erase-records.ts';
import { endsOfEpochs } from '../../src/stream/kafka/partition-bounds.ts';
import type { TopicState } from '../../src/stream/stream.ts';
import { controlBatch, FakeKafka, sealed } from './fake-kafka.ts';
import { numbered } from './records.ts';

const topic = { name: 'plays' };

const batchOf = (records: number): Buffer => sealed(numbered(0, records));

async function readAll(reader: CommittedReader, from: bigint, until: bigint): Promise<bigint[]> {
  const positions: bigint[] = [];
  for (let next = from; next < until; ) {
    const fetched = await reader.fetch(topic, 0, next, { maxBytes: 1e6, until });
    for (const batch of fetched.batches)
      positions.push(...Array.from({ length: batch.count }, (_, i) => positionAt(batch, i)));
    if (fetched.next === next) break;
    next = fetched.next;
  }
  return positions;
}

const range = (from: number, to: number): bigint[] => Array.from({ length: to - from }, (_, i) => BigInt(from + i));

describe('reading Kafka', () => {
  let kafka: FakeKafka;
  let reader: CommittedReader;
  beforeEach(() => {
    kafka = new FakeKafka();
    reader = new CommittedReader(kafka.log);
    for (let i = 0; i < 4; i += 1) kafka.put('plays', batchOf(10));
  });

  it('gives each of two readers of a partition all of it, however they meet', async () => {
    for (let delay = 0; delay < 60; delay += 1) {
      const first = readAll(reader, 0n, 40n);
      for (let turn = 0; turn < delay; turn += 1) await Promise.resolve();
      const second = readAll(reader, 10n, 40n);
      assert.deepEqual(await first, range(0, 40), `the second came ${delay} turns later`);
      assert.deepEqual(await second, range(10, 40), `the second came ${delay} turns later`);
    }
  });

  for (const from of [20n, 30n])
    it(`waits at ${from} for a leader that knows only as far as 20, and has all`, async () => {
      kafka.stable.set('plays', 20n);
      let asked = 0;
      kafka.before = () => {
        asked += 1;
        if (asked > 6) kafka.stable.clear();
      };
      assert.deepEqual(await readAll(reader, from, 40n), range(Number(from), 40));
    });

  it('fails where the leader does not come to know, rather than say that nothing is left', async () => {
    kafka.stable.set('plays', 20n);
    await assert.rejects(reader.fetch(topic, 0, 20n, { maxBytes: 1e6, until: 40n }), { code: 'PH_STREAM_FAILED' });
  });

  it('gives nothing above where the log was cut since and filled again, and goes on below it', async () => {
    const { next, epoch } = await reader.fetch(topic, 0, 20n, { maxBytes: 1e6, until: 40n });
    kafka.cut('plays', 20n);
    for (let i = 0; i < 4; i += 1) kafka.put('plays', batchOf(10));
    const isCut = { code: 'PH_POSITION_OUT_OF_RANGE', message: /cut at 20/ };
    await assert.rejects(reader.fetch(topic, 0, next, { maxBytes: 1e6, epoch }), isCut);
    const ends = await endsOfEpochs(kafka.log, 'plays', new Map([[0, epoch ?? -1]]));
    assert.deepEqual(ends, new Map([[0, 20n]]));
    const below = await reader.fetch(topic, 0, 10n, { maxBytes: 1e6, epoch });
    assert.deepEqual([below.next, below.epoch], [60n, 1]);
  });

  it('goes on where only what was read ahead is gone', async () => {
    kafka.epoch = 1;
    kafka.put('plays', batchOf(10));
    const { epoch } = await reader.fetch(topic, 0, 30n, { maxBytes: 1e6, until: 50n });
    kafka.cut('plays', 40n);
    kafka.put('plays', batchOf(10));
    assert.deepEqual([epoch, (await reader.fetch(topic, 0, 40n, { maxBytes: 1e6, epoch })).next], [1, 50n]);
  });

  it('takes the end that ListOffsets names for the end', async () => {
    assert.deepEqual(await reader.fetch(topic, 0, 40n, { maxBytes: 1e6, until: 50n }), { batches: [], next: 40n });
    await assert.rejects(reader.fetch(topic, 0, 41n, { maxBytes: 1e6, until: 50n }), {
      code: 'PH_POSITION_OUT_OF_RANGE',
    });
  });

  it('counts records without a value that an erasure means by their key, and says where it could not read all', async () => {
    const nulls = new Uint8Array(1);
    setBit(nulls, 0);
    kafka.put('keyed', sealed({ ...numbered(0, 2, (n) => (n === 0 ? 'ann' : 'bob')), nulls }));
    const isAnn = (_: Uint8Array, key: Uint8Array | undefined) => String(key && Buffer.from(key)) === 'ann';
    const of = (end: bigint): TopicState => ({
      topic: 'keyed',
      id: 'keyed',
      partitions: 1,
      retentionMs: 1000,
      cleanup: 'compact',
      state: [{ partition: 0, start: 0n, end, count: 2 }],
      erasures: 0,
    });
    assert.deepEqual(await eraseRecords(reader, of(2n), isAnn, true), { records: 1, segments: 0 });
    await assert.rejects(eraseRecords(reader, of(2n), isAnn, false), {
      code: 'PH_ACCESS_REFUSED',
      hint: /on 1970-01-01T00:00:02.000Z at the earliest.*\{"topic":"keyed","partition":0,"offset":1\}/,
    });
    await assert.rejects(eraseRecords(reader, of(3n), isAnn, true), { code: 'PH_LOG_CORRUPT' });
  });

  it('reads past a marker that compaction has emptied', async () => {
    kafka.put('plays', controlBatch(Buffer.alloc(0), 0));
    kafka.put('plays', batchOf(1));
    assert.deepEqual(await readAll(reader, 30n, 42n), [...range(30, 40), 41n]);
  });
});
