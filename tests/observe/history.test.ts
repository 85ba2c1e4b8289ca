import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '../../src/base/effects.ts';
import { days, hours } from '../../src/base/units.ts';
import { aggregateOf, merge, statisticOf } from '../../src/observe/aggregate.ts';
import { type MetricHistory, openHistory } from '../../src/observe/history.ts';
import { measuring } from '../../src/observe/measures.ts';
import { recorder } from '../../src/observe/recorder.ts';

const startMs = Date.UTC(2025, 7, 11, 12);
const series = { instrument: 'playhead.run.duration', attributes: { address: 'shop.curate' } };

describe('history of measurements', () => {
  let folder: string;
  let history: MetricHistory;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-metrics-'));
    history = openHistory(join(folder, 'metrics.sqlite'));
  });
  afterEach(() => {
    history.close();
    rmSync(folder, { recursive: true });
  });

  const record = (atMs: number, ...values: number[]): void => {
    const clock = manualClock(atMs);
    const { meter, take } = recorder(clock);
    const measure = measuring(meter);
    for (const value of values) measure('run.duration', value, 'shop.curate');
    history.write(take());
  };

  it('stamps with the clock it was given, and reads by period', () => {
    record(startMs, 100, 300);
    record(startMs + 70_000, 50);
    const periods = history.read(series, startMs + 180_000, 60_000, 3);
    assert.deepEqual(
      periods.map((period) => period && { count: period.count, sum: period.sum, min: period.min, max: period.max }),
      [{ count: 2, sum: 400, min: 100, max: 300 }, { count: 1, sum: 50, min: 50, max: 50 }, undefined],
    );
  });

  it('adds up what several processes measured in one slot', () => {
    record(startMs, 1);
    const other = openHistory(join(folder, 'metrics.sqlite'));
    const { meter, take } = recorder(manualClock(startMs + 9_000));
    measuring(meter)('run.duration', 2, 'shop.curate');
    other.write(take());
    other.close();
    assert.equal(history.read(series, startMs + 60_000, 60_000, 1)[0]?.sum, 3);
  });

  it('keeps series of different attributes apart', () => {
    record(startMs, 1);
    assert.deepEqual(history.read({ ...series, attributes: { address: 'shop.other' } }, startMs + 60_000, 60_000, 1), [
      undefined,
    ]);
    assert.deepEqual(
      history.series().map(({ instrument, attributes }) => ({ instrument, attributes })),
      [series],
    );
  });

  it('rolls old slots up without changing what a longer period says, and drops the oldest', () => {
    for (let i = 0; i < 60; i += 1) record(startMs + i * 10_000, i);
    const before = history.read(series, startMs + 600_000, 600_000, 1);
    history.rollUp(startMs + hours(4));
    assert.deepEqual(history.read(series, startMs + 600_000, 600_000, 1), before);
    assert.deepEqual(
      history.read(series, startMs + 600_000, 10_000, 60).filter((each) => each !== undefined).length,
      10,
      'minutes are left',
    );
    history.rollUp(startMs + days(16));
    history.rollUp(startMs + days(64));
    assert.equal(history.read(series, startMs + hours(1), hours(1), 1)[0]?.sum, 1770);
    history.rollUp(startMs + days(456));
    assert.deepEqual(history.series(), []);
  });

  it('rolling up twice, or at another minute, is rolling up once', () => {
    for (let i = 0; i < 30; i += 1) record(startMs + i * 10_000, i);
    for (const minute of [0, 1, 1, 2, 3]) history.rollUp(startMs + hours(3) + minute * 70_000);
    assert.equal(history.read(series, startMs + 300_000, 300_000, 1)[0]?.count, 30);
  });

  it('writes what it could not write before, once, together with what came since', () => {
    const { meter, take, giveBack } = recorder(manualClock(startMs));
    const measure = measuring(meter);
    measure('run.duration', 1, 'shop.curate');
    giveBack(take());
    measure('run.duration', 2, 'shop.curate');
    history.write(take());
    history.write(take());
    const [period] = history.read(series, startMs + 60_000, 60_000, 1);
    assert.deepEqual([period?.count, period?.sum], [2, 3]);
  });

  it('gives a copy that later measurements do not touch', () => {
    record(startMs, 1);
    history.copyTo(join(folder, 'copy.sqlite'));
    record(startMs, 1);
    const copy = openHistory(join(folder, 'copy.sqlite'));
    assert.equal(copy.read(series, startMs + 60_000, 60_000, 1)[0]?.count, 1);
    copy.close();
  });
});

describe('aggregate', () => {
  const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });

  it('merged is aggregated together', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.array(value, { minLength: 1 }), (a, b) => {
        const of = (values: readonly number[]) => values.map((each) => aggregateOf(each)).reduce(merge);
        const [one, both] = [merge(of(a), of(b)), of([...a, ...b])];
        assert.deepEqual({ ...one, sum: 0 }, { ...both, sum: 0 });
        assert.ok(Math.abs(one.sum - both.sum) <= 1e-6 * Math.max(1, ...[...a, ...b].map(Math.abs)));
      }),
    );
  });

  it('has exact percentiles of small counts', () => {
    const aggregate = [0, 0, 1, 2, 7, 30].map((each) => aggregateOf(each)).reduce(merge);
    assert.deepEqual(
      (['p1', 'p50', 'p66', 'p80', 'p99'] as const).map((percentile) => statisticOf(aggregate, percentile)),
      [0, 1, 2, 7, 30],
    );
  });

  it('has percentiles within a percent of the nearest rank', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom('p0', 'p50', 'p90', 'p99', 'p99.9', 'p100'),
        (values, percentile) => {
          const sorted = values.toSorted((a, b) => a - b);
          const rank = Math.max(1, Math.ceil((Number(percentile.slice(1)) / 100) * values.length));
          const exact = sorted[rank - 1] ?? Number.NaN;
          const aggregate = values.map((each) => aggregateOf(each)).reduce(merge);
          const found = statisticOf(aggregate, percentile as 'p99');
          assert.ok(Math.abs(found - exact) <= exact * 0.01, `${found} for ${exact}`);
        },
      ),
    );
  });
});
