import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AccountLine } from '../../src/delivery/plan.ts';
import { type PresentLog, SummingLines } from '../../src/ledger/delivery-sums.ts';

const hour = 3_600_000;

/** Records of each hour that each commit passed, of two partitions: the second log has half of what the first has. */
const commits = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 3 }), { maxLength: 12 });

interface Line extends AccountLine {
  readonly commit: number;
}

/** The lines of the commits from their figures: one range a commit and partition, over all of its hours. */
function linesOf(figures: readonly (readonly number[])[]): readonly Line[] {
  const stands = [0, 0];
  return figures.flatMap((hours, commit) =>
    [0, 1].flatMap((partition) => {
      const from = stands[partition] ?? 0;
      const until = from + hours.reduce((sum, records) => sum + records * (partition + 1), 0);
      stands[partition] = until;
      return hours.map((records, i) => {
        const logged = records * (partition + 1);
        const [range, counts] = [
          { from: `${from}`, until: `${until}` },
          { logged, delivered: logged, errored: 0 },
        ];
        return { commit, partition, ...range, hourMs: (commit + i) * hour, ...counts };
      });
    }),
  );
}

const series = 'media.landing.e0.l0';

function summed(lines: readonly Line[], log: PresentLog): SummingLines {
  const sums = new SummingLines(log);
  for (const [commit, own] of Map.groupBy(lines, (line) => line.commit)) sums.add(own, { series, commit });
  return sums;
}

describe('the lines of a delivery, summed up while its commits are read', () => {
  it('say per hour what all lines of the hour say', () => {
    fc.assert(
      fc.property(commits, (figures) => {
        const lines = linesOf(figures);
        const { hours } = summed(lines, { id: 'one', state: [] });
        const expected = [...Map.groupBy(lines, ({ hourMs }) => hourMs)].map(([hourMs, own]) => {
          const logged = own.reduce((sum, line) => sum + line.logged, 0);
          return [hourMs, { logged, delivered: logged, errored: 0, erased: 0, foreign: 0 }];
        });
        assert.deepEqual([...hours], expected);
      }),
    );
  });

  it('count what lies below the start of the log, also where it cuts a commit in two', () => {
    fc.assert(
      fc.property(commits, fc.nat(40), (figures, start) => {
        const state = [{ partition: 1, start: BigInt(start), end: 1000n, count: 0 }];
        const lines = linesOf(figures);
        const passed = lines.reduce((sum, line) => (line.partition === 1 ? sum + line.logged : sum), 0);
        assert.equal(summed(lines, { id: 'one', state }).belowStart, Math.min(passed, start));
      }),
    );
  });

  it('name the first commit that passed the end of the log', () => {
    fc.assert(
      fc.property(commits, fc.nat(40), (figures, end) => {
        const state = [{ partition: 0, start: 0n, end: BigInt(end), count: end }];
        const lines = linesOf(figures);
        const first = lines.find(({ partition, until }) => partition === 0 && Number(until) > end);
        const expected = first === undefined ? undefined : { series, commit: first.commit };
        assert.deepEqual(summed(lines, { id: 'one', state }).pastEnd.get(0), expected);
      }),
    );
  });
});
