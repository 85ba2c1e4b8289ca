import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32c } from '@platformatic/kafka';
import fc from 'fast-check';
import { bitAt, keyAt, type ProducedBatch, setBit, valueAt } from '../../src/record/batch.ts';
import { sliceBatch } from '../../src/record/batch-slice.ts';
import { sealBatch, storedBatchAt } from '../../src/stream/kafka/batch-head.ts';
import { decodeRecords } from '../../src/stream/kafka/decode-batch.ts';
import { type EncodedSource, encodeRecords } from '../../src/stream/kafka/encode-batch.ts';
import { originIn } from '../../src/stream/kafka/parse-record.ts';
import { StoredBatches } from '../../src/stream/kafka/stored-batches.ts';
import { VarintReader, varintLength, writeVarint } from '../../src/stream/kafka/varint.ts';
import { numbered, plain } from './records.ts';

const producer = { id: 7n, epoch: 1, sequence: 0 };

/** A batch as a broker would store it at `base`. */
function stored(from: EncodedSource, base: bigint, limitBytes = 1e6): { bytes: Buffer; count: number } {
  const all = Uint32Array.from({ length: from.batch.count }, (_, i) => i);
  const { records, count } = encodeRecords(from, all, 0, limitBytes);
  const bytes = sealBatch(records, count, 0, producer, 1_700_000_000_000, crc32c);
  bytes.writeBigInt64BE(base, 0);
  return { bytes, count };
}

const source = (batch: ProducedBatch, erased?: Uint8Array): EncodedSource => {
  return { batch, firstSequence: 40n, source: Buffer.from('söurce'), erased };
};

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const record = fc.record({
  value: fc.option(bytes(300)),
  key: bytes(90),
  arrivalMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
  headers: fc.array(fc.record({ name: fc.string({ maxLength: 9 }), value: bytes(9) }), { maxLength: 2 }),
});

function batchOf(
  records: readonly (typeof record extends fc.Arbitrary<infer T> ? T : never)[],
  lineFramed: boolean,
): ProducedBatch {
  const nulls = new Uint8Array((records.length + 7) >> 3);
  let valueEnd = 0;
  let keyEnd = 0;
  const values = records.map(({ value }, i) => {
    if (value === null) setBit(nulls, i);
    return value === null ? new Uint8Array() : Buffer.concat([value, Buffer.from(lineFramed ? '\n' : '')]);
  });
  return {
    count: records.length,
    values: Buffer.concat(values),
    valueEnds: Uint32Array.from(values, (value) => (valueEnd += value.length)),
    nulls,
    keys: Buffer.concat(records.map(({ key }) => key)),
    keyEnds: Uint32Array.from(records, ({ key }) => (keyEnd += key.length)),
    headers: records.map(({ headers }) => headers),
    arrivalMs: Float64Array.from(records, ({ arrivalMs }) => arrivalMs),
    lineFramed,
    checkedObjects: !lineFramed,
  };
}

const headersOf = ({ headers }: ProducedBatch, index: number): readonly unknown[] =>
  (headers?.[index] ?? []).map(({ name, value }) => [name, [...value]]);

