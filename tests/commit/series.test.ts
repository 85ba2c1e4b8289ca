import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { blockOf, storedCommits } from '../../src/commit/packed-commits.ts';
import { openSeries, seriesNames } from '../../src/commit/series.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { commitSeriesConformance } from '../conformance/commit-series.ts';
import { withBucketEtags } from '../lake/bucket-etags.ts';

let folder: string;
let store: ObjectStore;
before(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'playhead-series-'));
  store = await openFileStore(folder, testEffects());
});
after(async () => {
  await store.close();
  await fs.rm(folder, { recursive: true });
});

commitSeriesConformance('file store', async (name, settings) => openSeries(store, name, testEffects(), settings));

/** A store that holds `count` commits without a file for each, and counts what is asked of it. */
function longSeries(count: number, checkpoint: number | undefined): { store: ObjectStore; asked: () => number } {
  let asked = 0;
  const numberIn = (key: string): number => Number(/commit\/(\d+)\.json$/.exec(key)?.[1] ?? Number.NaN);
  const info = (key: string) => ({ key, sizeBytes: 10, etag: 'x', modifiedMs: 0 });
  const long: ObjectStore = {
    ...store,
    head: async (key) => {
      asked += 1;
      return numberIn(key) < count ? info(key) : undefined;
    },
    get: async (key) => {
      asked += 1;
      const isCheckpoint = key.endsWith('checkpoint.json') && checkpoint !== undefined;
      if (!isCheckpoint && !(numberIn(key) < count)) return store.get(key);
      const value = isCheckpoint ? { next: checkpoint } : { rows: numberIn(key) };
      const body = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from(JSON.stringify(value));
      };
      return { info: info(key), body: body() };
    },
    list: () => assert.fail('a head is found without listing'),
  };
  return { store: long, asked: () => asked };
}

test('the head of 100,000 commits is found in a few look-ups, also without a checkpoint or with a wrong one', async () => {
  for (const [checkpoint, most] of [
    [99_900, 25],
    [undefined, 45],
    [12_300, 45],
    [200_000, 45],
  ] as const) {
    const { store: long, asked } = longSeries(100_000, checkpoint);
    const head = await openSeries<unknown, { rows: number }>(long, 'long', testEffects()).head();
    assert.deepEqual(head, { next: 100_000, last: { rows: 99_999 } });
    assert.ok(asked() <= most, `${asked()} look-ups with checkpoint ${checkpoint}`);
  }
});

test('a checkpoint is left every hundred commits', async () => {
  const series = openSeries<{ n: number }, { n: number }>(store, 'hundred', testEffects());
  for (let n = 0; n < 101; n += 1) await series.commit(n, { n });
  const checkpoint = await fs.readFile(join(folder, '_playhead/series/hundred/checkpoint.json'), 'utf8');
  assert.deepEqual(JSON.parse(checkpoint), { next: 100 });
  assert.equal((await series.head()).next, 101);
});

test('the 256th commit packs those before it', async () => {
  const commits = join(folder, '_playhead/series/packs/commit');
  await fs.mkdir(commits, { recursive: true });
  for (let n = 0; n < 255; n += 1)
    await fs.writeFile(join(commits, `${String(n).padStart(10, '0')}.json`), `{"n":${n}}\n`);
  await openSeries<unknown, { n: number }>(store, 'packs', testEffects()).commit(255, { n: 255 });
  const packed = gunzipSync(await fs.readFile(join(folder, '_playhead/packed/packs/0000000000.json.gz')));
  const expected = Array.from({ length: 256 }, (_, n) => `{"n":${n}}\n`);
  assert.deepEqual(JSON.parse(packed.toString()).commits, expected);
});

test('packed commits are taken where lists have no checksums, and not where one was replaced', async () => {
  const bucket = withBucketEtags(store);
  const key = (n: number): string => `_playhead/series/bucket/commit/${String(n).padStart(10, '0')}.json`;
  for (let n = 0; n < 255; n += 1) await bucket.put(key(n), Buffer.from(`{"n":${n}}\n`));
  await openSeries<unknown, { n: number }>(bucket, 'bucket', testEffects()).commit(255, { n: 255 });
  await bucket.put(key(7), Buffer.from('{"n":-7}\n'));
  const read: string[] = [];
  const counted: ObjectStore = {
    ...bucket,
    get: (asked, options) => {
      read.push(asked);
      return bucket.get(asked, options);
    },
  };
  const found: number[] = [];
  for await (const { commit } of storedCommits<{ n: number }>(counted, 'bucket')) found.push(commit.n);
  assert.deepEqual(
    found,
    Array.from({ length: 256 }, (_, n) => (n === 7 ? -7 : n)),
  );
  assert.deepEqual(read, [blockOf('bucket', 0), key(7)]);
});

test('a bigint is refused rather than written as something else', async () => {
  const series = openSeries<{ position: bigint }, unknown>(store, 'bigint', testEffects());
  await assert.rejects(series.plan(0, { position: 1n }), TypeError);
});

test('a plan that is not JSON is corrupt state', async () => {
  const series = openSeries<unknown, unknown>(store, 'corrupt', testEffects());
  await store.put('_playhead/series/corrupt/plan/0000000000.json', Buffer.from('{"half'));
  await assert.rejects(series.head(), (error) => isPlayheadError(error, 'PH_STATE_CORRUPT'));
});

test('every series of the lake is found by name', async () => {
  await openSeries(store, 'found.one', testEffects()).commit(0, {});
  const names: string[] = [];
  for await (const name of seriesNames(store)) names.push(name);
  assert.ok(names.includes('found.one'));
  assert.throws(() => openSeries(store, '../escape', testEffects()), /cannot name a commit series/);
});
