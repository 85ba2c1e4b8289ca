import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../../src/base/errors.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { openSeries } from '../../src/commit/series.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import { type Contributor, registerCommits } from '../../src/table/contribution.ts';
import { rebuild } from '../../src/table/rebuild.ts';
import { isRetained, retain, soundVersionFile, sweepRetained, versionFile } from '../../src/table/retained.ts';
import { snapshot } from '../../src/table/snapshot.ts';
import { withBucketEtags } from '../lake/bucket-etags.ts';
import { countedStore } from '../lake/counted-store.ts';

const effects = testEffects();
const failsWith = (code: ErrorCode) => (error: unknown) => isPlayheadError(error, code);
const text = (body: string): Uint8Array => Buffer.from(body);
const nothing = async (): Promise<readonly []> => [];
let folder: string;
let store: ObjectStore;
let catalog: Catalog;
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'playhead-table-'));
  store = await openFileStore(join(folder, 'lake'), effects);
  catalog = await openSqliteCatalog(join(folder, 'catalog.sqlite'), effects);
  await catalog.createDatabase('d');
  const partitionKeys = [{ name: 'hour', type: 'int' }];
  const columns = [{ name: 'a', type: 'int' }];
  await catalog.putTable(
    { database: 'd', name: 't', columns, partitionKeys, location: 't/', format: 'json', parameters: { owner: 'me' } },
    0,
  );
});
afterEach(async () => {
  await catalog.close();
  await store.close();
  await fs.rm(folder, { recursive: true });
});

const fed = (series: string): Contributor => ({
  series,
  database: 'd',
  table: 't',
  contribution: (commit) => commit as ReturnType<Contributor['contribution']>,
});

async function commitTo(series: string, n: number, hour: string | undefined): Promise<void> {
  const object = {
    key: `t/hour=${hour}/${series}-${n}`,
    etag: `${n}`,
    rows: 1,
    sizeBytes: 10,
    partition: [hour ?? ''],
  };
  const commit = { objects: hour === undefined ? [] : [object], replaces: [] };
  await openSeries<unknown, unknown>(store, series, effects).commit(n, commit);
}

test('a snapshot names exact objects, and the last commit of each series', async () => {
  await commitTo('one', 0, '01');
  await commitTo('one', 1, undefined);
  await commitTo('two', 0, '02');
  assert.equal(await registerCommits(catalog, store, fed('one'), effects), 2);
  assert.equal(await registerCommits(catalog, store, fed('one'), effects), 0);
  await registerCommits(catalog, store, fed('two'), effects);
  const whole = await snapshot(catalog, 'd', 't');
  assert.deepEqual(whole.objects.map(({ key, etag }) => [key, etag]).sort(), [
    ['t/hour=01/one-0', '0'],
    ['t/hour=02/two-0', '0'],
  ]);
  assert.deepEqual(Object.fromEntries(whole.commits), { one: 1, two: 0 });
  const pruned = await snapshot(catalog, 'd', 't', { partitions: [['02']], series: ['one', 'two', 'three'] });
  assert.deepEqual(
    pruned.objects.map(({ key }) => key),
    ['t/hour=02/two-0'],
  );
  assert.deepEqual(Object.fromEntries(pruned.commits), { one: 1, two: 0, three: -1 });
  await assert.rejects(snapshot(catalog, 'd', 'none'), failsWith('PH_TABLE_UNKNOWN'));
});

test('a commit that comes in while a snapshot is taken is in it whole or not at all', async () => {
  await commitTo('one', 0, '01');
  await registerCommits(catalog, store, fed('one'), effects);
  await commitTo('one', 1, '01');
  let reads = 0;
  const racing: Catalog = {
    ...catalog,
    objects: async (...args) => {
      const objects = await catalog.objects(...args);
      reads += 1;
      if (reads === 1) await registerCommits(catalog, store, fed('one'), effects);
      return objects;
    },
  };
  const taken = await snapshot(racing, 'd', 't', { series: ['one'] });
  assert.equal(taken.commits.get('one'), 1);
  assert.equal(taken.objects.length, 2);
});

