import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { type ErrorCode, isPlayheadError } from '../../src/base/errors.ts';
import { listAll, type ObjectStore, readAll } from '../../src/lake/object-store.ts';

const text = (body: string): Uint8Array => Buffer.from(body);
const failsWith = (code: ErrorCode) => (error: unknown) => isPlayheadError(error, code);

async function* parts(...bodies: string[]): AsyncGenerator<Uint8Array> {
  for (const body of bodies) yield text(body);
}

async function contentOf(store: ObjectStore, key: string): Promise<string> {
  return Buffer.from((await readAll(store, key)).bytes).toString();
}

async function keysUnder(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of listAll(store, prefix)) keys.push(object.key);
  return keys;
}

/**
 * What every object store does. `open` gives a store over one shared, at first empty bucket; called again, another
 * handle on the same bucket, as another process would have.
 */
export function objectStoreConformance(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name}: object store`, () => {
    let store: ObjectStore;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    test('what was put is what is got, whole and in a range', async () => {
      const put = await store.put('get/a.txt', text('playhead'));
      const { info, bytes } = await readAll(store, 'get/a.txt');
      assert.equal(Buffer.from(bytes).toString(), 'playhead');
      // A store need not say at a put when, by its own clock, that was.
      assert.deepEqual({ ...info, modifiedMs: put.modifiedMs }, put);
      assert.equal(info.sizeBytes, 8);
      const range = await store.get('get/a.txt', { range: { start: 2, end: 5 } });
      assert.equal((await buffer(range.body)).toString(), 'ayh');
    });

    test('a range ends with the object, and is empty where it has no byte of it', async () => {
      await store.put('range/a', text('playhead'));
      await store.put('range/empty', new Uint8Array());
      const read = async (key: string, start: number, end: number): Promise<string> => {
        const { info, body } = await store.get(key, { range: { start, end } });
        assert.equal(info.sizeBytes, key === 'range/a' ? 8 : 0);
        return (await buffer(body)).toString();
      };
      assert.equal(await read('range/a', 5, 100), 'ead');
      assert.equal(await read('range/a', 3, 3), '');
      assert.equal(await read('range/a', 8, 9), '');
      assert.equal(await read('range/empty', 0, 0), '');
      assert.equal(await read('range/empty', 0, 5), '');
      await assert.rejects(read('range/none', 0, 0), failsWith('PH_OBJECT_MISSING'));
    });

    test('bodies that nobody reads hold nobody up', async () => {
      await store.put('unread/a', text('x'));
      await Promise.all(Array.from({ length: 120 }, () => store.get('unread/a')));
      assert.equal(await contentOf(store, 'unread/a'), 'x');
    });

    test('a body may come in parts, or be empty', async () => {
      await store.put('parts/a', parts('one ', 'two ', 'three'));
      assert.equal(await contentOf(store, 'parts/a'), 'one two three');
      assert.equal((await store.put('parts/empty', new Uint8Array())).sizeBytes, 0);
      assert.equal(await contentOf(store, 'parts/empty'), '');
    });

    test('a body may be a file, which stays its owner’s: also where it was refused, and when the object is gone', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'playhead-bodies-'));
      const path = join(folder, 'body');
      try {
        for (const bytes of [Buffer.from('of a file'), Buffer.alloc(0), Buffer.alloc(9_000_000, 'abcdefg')]) {
          const key = `file/${bytes.length}`;
          await writeFile(path, bytes);
          const put = await store.put(key, { path }, { ifNoneMatch: '*' });
          assert.equal(put.sizeBytes, bytes.length);
          assert.equal(put.sha256, createHash('sha256').update(bytes).digest('hex'));
          await assert.rejects(store.put(key, { path }, { ifNoneMatch: '*' }), failsWith('PH_OBJECT_EXISTS'));
          assert.ok(bytes.equals(await readFile(path)));
          await rm(path);
          assert.ok(bytes.equals((await readAll(store, key)).bytes));
        }
        await writeFile(path, 'kept');
        const { etag } = await store.put('file/replaced', text('before'));
        await store.put('file/replaced', { path }, { ifMatch: etag });
        await store.delete('file/replaced');
        assert.equal(await readFile(path, 'utf8'), 'kept');
        await assert.rejects(store.put('file/none', { path: join(folder, 'none') }));
        assert.equal(await store.head('file/none'), undefined);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    test('a body that fails leaves nothing behind', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield text('half');
        throw new Error('the source is gone');
      }
      await assert.rejects(store.put('broken/a', broken()), /the source is gone/);
      assert.equal(await store.head('broken/a'), undefined);
    });

    test('a large body streams out as it went in', async () => {
      const block = Buffer.alloc(700_000, 'abcdefg');
      async function* blocks(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 4; i += 1) yield block;
      }
      assert.equal((await store.put('large/a', blocks())).sizeBytes, 2_800_000);
      assert.ok(Buffer.concat([block, block, block, block]).equals((await readAll(store, 'large/a')).bytes));
    });

    test('a body of tens of megabytes is one object or none, and of two that create it one does', async () => {
      const block = Buffer.alloc(1_000_003, 'abcdefg');
      async function* blocks(count: number, last: Uint8Array): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < count; i += 1) yield block;
        yield last;
      }
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield* blocks(18, text('.'));
        throw new Error('the source is gone');
      }
      await assert.rejects(store.put('huge/a', broken()), /the source is gone/);
      assert.equal(await store.head('huge/a'), undefined);
      const racers = ['1', '2'].map((last) => store.put('huge/a', blocks(18, text(last)), { ifNoneMatch: '*' }));
      const results = await Promise.allSettled(racers);
      const [winner, ...others] = results.filter((result) => result.status === 'fulfilled');
      assert.ok(winner !== undefined && others.length === 0);
      for (const result of results)
        if (result.status === 'rejected') assert.ok(isPlayheadError(result.reason, 'PH_OBJECT_EXISTS'));
      const { info, bytes } = await readAll(store, 'huge/a');
      assert.deepEqual([info.sizeBytes, info.etag], [winner.value.sizeBytes, winner.value.etag]);
      const last = Buffer.from(bytes.subarray(-1)).toString();
      assert.ok(Buffer.concat([...Array.from({ length: 18 }, () => block), text(last)]).equals(bytes));
      assert.ok(last === '1' || last === '2');
    });

    test('the etag changes with the bytes', async () => {
      const first = await store.put('etag/a', text('1'));
      const second = await store.put('etag/a', text('2'));
      assert.notEqual(first.etag, second.etag);
      assert.equal((await store.head('etag/a'))?.etag, second.etag);
    });

    test('what is not there is missing, and deleting it succeeds', async () => {
      assert.equal(await store.head('none/at/all'), undefined);
      await assert.rejects(store.get('none/at/all'), failsWith('PH_OBJECT_MISSING'));
      await assert.rejects(store.localFile('none/at/all'), failsWith('PH_OBJECT_MISSING'));
      await store.delete('none/at/all');
    });

    test('if-none-match creates once', async () => {
      await store.put('once/a', text('first'), { ifNoneMatch: '*' });
      await assert.rejects(store.put('once/a', text('second'), { ifNoneMatch: '*' }), failsWith('PH_OBJECT_EXISTS'));
      assert.equal(await contentOf(store, 'once/a'), 'first');
    });

    test('if-match replaces and deletes only what was meant', async () => {
      const { etag } = await store.put('match/a', text('1'));
      const next = await store.put('match/a', text('2'), { ifMatch: etag });
      await assert.rejects(store.put('match/a', text('3'), { ifMatch: etag }), failsWith('PH_OBJECT_CHANGED'));
      await assert.rejects(store.put('match/none', text('3'), { ifMatch: etag }), failsWith('PH_OBJECT_CHANGED'));
      await assert.rejects(store.get('match/a', { ifMatch: etag }), failsWith('PH_OBJECT_CHANGED'));
      await assert.rejects(store.localFile('match/a', etag), failsWith('PH_OBJECT_CHANGED'));
      await assert.rejects(store.delete('match/a', { ifMatch: etag }), failsWith('PH_OBJECT_CHANGED'));
      assert.equal(await contentOf(store, 'match/a'), '2');
      await store.delete('match/a', { ifMatch: next.etag });
      assert.equal(await store.head('match/a'), undefined);
    });

    test('of sixteen that create one key, exactly one does', async () => {
      const other = await open();
      try {
        for (let round = 0; round < 5; round += 1) {
          const key = `race/create-${round}`;
          const racers = Array.from({ length: 16 }, (_, i) =>
            (i % 2 === 0 ? store : other).put(key, text(`${i}`), { ifNoneMatch: '*' }).then(() => i),
          );
          const results = await Promise.allSettled(racers);
          const winners = results.filter((result) => result.status === 'fulfilled');
          assert.equal(winners.length, 1);
          assert.equal(await contentOf(store, key), `${winners[0]?.value}`);
          for (const result of results)
            if (result.status === 'rejected') assert.ok(isPlayheadError(result.reason, 'PH_OBJECT_EXISTS'));
        }
      } finally {
        await other.close();
      }
    });

    test('of sixteen that replace one content, exactly one does', async () => {
      const other = await open();
      try {
        let { etag } = await store.put('race/replace', text('start'));
        for (let round = 0; round < 5; round += 1) {
          const meant = etag;
          const racers = Array.from({ length: 16 }, (_, i) =>
            (i % 2 === 0 ? store : other).put('race/replace', text(`${round}-${i}`), { ifMatch: meant }),
          );
          const results = await Promise.allSettled(racers);
          const winners = results.filter((result) => result.status === 'fulfilled');
          assert.equal(winners.length, 1);
          for (const result of results)
            if (result.status === 'rejected') assert.ok(isPlayheadError(result.reason, 'PH_OBJECT_CHANGED'));
          etag = (await store.head('race/replace'))?.etag ?? '';
          assert.equal(etag, winners[0]?.value.etag);
        }
      } finally {
        await other.close();
      }
    });

    test('a reader keeps the content that it opened while it is replaced', async () => {
      const old = Buffer.alloc(600_000, 'o');
      const { etag } = await store.put('reader/a.bin', old);
      const open = await store.get('reader/a.bin');
      const path = await store.localFile('reader/a.bin', etag);
      await store.put('reader/a.bin', text('new'));
      assert.ok(old.equals(await buffer(open.body)));
      const { readFile } = await import('node:fs/promises');
      assert.ok(old.equals(await readFile(path)));
    });

    test('objects of the same content and the same last name are read at paths of their own', async () => {
      const paths: string[] = [];
      for (const key of ['same/dt=1/data.bin', 'same/dt=2/data.bin']) {
        const { etag } = await store.put(key, text('the same'));
        paths.push(await store.localFile(key, etag));
      }
      assert.equal(new Set(paths).size, 2);
    });

    test('a listing is in byte order, by prefix, and sees every put before it', async () => {
      const keys = ['l/a', 'l/a-b', 'l/a/b'.replace('a/b', 'c/b'), 'l/c-d', 'l/é', 'l/\u{1f600}', 'l/\uffee', 'lx'];
      for (const key of keys) await store.put(key, text(key));
      const inOrder = keys.filter((key) => key.startsWith('l/')).sort((a, b) => Buffer.compare(text(a), text(b)));
      assert.deepEqual(await keysUnder(store, 'l/'), inOrder);
      assert.deepEqual(await keysUnder(store, 'l/c'), ['l/c-d', 'l/c/b']);
      assert.deepEqual(await keysUnder(store, 'nothing/'), []);
      assert.deepEqual(await keysUnder(store, 'lx/'), []);
      await store.delete('l/c/b');
      assert.deepEqual(await keysUnder(store, 'l/c'), ['l/c-d']);
    });

    test('pages join to the whole listing', async () => {
      for (let i = 0; i < 23; i += 1) await store.put(`page/${i % 3}/${String(i).padStart(3, '0')}`, text('x'));
      const whole = await keysUnder(store, 'page/');
      assert.equal(whole.length, 23);
      const paged: string[] = [];
      let startAfter: string | undefined;
      do {
        const page = await store.list('page/', { limit: 4, ...(startAfter === undefined ? {} : { startAfter }) });
        assert.ok(page.objects.length <= 4);
        paged.push(...page.objects.map((object) => object.key));
        startAfter = page.next;
      } while (startAfter !== undefined);
      assert.deepEqual(paged, whole);
    });

    test('a delimiter folds what lies deeper into prefixes, each once', async () => {
      for (const key of ['d/a', 'd/b/1', 'd/b/2', 'd/c/x/1', 'd/e']) await store.put(key, text('x'));
      const page = await store.list('d/', { delimiter: '/' });
      assert.deepEqual(
        page.objects.map((object) => object.key),
        ['d/a', 'd/e'],
      );
      assert.deepEqual(page.prefixes, ['d/b/', 'd/c/']);
      const first = await store.list('d/', { delimiter: '/', limit: 2 });
      assert.deepEqual([first.prefixes, first.next], [['d/b/'], 'd/b/']);
      const second = await store.list('d/', { delimiter: '/', limit: 2, startAfter: 'd/b/' });
      assert.deepEqual([second.prefixes, second.objects.map((object) => object.key)], [['d/c/'], ['d/e']]);
    });

    test('keys that are no keys are refused', async () => {
      const bad = ['', '/a', 'a//b', 'a/', '../a', 'a/../b', './a', 'a/.', 'a\0b', 'x'.repeat(1025), '\ud800'];
      for (const key of bad) {
        await assert.rejects(store.put(key, text('x')), failsWith('PH_OBJECT_KEY_INVALID'), JSON.stringify(key));
        await assert.rejects(store.get(key), failsWith('PH_OBJECT_KEY_INVALID'), JSON.stringify(key));
      }
      await assert.rejects(store.list('../'), failsWith('PH_OBJECT_KEY_INVALID'));
    });

    test('keys of any other text are kept', async () => {
      for (const key of ['k/year=2025/month=08/a b.json', 'k/ü/日本.gz', 'k/%2F+&?#"', 'k/…', 'k/...']) {
        await store.put(key, text(key));
        assert.equal(await contentOf(store, key), key);
      }
      assert.equal((await keysUnder(store, 'k/')).length, 5);
    });
  });
}
