import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import {
  clip,
  countWithin,
  gapsBetween,
  runsWithin,
  type SequenceRun,
  withRun,
} from '../../src/stream/sequence-runs.ts';

const members = ({ first, last }: SequenceRun): number[] =>
  Array.from({ length: Number(last - first) + 1 }, (_, i) => Number(first) + i);

it('runs of sequences hold what a set of them would', () => {
  const span = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
      const set = new Set<number>();
      let runs: readonly SequenceRun[] = [];
      for (const [from, count] of spans) {
        const asked = { first: BigInt(from), last: BigInt(from + count - 1) };
        const known = clip(runsWithin(runs, asked), asked);
        const fresh = gapsBetween(known, asked);
        const expected = members(asked).filter((n) => !set.has(n));
        assert.deepEqual(fresh.flatMap(members), expected);
        assert.equal(countWithin(known, asked.first, 0, count), count - expected.length);
        for (const run of fresh) runs = withRun(runs, run);
        for (const n of expected) set.add(n);
      }
      assert.deepEqual(
        runs.flatMap(members),
        [...set].toSorted((a, b) => a - b),
      );
      assert.ok(runs.every((run, at) => at === 0 || run.first > (runs[at - 1]?.last ?? 0n) + 1n));
    }),
  );
});
