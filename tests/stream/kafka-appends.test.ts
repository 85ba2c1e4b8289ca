import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as sdk from '@platformatic/kafka';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import { codecs } from '../../src/stream/kafka/compression.ts';
import { encodeRecords } from '../../src/stream/kafka/encode-batch.ts';
import { EncodingRooms } from '../../src/stream/kafka/encoding-rooms.ts';
import { indexRecords, mostRuns, SourceIndex } from '../../src/stream/kafka/source-index.ts';
import { SourceWriter } from '../../src/stream/kafka/source-writer.ts';
import { TransactionalProducer } from '../../src/stream/kafka/transactional-producer.ts';
import type { AppendRequest } from '../../src/stream/stream.ts';
import { FakeKafka, marker, sealed } from './fake-kafka.ts';
import { numbered } from './records.ts';

const append = (from: number, to: number): AppendRequest => ({
  topic: 'plays',
  source: 'app',
  firstSequence: BigInt(from),
  batch: numbered(from, to),
});

function writerTo(kafka: FakeKafka) {
  const index = new SourceIndex(kafka.log, 'plays', 'plays');
  const settings = { topic: 'plays', topicId: 'plays', partitions: 1, batchBytes: 1e6, erasedIds: undefined };
  const encoding = { compression: 'none', codec: codecs(sdk).none, rooms: new EncodingRooms(1e6) } as const;
  return { index, writer: new SourceWriter(kafka.log, 'app', { ...settings, ...encoding }, index) };
}

