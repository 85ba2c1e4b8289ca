import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import type { CommitSeries } from '../../src/commit/series.ts';

interface Plan {
  readonly seed: number;
}
interface Commit {
  readonly rows: number;
  readonly end?: true;
}

/** What every commit series does. `open` opens the named series over one shared store, as another process would. */
export function commitSeriesConformance(
  name: string,
  open: (series: string, settings?: { isLast: (commit: Commit) => boolean }) => Promise<CommitSeries<Plan, Commit>>,
): void {
  const conflict = (error: unknown): boolean => isPlayheadError(error, 'PH_COMMIT_CONFLICT');

  describe(`${name}: commit series`, () => {
    test('an empty series begins at 0', async () => {
      const series = await open('empty');
      assert.deepEqual(await series.head(), { next: 0 });
      assert.equal(await series.read(0), undefined);
    });

    test('plans and commits follow each other by number', async () => {
      const series = await open('follow');
      assert.deepEqual(await series.plan(0, { seed: 1 }), { plan: { seed: 1 }, adopted: false });
      assert.deepEqual(await series.head(), { next: 0, pendingPlan: { seed: 1 } });
      assert.deepEqual(await series.commit(0, { rows: 10 }), { commit: { rows: 10 }, adopted: false });
      assert.deepEqual(await series.head(), { next: 1, last: { rows: 10 } });
      await assert.rejects(series.plan(2, { seed: 2 }), conflict);
      await assert.rejects(series.commit(2, { rows: 1 }), conflict);
    });

    test('of writers that race, one decides and the others adopt it', async () => {
      const writers = await Promise.all(Array.from({ length: 8 }, () => open('race')));
      const plans = await Promise.all(writers.map((writer, seed) => writer.plan(0, { seed })));
      assert.equal(plans.filter((plan) => !plan.adopted).length, 1);
      assert.equal(new Set(plans.map(({ plan }) => plan.seed)).size, 1);
      const commits = await Promise.all(writers.map((writer, rows) => writer.commit(0, { rows })));
      assert.equal(commits.filter((commit) => !commit.adopted).length, 1);
      assert.equal(new Set(commits.map(({ commit }) => commit.rows)).size, 1);
    });

    test('a writer that slept cannot commit a second truth', async () => {
      const sleeper = await open('sleep');
      await sleeper.plan(0, { seed: 1 });
      const other = await open('sleep');
      const { pendingPlan } = await other.head();
      assert.deepEqual(pendingPlan, { seed: 1 });
      await other.commit(0, { rows: 5 });
      await other.plan(1, { seed: 2 });
      await other.commit(1, { rows: 6 });
      assert.deepEqual(await sleeper.read(0), { rows: 5 });
      assert.deepEqual(await sleeper.commit(0, { rows: 999 }), { commit: { rows: 5 }, adopted: true });
      assert.equal((await sleeper.head()).next, 2);
    });

    test('commits come in order, from and to where they are asked for', async () => {
      const series = await open('order');
      for (let n = 0; n < 5; n += 1) {
        await series.plan(n, { seed: n });
        await series.commit(n, { rows: n });
      }
      const read = async (from: number, to?: number): Promise<number[]> => {
        const rows: number[] = [];
        for await (const { n, commit } of series.commits(from, to)) {
          assert.equal(n, commit.rows);
          rows.push(n);
        }
        return rows;
      };
      assert.deepEqual(await read(0), [0, 1, 2, 3, 4]);
      assert.deepEqual(await read(1, 3), [1, 2]);
      assert.deepEqual(await read(5), []);
    });

    test('a closed series takes nothing more', async () => {
      const series = await open('closed', { isLast: (commit) => commit.end === true });
      await series.plan(0, { seed: 1 });
      await series.commit(0, { rows: 0, end: true });
      await assert.rejects(series.plan(1, { seed: 1 }), conflict);
      await assert.rejects(series.commit(1, { rows: 1 }), conflict);
    });
  });
}
