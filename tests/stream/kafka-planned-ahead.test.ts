import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import * as sdk from '@platformatic/kafka';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import type { ErasedIds } from '../../src/stream/erased-ids.ts';
import { codecs } from '../../src/stream/kafka/compression.ts';
import { EncodingRooms } from '../../src/stream/kafka/encoding-rooms.ts';
import { indexRecords, SourceIndex, sequencesIn } from '../../src/stream/kafka/source-index.ts';
import { SourceWriter } from '../../src/stream/kafka/source-writer.ts';
import type { AppendRequest } from '../../src/stream/stream.ts';
import { FakeKafka, marker, sealed } from './fake-kafka.ts';

/** Worth planning while another append is under way. */
const large = (sequence: number): AppendRequest => {
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed: false });
  builder.addLine(new Uint8Array(4 * 1024 ** 2), 0);
  return { topic: 'plays', source: 'app', firstSequence: BigInt(sequence), batch: builder.take() };
};

describe('an append to Kafka that is planned while one is under way', () => {
  let kafka: FakeKafka;
  let index: SourceIndex;
  let erased: ErasedIds | undefined;
  /** How many large batches were compressed. */
  let compressed: number;
  /** The next commit is asked for and not answered, until it is told how it ended. */
  let held: PromiseWithResolvers<void>;

  const writer = (): SourceWriter => {
    const { none } = codecs(sdk);
    const compress = (bytes: Buffer): Promise<Buffer> => {
      if (bytes.length > 1e6) compressed += 1;
      return none.compress(bytes);
    };
    const batches = { batchBytes: 1e6, codec: { ...none, compress }, rooms: new EncodingRooms(1e6), partitions: 1 };
    const settings = { topic: 'plays', topicId: 'plays', compression: 'none', erasedIds: async () => erased } as const;
    return new SourceWriter(kafka.log, 'app', { ...settings, ...batches }, index);
  };

  /** An append whose commit is held, and one behind it that is planned. */
  async function twoAppends(app: SourceWriter) {
    kafka.before = async (api) => {
      if (api !== sdk.endTxnV3.api) return;
      kafka.before = () => {};
      await held.promise;
    };
    const under = app.append(large(0));
    await compressing(1);
    const behind = app.append(large(1));
    for (const append of [under, behind]) append.catch(() => {});
    await compressing(2);
    return { under, behind };
  }

  async function compressing(batches: number): Promise<void> {
    for (let turns = 0; compressed < batches; turns += 1) {
      assert.ok(turns < 10_000, `${compressed} batches of ${batches} were compressed`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What the log says of the source: sequences, and records by its account. */
  async function account(): Promise<readonly [number, number]> {
    await index.refresh();
    const logged = [...index.hoursOf('app').values()].reduce((sum, hour) => sum + hour.logged, 0);
    return [sequencesIn(index.stateOf('app')?.runs ?? []), logged];
  }

  beforeEach(() => {
    kafka = new FakeKafka();
    index = new SourceIndex(kafka.log, 'plays', 'plays');
    erased = undefined;
    compressed = 0;
    held = Promise.withResolvers();
  });

  it('goes out as it was planned once that one is committed', async () => {
    const { under, behind } = await twoAppends(writer());
    assert.deepEqual(await account(), [0, 0]);
    held.resolve();
    assert.deepEqual(await Promise.all([under, behind]).then((all) => all.map(({ logged }) => logged)), [1, 1]);
    assert.deepEqual([compressed, await account()], [2, [2, 2]]);
  });

  it('fails with that one, for behind it there would be a hole; sent again, both are there once', async () => {
    const app = writer();
    const { under, behind } = await twoAppends(app);
    held.reject(new sdk.ProtocolError(29));
    await assert.rejects(under, { code: 'PH_ACCESS_REFUSED' });
    await assert.rejects(behind, { code: 'PH_SOURCE_SEQUENCE_GAP' });
    assert.deepEqual(await account(), [0, 0]);
    const again = await Promise.all([0, 1].map((sequence) => app.append(large(sequence))));
    assert.deepEqual(
      [again.map(({ logged }) => logged), await account()],
      [
        [1, 1],
        [2, 2],
      ],
    );
  });

  it('is planned anew where another writer of the source came in between, and is not appended twice', async () => {
    const { under, behind } = await twoAppends(writer());
    const state = { runs: [{ first: 0n, last: 1n }], commit: 'of another', lastArrivalMs: 0, lastAppendedMs: 0 };
    const theirs = new BatchBuilder({ lineFramed: false, checkedObjects: true, keyed: true });
    for (const { key, value } of indexRecords('plays', 'app', state, []))
      theirs.add(Buffer.from(value), 0, Buffer.from(key));
    for (const batch of [sealed(theirs.take()), marker()]) kafka.put('plays.sources', batch);
    const fenced = 90;
    held.reject(new sdk.ProtocolError(fenced));
    assert.deepEqual(await Promise.all([under, behind]).then((all) => all.map(({ logged }) => logged)), [0, 0]);
  });

  it('is there once, as that one is, where the answer to the commit is lost', async () => {
    const { under, behind } = await twoAppends(writer());
    kafka.after = (api) => {
      if (api !== sdk.endTxnV3.api) return;
      kafka.after = () => {};
      throw new sdk.NetworkError('connection closed');
    };
    held.resolve();
    assert.deepEqual(await Promise.all([under, behind]).then((all) => all.map(({ logged }) => logged)), [1, 1]);
    assert.deepEqual(await account(), [2, 2]);
  });

  it('is there once, as that one is, where their writer is killed and another sends them again', async () => {
    await twoAppends(writer());
    const next = writer();
    const again = await Promise.all([0, 1].map((sequence) => next.append(large(sequence))));
    assert.deepEqual(
      [again.map(({ logged }) => logged), await account()],
      [
        [1, 1],
        [2, 2],
      ],
    );
  });

  it('is planned anew where somebody was erased meanwhile', async () => {
    const { under, behind } = await twoAppends(writer());
    erased = { erasedIn: () => Uint8Array.of(1) };
    held.resolve();
    const answers = await Promise.all([under, behind]);
    assert.deepEqual(
      answers.map((answer) => answer.erased),
      [0, 1],
    );
  });
});