describe('records as Kafka keeps them', () => {
  it('come back with every byte, null, key, header, arrival time and flag', () => {
    const cases = fc.tuple(fc.array(record, { minLength: 1, maxLength: 12 }), fc.boolean());
    fc.assert(
      fc.property(cases, ([records, lineFramed]) => {
        const batch = batchOf(records, lineFramed);
        const found = storedBatchAt(stored(source(batch), 100n).bytes, 0);
        assert.ok(found);
        const [back, ...more] = decodeRecords(found, found.records, 3);
        assert.ok(back && more.length === 0);
        assert.deepEqual([back.count, back.partition, back.positions], [batch.count, 3, { kind: 'dense', base: 100n }]);
        assert.deepEqual([back.lineFramed, back.checkedObjects], [lineFramed, !lineFramed]);
        assert.deepEqual([...back.arrivalMs], [...batch.arrivalMs]);
        for (let i = 0; i < batch.count; i += 1) {
          assert.deepEqual(Buffer.from(valueAt(back, i)), Buffer.from(valueAt(batch, i)));
          assert.equal(bitAt(back.nulls, i), bitAt(batch.nulls, i));
          assert.deepEqual(Buffer.from(keyAt(back, i) ?? []), Buffer.from(keyAt(batch, i) ?? []));
          assert.deepEqual(headersOf(back, i), headersOf(batch, i));
        }
      }),
    );
  });

  it('become several batches where their framing changes, each with its own values', () => {
    const framed = numbered(0, 3, (n) => `key-${n}`);
    const bare = { ...numbered(3, 5), lineFramed: false, checkedObjects: false };
    const written = [framed, bare, framed].map((batch) => {
      const all = Uint32Array.from({ length: batch.count }, (_, i) => i);
      return encodeRecords(source(batch), all, 0, 1e6).records;
    });
    const found = storedBatchAt(sealBatch(Buffer.concat(written), 8, 0, producer, 0, crc32c), 0);
    const batches = found === undefined ? [] : decodeRecords(found, Buffer.concat(written), 0);
    assert.deepEqual(
      batches.map(({ values, lineFramed }) => [Buffer.from(values).toString(), lineFramed]),
      [framed, bare, framed].map(({ values, lineFramed }) => [Buffer.from(values).toString(), lineFramed]),
    );
  });

  it('are told from those that another program wrote between them, in the same framing', () => {
    const bare = { ...numbered(0, 3), lineFramed: false, checkedObjects: false };
    const encoded = (): Buffer => encodeRecords(source(bare), Uint32Array.of(0, 1, 2), 0, 1e6).records;
    const others = Buffer.from(encoded().toString('latin1').replaceAll('playhead', 'playback'), 'latin1');
    const records = Buffer.concat([encoded(), others, encoded()]);
    const found = storedBatchAt(sealBatch(records, 9, 0, producer, 0, crc32c), 0);
    const batches = found === undefined ? [] : decodeRecords(found, records, 0);
    assert.deepEqual(
      batches.map(({ count, foreign = false }) => [count, foreign]),
      [
        [3, false],
        [3, true],
        [3, false],
      ],
    );
    assert.ok(batches[1] && sliceBatch(batches[1], 1, 2).foreign);
  });

  it('know who sent each, by its header', () => {
    const found = storedBatchAt(stored(source(numbered(0, 9)), 100n).bytes, 0);
    assert.ok(found);
    assert.deepEqual(originIn(found, found.records, 105n), {
      source: 'söurce',
      sequence: 45n,
      appendedMs: 1_700_000_000_000,
    });
    assert.equal(originIn(found, found.records, 109n), undefined);
  });

  it('of somebody who was erased keep their place and nothing else', () => {
    const batch = numbered(0, 3, (n) => `key-${n}`);
    const { bytes: written } = stored(source(batch, Uint8Array.of(0b010)), 0n);
    assert.ok(!written.includes('{"n":1}') && !written.includes('key-1'));
    const found = storedBatchAt(written, 0);
    const [back] = found === undefined ? [] : decodeRecords(found, found.records, 0);
    assert.deepEqual(
      [0, 1, 2].map((i) => [bitAt(back?.erased, i), bitAt(back?.nulls, i)]),
      [
        [false, false],
        [true, true],
        [false, false],
      ],
    );
  });

  it('are cut into batches by their bytes, each with a record at least', () => {
    const from = source(numbered(0, 50));
    const all = Uint32Array.from({ length: 50 }, (_, i) => i);
    let start = 0;
    let batches = 0;
    for (; start < 50; batches += 1) {
      const { records, count } = encodeRecords(from, all, start, 300);
      assert.ok(count > 0 && (records.length <= 300 || count === 1));
      start += count;
    }
    assert.ok(start === 50 && batches > 5);
    assert.equal(encodeRecords(from, all, 0, 1).count, 1);
  });

  it('of an aborted transaction are told apart, up to its marker', () => {
    const one = (from: number, base: bigint): Buffer => stored(source(numbered(from, from + 2)), base).bytes;
    const batches = Buffer.concat([
      one(0, 0n),
      marker(2n, false),
      one(3, 3n),
      marker(5n, true),
      one(6, 6n).subarray(0, 50),
    ]);
    const aborted = [{ producerId: 7n, firstOffset: 0n }];
    const answer = { errorCode: 0, highWatermark: 8n, lastStableOffset: 8n, logStartOffset: 0n, aborted, batches };
    const walk = new StoredBatches(answer);
    const seen: unknown[] = [];
    for (let walked = walk.next(); walked !== undefined; walked = walk.next())
      seen.push([walked.stored.baseOffset, walked.records]);
    // The last batch was cut off by the answer's end.
    assert.deepEqual(seen, [
      [0n, false],
      [2n, false],
      [3n, true],
      [5n, false],
    ]);
  });

  it('are read no further than they go', () => {
    const { bytes: written } = stored(source(numbered(0, 4)), 0n);
    const found = storedBatchAt(written, 0);
    assert.ok(found);
    const cut = found.records.subarray(0, found.records.length - 5);
    assert.throws(() => plain(decodeRecords(found, cut, 0)), RangeError);
  });
});

/** A control batch that ends producer 7's transaction. */
function marker(base: bigint, commit: boolean): Buffer {
  const record = Buffer.from([0x20, 0, 0, 0, 8, 0, 0, 0, commit ? 1 : 0, 12, 0, 0, 0, 0, 0, 0, 0]);
  const batch = sealBatch(record, 1, 1 << 5, producer, 0, crc32c);
  batch.writeBigInt64BE(base, 0);
  return batch;
}

describe('varints', () => {
  it('come back as they were, in the bytes that were said', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const target = Buffer.alloc(5);
        const end = writeVarint(target, 0, value);
        assert.equal(end, varintLength(value));
        assert.equal(new VarintReader(target).int(), value);
        assert.equal(new VarintReader(target).long(), value);
      }),
    );
  });
});
