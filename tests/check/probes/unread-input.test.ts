import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { unreadInput } from '../../../src/check/probes/unread-input.ts';
import { openSeries } from '../../../src/commit/series.ts';
import { openFileStore } from '../../../src/lake/file.ts';
import type { Contribution, Contributor } from '../../../src/table/contribution.ts';

test('a commit that brings nothing, which no run ever consumes, is not waited for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-unread-'));
  const effects = testEffects();
  const store = await openFileStore(folder, effects);
  const object = { key: 'plays/a.json', etag: 'e', rows: 1, sizeBytes: 10, partition: [] };
  const commits = [[], [object], [], [object]].map((objects, n) => ({ objects, replaces: [], committedAtMs: 100 + n }));
  const series = openSeries<unknown, unknown>(store, 'plays', effects);
  for (const [n, commit] of commits.entries()) await series.commit(n, commit);
  const contributor: Contributor = {
    series: 'plays',
    database: 'media',
    table: 'plays',
    // As it was written above.
    contribution: (commit) => commit as Contribution,
  };
  const engine = { lake: async () => store, effects };
  const unread = (plays: number) => unreadInput(engine, [contributor], { plays });
  assert.deepEqual(await unread(0), { behind: 2, oldestMs: 101, ever: true });
  assert.deepEqual(await unread(2), { behind: 1, oldestMs: 103, ever: true });
  const nowMs = effects.clock.now();
  assert.deepEqual(await unread(4), { behind: 0, oldestMs: nowMs, ever: true });
  await store.close();
  await rm(folder, { recursive: true });
});