test('a replaced object is read as it was, until it is swept', async () => {
  const old = await store.put('t/hour=01/data', text('old'));
  await retain(store, old);
  await retain(store, old);
  await store.put(old.key, text('new'), { ifMatch: old.etag });
  assert.equal(await fs.readFile(await versionFile(store, old), 'utf8'), 'old');
  const path = await versionFile(store, old);
  assert.equal(await sweepRetained(store, nothing), 0);
  assert.equal(await sweepRetained(store, async () => [old], 0), 0);
  assert.equal(await sweepRetained(store, nothing, 0), 1);
  await assert.rejects(versionFile(store, old), failsWith('PH_OBJECT_CHANGED'));
  await assert.rejects(fs.readFile(path));
  assert.equal(Buffer.from((await readAll(store, old.key)).bytes).toString(), 'new');
  await assert.rejects(retain(store, old), failsWith('PH_OBJECT_CHANGED'));
});

test('what a job reads is read twice where the file is the object, and once where it is a copy from elsewhere', async () => {
  const { store: counted, taken } = countedStore(store);
  const { capabilities } = store;
  for (const [localFiles, gets] of [
    [true, 1],
    [false, 0],
  ] as const) {
    const version = await store.put(`t/sound-${gets}`, Buffer.from('rows'));
    await soundVersionFile({ ...counted, capabilities: { ...capabilities, localFiles } }, version);
    const { localFile, get } = taken();
    assert.deepEqual({ localFile, get }, { localFile: 1, get: gets });
  }
});

test('what was retained is read also where its copy has another etag', async () => {
  const bucket = withBucketEtags(store);
  const old = await bucket.put('t/encrypted', Buffer.from('old'));
  await retain(bucket, old);
  await bucket.put('t/encrypted', Buffer.from('new'), { ifMatch: old.etag });
  assert.ok(await isRetained(bucket, old));
  assert.equal(await fs.readFile(await versionFile(bucket, old), 'utf8'), 'old');
});

test('what is older than an hour by the time of the store is swept, whatever our clock says', async () => {
  const old = await store.put('t/a', text('old'));
  await retain(store, old);
  const retained = join(folder, 'lake/_playhead/retained', old.etag, 't/a');
  await fs.utimes(retained, new Date(), new Date(Date.now() - 3_599_000));
  assert.equal(await sweepRetained(store, nothing), 0);
  await fs.utimes(retained, new Date(), new Date(Date.now() - 3_601_000));
  assert.equal(await sweepRetained(store, nothing), 1);
});

test('a lost catalog is made anew from the commits', async () => {
  await commitTo('one', 0, '01');
  await commitTo('one', 1, '02');
  await commitTo('two', 0, '02');
  for (const series of ['one', 'two']) await registerCommits(catalog, store, fed(series), effects);
  const before = await catalog.objects('d', 't');
  const partitions = await catalog.partitions('d', 't');
  await catalog.dropPartitions('d', 't', [['02']]);
  assert.equal((await catalog.objects('d', 't')).length, 1);
  assert.deepEqual(await rebuild(catalog, store, [fed('one'), fed('two')], effects), new Map([['d.t', 3]]));
  assert.deepEqual(await catalog.objects('d', 't'), before);
  assert.deepEqual(await catalog.partitions('d', 't'), partitions);
  assert.deepEqual((await catalog.table('d', 't'))?.parameters, { owner: 'me' });
  await assert.rejects(
    rebuild(catalog, store, [{ ...fed('one'), table: 'x' }], effects),
    failsWith('PH_TABLE_UNKNOWN'),
  );
});

test('a table that is made anew is whole for its readers all the time, and has what was committed meanwhile', async () => {
  await commitTo('one', 0, '01');
  await commitTo('one', 1, '02');
  await registerCommits(catalog, store, fed('one'), effects);
  const reader = await openSqliteCatalog(join(folder, 'catalog.sqlite'), effects);
  const seen: number[] = [];
  const look = async (): Promise<void> => {
    seen.push((await reader.objects('d', 't')).length);
  };
  let commitMore = async (): Promise<void> => {
    commitMore = async () => {};
    await commitTo('one', 2, '02');
    await registerCommits(reader, store, fed('one'), effects);
  };
  const watched: Catalog = {
    ...catalog,
    registerAnew: async (...args) => {
      await look();
      await commitMore();
      const done = await catalog.registerAnew(...args);
      await look();
      return done;
    },
  };
  const watchedStore: ObjectStore = { ...store, get: async (...args) => look().then(() => store.get(...args)) };
  assert.deepEqual(await rebuild(watched, watchedStore, [fed('one')], effects), new Map([['d.t', 3]]));
  assert.deepEqual([...new Set(seen)], [2, 3]);
  await reader.close();
});
