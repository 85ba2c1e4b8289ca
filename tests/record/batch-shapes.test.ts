import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bitAt, keyAt, type ProducedBatch, setBit, valueAt } from '../../src/record/batch.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import { findInvalidUtf8, partitionBatch, skipRecord } from '../../src/record/batch-partition.ts';
import { concatProduced, sliceProduced } from '../../src/record/batch-slice.ts';

interface Plain {
  readonly value: readonly number[];
  readonly key: readonly number[] | undefined;
  readonly arrivalMs: number;
  readonly isNull: boolean;
}

const record = fc.record({
  value: fc.array(fc.nat(255), { maxLength: 200 }),
  key: fc.array(fc.nat(255), { maxLength: 80 }),
  arrivalMs: fc.integer(),
  isNull: fc.boolean(),
});
const records = fc.array(record, { maxLength: 60 });

function batchOf(list: readonly Plain[], keyed: boolean, nullable: boolean): ProducedBatch {
  const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed, capacityBytes: 1 });
  for (const { value, key, arrivalMs } of list)
    builder.add(Uint8Array.from(value), arrivalMs, Uint8Array.from(key ?? []));
  if (!nullable) return builder.take();
  const nulls = new Uint8Array((list.length + 7) >> 3);
  for (const [i, { isNull }] of list.entries()) if (isNull) setBit(nulls, i);
  return { ...builder.take(), nulls };
}

function plain(batch: ProducedBatch): Plain[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const key = keyAt(batch, i);
    return {
      value: [...valueAt(batch, i)],
      key: key === undefined ? undefined : [...key],
      arrivalMs: batch.arrivalMs[i] ?? Number.NaN,
      isNull: bitAt(batch.nulls, i),
    };
  });
}

const expected = (list: readonly Plain[], keyed: boolean, nullable: boolean): Plain[] =>
  list.map((one) => ({ ...one, key: keyed ? one.key : undefined, isNull: nullable && one.isNull }));

describe('batches', () => {
  it('hold what was added, through every growth of their buffers', () => {
    fc.assert(
      fc.property(records, fc.boolean(), (list, keyed) => {
        assert.deepEqual(plain(batchOf(list, keyed, false)), expected(list, keyed, false));
      }),
    );
  });
  it('take records that are rendered in place, with keys cut out of them', () => {
    const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed: true, capacityBytes: 1 });
    for (let n = 0; n < 500; n += 1) {
      const text = `{"id":"key-${n}"}\n`;
      const at = builder.reserve(64);
      builder.bytes.set(Buffer.from(text), at);
      builder.close(at + text.length, n, at + 7, at + text.length - 3);
    }
    const batch = builder.take();
    assert.equal(builder.count, 0);
    for (const n of [0, 63, 499]) {
      assert.equal(Buffer.from(valueAt(batch, n)).toString(), `{"id":"key-${n}"}\n`);
      assert.equal(Buffer.from(keyAt(batch, n) ?? []).toString(), `key-${n}`);
    }
  });
  it('leave a batch alone that the builder gave away', () => {
    const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed: false });
    builder.add(Buffer.from('first'), 1);
    const first = builder.take();
    builder.add(Buffer.from('other'), 2);
    assert.equal(Buffer.from(valueAt(first, 0)).toString(), 'first');
  });
  it('are written over once they were given back, and no other is', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(records, fc.boolean()), { maxLength: 8 }), (batches) => {
        const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed: true, capacityBytes: 1 });
        const kept: (readonly [ProducedBatch, readonly Plain[]])[] = [];
        for (const [list, isKept] of batches) {
          for (const { value, key, arrivalMs } of list)
            builder.add(Uint8Array.from(value), arrivalMs, Uint8Array.from(key ?? []));
          const batch = builder.take();
          if (isKept) kept.push([batch, list]);
          else builder.giveBack(batch);
        }
        for (const [batch, list] of kept) assert.deepEqual(plain(batch), expected(list, true, false));
      }),
    );
    const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed: false, capacityBytes: 1 });
    const filled = (): ProducedBatch => {
      builder.add(Buffer.alloc(1024), 1);
      return builder.take();
    };
    const first = filled();
    const second = filled();
    builder.giveBack(first);
    builder.giveBack(first);
    const [third, fourth] = [filled(), filled()];
    assert.deepEqual(
      [second, third, fourth].map(({ values }) => values.buffer === first.values.buffer),
      [false, false, true],
    );
  });
  it('slice and join back to what they were', () => {
    fc.assert(
      fc.property(records, fc.boolean(), fc.boolean(), fc.nat(60), fc.nat(60), (list, keyed, nullable, a, b) => {
        const batch = batchOf(list, keyed, nullable);
        const [from, to] = [Math.min(a, b, list.length), Math.min(Math.max(a, b), list.length)];
        const middle = sliceProduced(batch, from, to);
        assert.deepEqual(plain(middle), expected(list, keyed, nullable).slice(from, to));
        const parts = [sliceProduced(batch, 0, from), middle, sliceProduced(batch, to, list.length)];
        assert.deepEqual(plain(concatProduced(parts)), expected(list, keyed, nullable));
      }),
    );
  });
  it('divide by partition: every record once, in order, but those to skip', () => {
    fc.assert(
      fc.property(records, fc.boolean(), fc.infiniteStream(fc.nat(5)), (list, keyed, draw) => {
        const batch = batchOf(list, keyed, true);
        const assignment = Uint16Array.from(list, () => draw.next().value ?? 0).map((p) => (p === 5 ? skipRecord : p));
        const all = expected(list, keyed, true);
        const shares = partitionBatch(batch, assignment, 5);
        for (let p = 0; p < 5; p += 1) {
          const indices = [...assignment.keys()].filter((i) => assignment[i] === p);
          const share = shares.find(({ partition }) => partition === p);
          assert.deepEqual([...(share?.indices ?? [])], indices);
          assert.deepEqual(
            share === undefined ? [] : plain(share.batch),
            indices.map((i) => all[i]),
          );
        }
      }),
    );
  });
  it('know a character that is cut in two between two records', () => {
    const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed: false });
    for (const value of [[0x61], [0xc3], [0xa4]]) builder.add(Uint8Array.from(value), 0);
    assert.deepEqual([...(findInvalidUtf8(builder.take(), isUtf8) ?? [])], [0b110]);
  });
  it('know their records that are not UTF-8, whether or not newlines stand between them', () => {
    const bytes = fc.array(fc.constantFrom(0x61, 0xc3, 0xa4, 0xe2, 0x82, 0xac), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 12 }), fc.boolean(), (values, lineFramed) => {
        const builder = new BatchBuilder({ lineFramed, checkedObjects: false, keyed: false });
        for (const value of values) builder.add(Uint8Array.from(lineFramed ? [...value, 10] : value), 0);
        const found = findInvalidUtf8(builder.take(), isUtf8);
        for (const [i, value] of values.entries()) assert.equal(bitAt(found, i), !isUtf8(Uint8Array.from(value)));
      }),
    );
  });
});
