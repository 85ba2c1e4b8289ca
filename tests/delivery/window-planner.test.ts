import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type FetchBatches, type Window, WindowPlanner } from '../../src/delivery/window-planner.ts';
import { positionAt, type RecordBatch } from '../../src/record/batch.ts';

interface LogRecord {
  readonly arrivalMs: number;
  readonly size: number;
}

/** A partition's records in batches of `batchRecords`. */
function batchesOf(partition: number, records: readonly LogRecord[], batchRecords: number): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let first = 0; first < records.length; first += batchRecords) {
    const own = records.slice(first, first + batchRecords);
    let end = 0;
    batches.push({
      partition,
      positions: { kind: 'dense', base: BigInt(first) },
      count: own.length,
      values: new Uint8Array(own.reduce((sum, { size }) => sum + size, 0)),
      valueEnds: Uint32Array.from(own, ({ size }) => {
        end += size;
        return end;
      }),
      arrivalMs: Float64Array.from(own, ({ arrivalMs }) => arrivalMs),
      appendedMs: new Float64Array(own.length),
      lineFramed: true,
      checkedObjects: true,
    });
  }
  return batches;
}

function logOf(partitions: readonly (readonly LogRecord[])[], batchRecords: number): FetchBatches {
  const log = partitions.map((records, partition) => batchesOf(partition, records, batchRecords));
  return async ({ partition, from, until }, maxBytes) => {
    const found: RecordBatch[] = [];
    let bytes = 0;
    for (const batch of log[partition] ?? []) {
      const last = positionAt(batch, batch.count - 1);
      if (last < from || positionAt(batch, 0) >= until) continue;
      if (bytes > 0 && bytes + batch.values.length > maxBytes) break;
      // The embedded log cuts the first batch to `from` and the last to `until`; here both always lie on a batch's edge.
      found.push(batch);
      bytes += batch.values.length;
    }
    const last = found.at(-1);
    return { batches: found, next: last === undefined ? from : positionAt(last, last.count - 1) + 1n };
  };
}

const settings = { sizeBytes: 500, intervalMs: 60_000, newline: true };
const hourMs = 3_600_000;
const hourly = (arrivalMs: number, limitMs: number): number =>
  Math.min(limitMs, (Math.floor(arrivalMs / hourMs) + 1) * hourMs);

async function windowsOf(
  partitions: readonly (readonly LogRecord[])[],
  cut: { batchRecords: number; fetchBytes: number },
): Promise<Window[]> {
  const ranges = partitions.map((records, partition) => ({ partition, from: 0n, until: BigInt(records.length) }));
  const fetch = logOf(partitions, cut.batchRecords);
  const planner = new WindowPlanner({ ...settings, prefixEnd: hourly }, ranges, fetch, cut.fetchBytes);
  const windows: Window[] = [];
  for (let window = await planner.next(); window !== undefined; window = await planner.next()) windows.push(window);
  return windows;
}

/** Arrivals mostly rise, with some that are late. */
const partition = fc
  .array(fc.record({ gap: fc.integer({ min: -30_000, max: 40_000 }), size: fc.integer({ min: 1, max: 300 }) }), {
    maxLength: 60,
  })
  .map((steps) => {
    let now = 10 * hourMs - 200_000;
    return steps.map(({ gap, size }) => {
      now += gap;
      return { arrivalMs: now, size };
    });
  });
const log = fc.array(partition, { minLength: 1, maxLength: 4 });
const cut = fc.record({ batchRecords: fc.integer({ min: 1, max: 9 }), fetchBytes: fc.integer({ min: 1, max: 900 }) });

describe('window planner', () => {
  it('covers each position exactly once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(log, cut, async (partitions, how) => {
        const next = partitions.map(() => 0n);
        for (const { ranges, slices } of await windowsOf(partitions, how)) {
          assert.ok(ranges.length > 0);
          for (const { partition, from, until } of ranges) {
            assert.equal(from, next[partition]);
            assert.ok(until > from);
            next[partition] = until;
          }
          const records = slices.reduce((sum, slice) => sum + slice.to - slice.from, 0);
          assert.equal(
            BigInt(records),
            ranges.reduce((sum, { from, until }) => sum + until - from, 0n),
          );
        }
        assert.deepEqual(
          next,
          partitions.map((records) => BigInt(records.length)),
        );
      }),
    );
  });

  it('gives the same windows however the log is cut into batches and fetches', async () => {
    await fc.assert(
      fc.asyncProperty(log, cut, cut, async (partitions, one, other) => {
        const plain = (windows: readonly Window[]) =>
          windows.map(({ ranges, bytes, reason }) => ({ ranges, bytes, reason }));
        assert.deepEqual(plain(await windowsOf(partitions, one)), plain(await windowsOf(partitions, other)));
      }),
    );
  });

  it('keeps every window within the size, unless one record is larger', async () => {
    await fc.assert(
      fc.asyncProperty(log, cut, async (partitions, how) => {
        for (const { slices, bytes } of await windowsOf(partitions, how)) {
          const records = slices.reduce((sum, { from, to }) => sum + to - from, 0);
          assert.ok(bytes <= settings.sizeBytes || records === 1);
        }
      }),
    );
  });

  it('keeps every window within the interval and the hour of its first record', async () => {
    await fc.assert(
      fc.asyncProperty(log, cut, async (partitions, how) => {
        const rising = partitions.map((records) => records.toSorted((a, b) => a.arrivalMs - b.arrivalMs));
        for (const { slices } of await windowsOf(rising, how)) {
          const arrivals = slices.flatMap(({ batch, from, to }) => [...batch.arrivalMs.subarray(from, to)]);
          const first = Math.min(...arrivals);
          const last = Math.max(...arrivals);
          assert.ok(last < first + settings.intervalMs);
          assert.equal(Math.floor(first / hourMs), Math.floor(last / hourMs));
        }
      }),
    );
  });

  it('passes over nothing where a fetch brings nothing below the end', async () => {
    const records = Array.from({ length: 6 }, (_, i) => ({ arrivalMs: 9 * hourMs + i, size: 10 }));
    const there = logOf([records.slice(0, 4)], 2);
    const planner = new WindowPlanner(
      { ...settings, prefixEnd: hourly },
      [{ partition: 0, from: 0n, until: 6n }],
      there,
      1,
    );
    assert.deepEqual((await planner.next())?.ranges, [{ partition: 0, from: 0n, until: 4n, epoch: undefined }]);
    assert.equal(await planner.next(), undefined);
  });

  it('names why a window ends', async () => {
    const at = (seconds: number, size = 10): LogRecord => ({ arrivalMs: 9 * hourMs + seconds * 1000, size });
    const reasons = async (records: readonly LogRecord[]) =>
      (await windowsOf([records], { batchRecords: 100, fetchBytes: 1e6 })).map(({ reason }) => reason);
    assert.deepEqual(await reasons([at(0), at(61)]), ['interval', 'end']);
    assert.deepEqual(await reasons([at(3590), at(3610)]), ['prefix', 'end']);
    assert.deepEqual(await reasons([at(0, 300), at(1, 300)]), ['size', 'end']);
    assert.deepEqual(await reasons([]), []);
  });
});
