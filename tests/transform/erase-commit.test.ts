import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byCommit, type ErasedRecords, withoutErasedRecords } from '../../src/transform/erase-commit.ts';
import type { JobCommit } from '../../src/transform/job-plan.ts';

/** Commit n reads one object of ten records, all of them into the one partition. */
function commitAt(n: number): JobCommit {
  const counts = { read: 10, written: 10, quarantined: 0, deduplicated: 0 };
  return {
    format: 2,
    job: 'shop.curate',
    committedAtMs: 0,
    positions: {},
    arrivedMs: {},
    objects: [],
    sidecars: [{ key: 'sidecar', etag: '', sizeBytes: 0, rows: 10 * (n + 1), partition: ['6'] }],
    inputs: [{ key: `object-${n}`, series: 'shop.deliver', commit: n, ...counts }],
    partitions: [{ values: ['6'], ...counts, rows: 10 * (n + 1), superseded: 0, restated: n > 0 }],
    total: { ...counts, superseded: 0 },
  };
}

/** One record of each commit, each of which counts how often anybody looks at it. */
function erasedOf(commits: number): { readonly erased: readonly ErasedRecords[]; readonly looks: () => number } {
  let looks = 0;
  const erased = Array.from({ length: commits }, (_, n) => {
    const records = { source: `object-${n}`, readBy: n, replays: [], decidedBy: n, fate: 'written', count: 1 };
    return {
      ...records,
      get sidecar(): string {
        looks += 1;
        return 'sidecar';
      },
    };
  });
  return { erased, looks: () => looks };
}

/** How often erased records were looked at until so many commits were amended. */
function looksFor(commits: number): number {
  const { erased, looks } = erasedOf(commits);
  const index = byCommit(erased);
  for (let n = 0; n < commits; n += 1) {
    const { inputs, partitions, total } = withoutErasedRecords(commitAt(n), n, index);
    const counts = { read: 9, written: 9, quarantined: 0, deduplicated: 0 };
    assert.deepEqual(inputs, [{ key: `object-${n}`, series: 'shop.deliver', commit: n, ...counts }]);
    assert.deepEqual(partitions, [{ values: ['6'], ...counts, rows: 9 * (n + 1), superseded: 0, restated: n > 0 }]);
    assert.deepEqual(total, { ...counts, superseded: 0 });
  }
  return looks();
}

test('a commit looks at the erased records that it counted, however many others there are', () => {
  assert.equal(looksFor(100), 200);
  assert.equal(looksFor(200), 400);
});
