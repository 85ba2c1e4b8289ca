import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { betaBinomialTail, binomialTail, clopperPearson } from '../../src/insight/binomial.ts';
import { generalisedEsd } from '../../src/insight/generalised-esd.ts';
import { incompleteBeta } from '../../src/insight/incomplete-beta.ts';
import { stl } from '../../src/insight/stl.ts';
import { studentTQuantile } from '../../src/insight/student-t.ts';

interface Decomposed {
  readonly seasonal: readonly number[];
  readonly trend: readonly number[];
}

/** Values of scipy and statsmodels; `origin` has their versions, `statistics.py` beside it is what made them. */
interface Golden {
  readonly studentT: readonly { df: number; upperTail: number; value: number }[];
  readonly incompleteBeta: readonly { a: number; b: number; x: number; value: number }[];
  readonly binomialTail: readonly { k: number; n: number; p: number; value: number }[];
  readonly betaBinomialTail: readonly { k: number; n: number; a: number; b: number; value: number }[];
  readonly clopperPearson: readonly { k: number; n: number; confidence: number; low: number; high: number }[];
  readonly series: { readonly period: number; readonly values: readonly number[] };
  readonly periodic: Decomposed;
  readonly periodicRobust: Decomposed;
  readonly seasonal7Robust: Decomposed;
}

const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/insight/statistics.json'), 'utf8'));

function near(found: number, expected: number, relative: number): void {
  assert.ok(Math.abs(found - expected) <= relative * Math.abs(expected), `${found}, expected ${expected}`);
}

describe('distributions agree with scipy', () => {
  it('the incomplete beta function', () => {
    for (const { a, b, x, value } of golden.incompleteBeta) near(incompleteBeta(a, b, x), value, 1e-10);
  });

  it('quantiles of Student’s t, far out too', () => {
    for (const { df, upperTail, value } of golden.studentT) near(studentTQuantile(upperTail, df), value, 1e-11);
  });

  it('the upper tails of the binomial and the beta-binomial distribution', () => {
    for (const { k, n, p, value } of golden.binomialTail) near(binomialTail(k, n, p), value, 1e-10);
    for (const { k, n, a, b, value } of golden.betaBinomialTail) near(betaBinomialTail(k, n, a, b), value, 1e-10);
  });

  it('Clopper and Pearson’s interval', () => {
    for (const { k, n, confidence, low, high } of golden.clopperPearson) {
      const found = clopperPearson(k, n, confidence);
      near(found.low, low, 1e-11);
      near(found.high, high, 1e-11);
    }
  });

  it('a rate that is known well gives the binomial tail; one that is not gives wider limits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.double({ min: 0.02, max: 0.4, noNaN: true }), (n, share) => {
        const k = Math.ceil(n * share * 2) + 1;
        fc.pre(k <= n);
        near(betaBinomialTail(k, n, share * 1e9, (1 - share) * 1e9), binomialTail(k, n, share), 1e-4);
        assert.ok(betaBinomialTail(k, n, share * 50, (1 - share) * 50) > binomialTail(k, n, share));
      }),
      { seed: 11, numRuns: 50 },
    );
  });
});

describe('seasonal and trend decomposition agrees with statsmodels', () => {
  const values = Float64Array.from(golden.series.values);
  const { period } = golden.series;

  function same(found: ArrayLike<number>, expected: readonly number[]): void {
    for (const [i, value] of expected.entries())
      assert.ok(Math.abs((found[i] ?? Number.NaN) - value) < 1e-8, `${i}: ${found[i]}, expected ${value}`);
  }

  it('with a seasonal window, robust', () => {
    const { seasonal, trend } = stl(values, { period, seasonal: 7, robust: true, jump: 1 });
    same(seasonal, golden.seasonal7Robust.seasonal);
    same(trend, golden.seasonal7Robust.trend);
  });

  it('periodic: its window made endless, and then the mean of each phase, as R does', () => {
    for (const [robust, expected] of [
      [false, golden.periodic],
      [true, golden.periodicRobust],
    ] as const) {
      const { seasonal, trend } = stl(values, { period, seasonal: 'periodic', robust, jump: 1 });
      const mean = (phase: number): number => {
        const own = expected.seasonal.filter((_, i) => i % period === phase);
        return own.reduce((sum, value) => sum + value, 0) / own.length;
      };
      same(
        seasonal,
        expected.seasonal.map((_, i) => mean(i % period)),
      );
      same(trend, expected.trend);
    }
  });

  it('interpolating between every n-th fit changes little', () => {
    const every = stl(values, { period, seasonal: 'periodic', robust: true, jump: 1 });
    const some = stl(values, { period, seasonal: 'periodic', robust: true });
    const widest = Math.max(...every.seasonal.map((value, i) => Math.abs(value - (some.seasonal[i] ?? 0))));
    assert.ok(widest < 0.5, `${widest} of an amplitude of 40`);
  });
});

/** Rosner's example of 54 values, as the NIST/SEMATECH e-Handbook of Statistical Methods gives it (section 1.3.5.17.3). */
const rosner = [
  -0.25, 0.68, 0.94, 1.15, 1.2, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58, 1.65, 1.69, 1.7, 1.76, 1.77,
  1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.1, 2.14, 2.15, 2.23, 2.24, 2.26, 2.35, 2.37, 2.4, 2.47, 2.54, 2.62, 2.64,
  2.9, 2.92, 2.92, 2.93, 3.21, 3.26, 3.3, 3.59, 3.68, 4.3, 4.64, 5.34, 5.42, 6.01,
];

describe('the generalised ESD test', () => {
  it('finds Rosner’s three outliers, with the handbook’s statistics and critical values', () => {
    const { rounds, outliers } = generalisedEsd(rosner, { alpha: 0.05, most: 10, by: 'mean' });
    assert.equal(outliers, 3);
    const published = [
      [3.118, 3.158],
      [2.942, 3.151],
      [3.179, 3.143],
      [2.81, 3.136],
      [2.815, 3.128],
      [2.848, 3.12],
      [2.279, 3.111],
      [2.31, 3.103],
      [2.101, 3.094],
      [2.067, 3.085],
    ];
    for (const [i, [statistic = 0, critical = 0]] of published.entries()) {
      assert.ok(Math.abs((rounds[i]?.statistic ?? 0) - statistic) < 1.01e-3, `round ${i + 1}: ${rounds[i]?.statistic}`);
      assert.ok(Math.abs((rounds[i]?.critical ?? 0) - critical) < 1.01e-3, `round ${i + 1}: ${rounds[i]?.critical}`);
    }
  });

  it('by median and MAD, outliers don’t hide behind each other', () => {
    const calm = Array.from({ length: 100 }, (_, i) => Math.sin(i * 12.9898) * 3);
    const values = [...calm, ...Array.from({ length: 12 }, (_, i) => 18 + i / 10)];
    const found = (by: 'mean' | 'median', most: number): number =>
      generalisedEsd(values, { alpha: 0.05, most, by }).outliers;
    assert.equal(found('median', 2), 2);
    assert.equal(found('median', 30), 12);
    assert.equal(found('mean', 2), 0);
    assert.equal(generalisedEsd(calm, { alpha: 0.05, most: 10, by: 'mean' }).outliers, 0);
  });
});