describe('appends to Kafka', () => {
  it('does not answer an append with what became of one before it, whose commit was not answered', async () => {
    const kafka = new FakeKafka();
    const { index, writer } = writerTo(kafka);
    await writer.append(append(0, 5));
    const lost = () => {
      throw new sdk.NetworkError('connection closed');
    };
    kafka.after = (api) => {
      if (api !== sdk.endTxnV3.api) return;
      kafka.before = lost;
      lost();
    };
    await assert.rejects(writer.append(append(5, 15)), { code: 'PH_STREAM_FAILED' });
    kafka.before = () => {};
    kafka.after = () => {};
    const { logged, positions } = await writer.append(append(15, 20));
    assert.deepEqual([logged, positions.length], [5, 5]);
    await index.refresh();
    assert.deepEqual(index.stateOf('app')?.runs, [{ first: 0n, last: 19n }]);
  });

  it('answers an append that comes in the very turn in which the one before was answered', async () => {
    const { writer } = writerTo(new FakeKafka());
    await writer.append(append(0, 1)).then(() => writer.append(append(1, 2)));
    await writer.close();
    const { promise: waited, resolve } = Promise.withResolvers<string>();
    setImmediate(() => setImmediate(() => resolve('not answered')));
    assert.notEqual(
      await Promise.race([writer.append(append(2, 3)).then(() => writer.append(append(3, 4))), waited]),
      'not answered',
    );
  });

  it('knows where its source stands without reading the index for each append', async () => {
    const kafka = new FakeKafka();
    const { index, writer } = writerTo(kafka);
    await writer.append(append(0, 1));
    kafka.before = (api) => {
      if (api === kafka.log.requests.fetch) throw new sdk.ProtocolError(29);
    };
    const { logged, positions } = await writer.append(append(1, 4));
    assert.deepEqual([logged, positions.includes(-1n)], [3, false]);
    assert.deepEqual(await writer.append(append(3, 5)).then(({ resent }) => resent), 1);
    kafka.before = () => {};
    await index.refresh();
    assert.deepEqual(index.stateOf('app')?.runs, [{ first: 0n, last: 4n }]);
  });

  it('forgets the oldest of too many gaps, and takes nothing of which it does not know whether it has it', async () => {
    const kafka = new FakeKafka();
    const runs = Array.from({ length: mostRuns }, (_, i) => ({ first: BigInt(2 * i), last: BigInt(2 * i) }));
    const state = { runs, commit: 'before', lastArrivalMs: 0, lastAppendedMs: 0 };
    const index = new BatchBuilder({ lineFramed: false, checkedObjects: true, keyed: true });
    for (const { key, value } of indexRecords('plays', 'app', state, []))
      index.add(Buffer.from(value), 0, Buffer.from(key));
    for (const batch of [sealed(index.take()), marker()]) kafka.put('plays.sources', batch);
    const { index: known, writer } = writerTo(kafka);
    const next = 2 * mostRuns;
    for (const from of [next, next + 2]) await writer.append(append(from, from + 1));
    await known.refresh();
    const after = known.stateOf('app');
    assert.deepEqual([after?.runs.length, after?.forgotten], [mostRuns, { below: 4n, sequences: 2 }]);
    const forgotten = { code: 'PH_SOURCE_SEQUENCE_GAP', message: /below 4 is not known/ };
    await assert.rejects(writer.append(append(2, 3)), forgotten);
    assert.equal((await writer.append(append(4, 6))).resent, 1);
  });

  it('take nothing twice where the leader of their index says too late what was committed', async () => {
    const kafka = new FakeKafka();
    await writerTo(kafka).writer.append(append(0, 5));
    // A deposed leader knows no better.
    for (const said of [kafka.stable, kafka.saidEnds]) said.set('plays.sources', 0n);
    kafka.after = (api) => {
      if (api !== kafka.log.requests.produce) return;
      for (const said of [kafka.stable, kafka.saidEnds]) said.clear();
    };
    const { index, writer } = writerTo(kafka);
    assert.deepEqual(await writer.append(append(0, 8)).then(({ logged, resent }) => [logged, resent]), [3, 5]);
    await index.refresh();
    assert.deepEqual(index.stateOf('app')?.runs, [{ first: 0n, last: 7n }]);
  });

  it('are in their index as soon as its new leader knows that they are', async () => {
    const kafka = new FakeKafka();
    await writerTo(kafka).writer.append(append(0, 5));
    kafka.stable.set('plays.sources', 0n);
    let asked = 0;
    kafka.before = (api) => {
      if (api === kafka.log.requests.fetch && ++asked === 3) kafka.stable.clear();
    };
    const { index } = writerTo(kafka);
    await index.refresh();
    assert.deepEqual(index.stateOf('app')?.runs, [{ first: 0n, last: 4n }]);
  });

  it('count in no topic that was made anew since its writer began, nor in an index', async () => {
    for (const name of ['plays', 'plays.sources']) {
      const kafka = new FakeKafka();
      const { index, writer } = writerTo(kafka);
      await writer.append(append(0, 5));
      kafka.after = (api) => {
        if (api === kafka.log.requests.produce) kafka.ids.set(name, 'another');
      };
      const anew = {
        code: 'PH_SOURCE_SEQUENCE_GAP',
        message: `topic ${name} was deleted and made anew while it was filled`,
      };
      await assert.rejects(writer.append(append(5, 9)), anew);
      await index.refresh();
      assert.deepEqual(index.stateOf('app')?.runs, [{ first: 0n, last: 4n }]);
    }
  });

  it('says what the broker answered where it is no takeover', async () => {
    const kafka = new FakeKafka();
    const { writer } = writerTo(kafka);
    kafka.before = (api) => {
      if (api === sdk.addPartitionsToTxnV3.api) throw new sdk.ProtocolError(-1);
    };
    await assert.rejects(writer.append(append(0, 1)), /UNKNOWN_SERVER_ERROR/);
  });

  it('has every request of a transaction answered before a failed one of them ends it', async () => {
    const kafka = new FakeKafka();
    const late = Promise.withResolvers<void>();
    const order: string[] = [];
    kafka.before = async (api) => {
      if (api !== kafka.log.requests.produce) return;
      order.push('asked');
      if (order.length === 1) throw new sdk.NetworkError('connection closed');
      await late.promise;
      order.push('answered');
    };
    const producer = await TransactionalProducer.takeOver(kafka.log, 'writer');
    const source = { batch: numbered(0, 1), firstSequence: 0n, source: Buffer.from('app'), erased: undefined };
    const batch = encodeRecords(source, Uint32Array.of(0), 0, 1e6);
    const sends = [{ topic: 'plays', partition: 0, batches: [batch, batch] }];
    const failed = assert.rejects(producer.produce(sends, 'none', [])).then(() => order.push('failed'));
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    late.resolve();
    await failed;
    assert.deepEqual(order, ['asked', 'asked', 'answered', 'failed']);
  });
});
