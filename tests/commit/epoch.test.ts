import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { beginEpoch, type Closing, closeSeries, currentEpoch, laneSeries } from '../../src/commit/epoch.ts';
import { type CommitSeries, openSeries } from '../../src/commit/series.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';

type Commit = { readonly kind: 'flush' | 'close'; readonly end: string };

const effects = testEffects();
const isClose = (commit: Commit): boolean => commit.kind === 'close';
const close = (last: Commit | undefined): Commit => ({ kind: 'close', end: last?.end ?? '0' });
const closing: Closing<Commit> = { isClose, close, settle: async () => {} };
let folder: string;
let store: ObjectStore;
before(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'playhead-epoch-'));
  store = await openFileStore(folder, effects);
});
after(async () => {
  await store.close();
  await fs.rm(folder, { recursive: true });
});

const open = (name: string): CommitSeries<{ until: string }, Commit> =>
  openSeries(store, name, effects, { isLast: isClose });

test('a writer that slept over the close of its series commits nothing', async () => {
  const stalled = open('o.e0.l0');
  await stalled.commit(0, { kind: 'flush', end: '7' });
  await stalled.plan(1, { until: '20' });
  const closed = await closeSeries(open('o.e0.l0'), closing, effects);
  assert.deepEqual(closed, { n: 1, commit: { kind: 'close', end: '7' } });
  const late = await stalled.commit(1, { kind: 'flush', end: '20' });
  assert.deepEqual(late, { commit: { kind: 'close', end: '7' }, adopted: true });
  await assert.rejects(stalled.commit(2, { kind: 'flush', end: '20' }), (error) =>
    isPlayheadError(error, 'PH_COMMIT_CONFLICT'),
  );
  assert.deepEqual(await closeSeries(stalled, closing, effects), closed);
});

test('a close that loses its number to a flush closes behind it', async () => {
  const writer = open('p.e0.l0');
  let raced = false;
  const racing = testEffects({
    reached: async (step) => {
      if (step !== 'series.closing' || raced) return;
      raced = true;
      await writer.commit(0, { kind: 'flush', end: '9' });
    },
  });
  const closed = await closeSeries(open('p.e0.l0'), closing, racing);
  assert.deepEqual(closed, { n: 1, commit: { kind: 'close', end: '9' } });
});

test('a plan that a writer made since the series was settled is settled before the close', async () => {
  const writer = open('r.e0.l0');
  await writer.plan(0, { until: '30' });
  const settle = async (): Promise<void> => void (await writer.commit(0, { kind: 'flush', end: '30' }));
  const closed = await closeSeries(open('r.e0.l0'), { ...closing, settle }, effects);
  assert.deepEqual(closed, { n: 1, commit: { kind: 'close', end: '30' } });
});

test('an epoch begins when all series of the one before are closed, and of two beginners one decides', async () => {
  const closed = async (name: string): Promise<boolean> => {
    const { last } = await open(name).head();
    return last !== undefined && isClose(last);
  };
  const conflict = (error: unknown): boolean => isPlayheadError(error, 'PH_COMMIT_CONFLICT');
  assert.equal(await currentEpoch(store, 'q'), undefined);
  await assert.rejects(beginEpoch(store, 'q', { number: 1, lanes: 1 }, closed), conflict);
  await beginEpoch(store, 'q', { number: 0, lanes: 2 }, closed);
  for (const lane of [0, 1]) {
    await assert.rejects(beginEpoch(store, 'q', { number: 1, lanes: 3 }, closed), conflict);
    await closeSeries(open(laneSeries('q', 0, lane)), closing, effects);
  }
  const begun = await Promise.all([3, 4].map((lanes) => beginEpoch(store, 'q', { number: 1, lanes }, closed)));
  assert.deepEqual(begun[0], begun[1]);
  assert.deepEqual(await currentEpoch(store, 'q'), begun[0]);
});
