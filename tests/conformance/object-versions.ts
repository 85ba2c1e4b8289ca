import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import type { ObjectStore, ObjectVersions, VersionInfo } from '../../src/lake/object-store.ts';

const text = (body: string): Uint8Array => Buffer.from(body);

/** What a server behind a backend is known not to do, and why the backend can't make up for it. */
export interface KnownDifferences {
  readonly creatingOverMarkers?: string;
}

/** What every versioned object store does besides. `open` gives a store over an empty bucket. */
export function objectVersionsConformance(
  name: string,
  open: () => Promise<ObjectStore>,
  { creatingOverMarkers }: KnownDifferences = {},
): void {
  describe(`${name}: versions`, () => {
    let store: ObjectStore;
    let versions: ObjectVersions;
    before(async () => {
      store = await open();
      assert.ok(store.capabilities.versioning && store.versions !== undefined);
      versions = store.versions;
    });
    after(() => store.close());

    const listed = async (prefix: string): Promise<VersionInfo[]> => {
      const found: VersionInfo[] = [];
      for await (const version of versions.list(prefix)) found.push(version);
      return found;
    };
    const contents = async (key: string): Promise<string[]> => {
      const bodies: string[] = [];
      for (const { kind, versionId } of await listed(key)) {
        if (kind === 'delete-marker') bodies.push('(deleted)');
        else bodies.push((await buffer((await versions.get(key, versionId)).body)).toString());
      }
      return bodies;
    };

    test('an object that is replaced stays as a version, the newest first', async () => {
      const first = await store.put('v/a', text('one'));
      await store.put('v/a', text('two'), { ifMatch: first.etag });
      await store.put('v/a', text('three'));
      assert.deepEqual(await contents('v/a'), ['three', 'two', 'one']);
      const found = await listed('v/a');
      assert.deepEqual(
        found.map(({ latest }) => latest),
        [true, false, false],
      );
      assert.equal(found[2]?.etag, first.etag);
      assert.equal(new Set(found.map(({ versionId }) => versionId)).size, 3);
    });

    test('a version is read in a range too', async () => {
      await store.put('range/a', text('playhead'));
      await store.put('range/a', text('x'));
      const id = (await listed('range/a'))[1]?.versionId ?? '';
      assert.equal(
        (await buffer((await versions.get('range/a', id, { range: { start: 2, end: 5 } })).body)).toString(),
        'ayh',
      );
    });

    test('a deleted object is marked, not gone; without the mark it is there again', async () => {
      await store.put('del/a', text('kept'));
      await store.delete('del/a');
      assert.equal(await store.head('del/a'), undefined);
      assert.deepEqual(await contents('del/a'), ['(deleted)', 'kept']);
      const [marker] = await listed('del/a');
      assert.ok(marker?.latest);
      await assert.rejects(versions.get('del/a', marker.versionId), (error) =>
        isPlayheadError(error, 'PH_OBJECT_MISSING'),
      );
      await versions.delete('del/a', marker.versionId);
      assert.notEqual(await store.head('del/a'), undefined);
      assert.deepEqual(await contents('del/a'), ['kept']);
    });

    test('what is created where an object was deleted has its history', {
      skip: creatingOverMarkers ?? false,
    }, async () => {
      await store.put('again/a', text('one'), { ifNoneMatch: '*' });
      await store.delete('again/a');
      await store.put('again/a', text('two'), { ifNoneMatch: '*' });
      assert.deepEqual(await contents('again/a'), ['two', '(deleted)', 'one']);
    });

    test('a version that is deleted is gone for good; of the latest, the one before takes the place', async () => {
      for (const body of ['one', 'two', 'three']) await store.put('gone/a', text(body));
      const [latest, middle] = await listed('gone/a');
      await versions.delete('gone/a', middle?.versionId ?? '');
      await versions.delete('gone/a', middle?.versionId ?? '');
      assert.deepEqual(await contents('gone/a'), ['three', 'one']);
      await versions.delete('gone/a', latest?.versionId ?? '');
      assert.deepEqual(await contents('gone/a'), ['one']);
      assert.equal((await store.head('gone/a'))?.sizeBytes, 3);
    });

    test('deleting what is not there makes no mark', async () => {
      await store.delete('none/a');
      assert.deepEqual(await listed('none/'), []);
    });

    test('versions are listed by prefix, and are no objects', async () => {
      await store.put('list/a/x', text('1'));
      await store.put('list/a/x', text('2'));
      await store.put('list/b', text('1'));
      const keys = (await listed('list/')).map(({ key }) => key).sort();
      assert.deepEqual(keys, ['list/a/x', 'list/a/x', 'list/b']);
      const page = await store.list('list/');
      assert.deepEqual(
        page.objects.map(({ key }) => key),
        ['list/a/x', 'list/b'],
      );
    });

    test('a version that never was is missing, and deleting it succeeds', async () => {
      await store.put('never/a', text('one'));
      for (const id of ['no-such-version', '01ARZ3NDEKTSV4RRFFQ69G5FAV'])
        await assert.rejects(versions.get('never/a', id), (error) => isPlayheadError(error, 'PH_OBJECT_MISSING'));
      await versions.delete('never/a', 'no-such-version');
      assert.deepEqual(await contents('never/a'), ['one']);
    });

    test('of sixteen that replace one content, each that did is a version', async () => {
      await store.put('race/a', text('start'));
      await Promise.all(Array.from({ length: 16 }, (_, i) => store.put('race/a', text(`${i}`))));
      assert.equal(new Set(await contents('race/a')).size, 17);
    });
  });
}
