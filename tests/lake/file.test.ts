import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { PathLike } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { systemEffects, testEffects } from '../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../../src/base/errors.ts';
import { newMasterKey } from '../../src/base/key-ring.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { listAll, type ObjectInfo, type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import { objectStoreConformance } from '../conformance/object-store.ts';
import { objectVersionsConformance } from '../conformance/object-versions.ts';

const text = (body: string): Uint8Array => Buffer.from(body);
const failsWith = (code: ErrorCode) => (error: unknown) => isPlayheadError(error, code);

let folder: string;
before(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'playhead-lake-'));
});
after(() => fs.rm(folder, { recursive: true }));

/** As where the file lies on another file system. */
function linkNoneOf(path: string, link: typeof fs.link): typeof fs.link {
  return async (from, to) => {
    if (from === path) throw Object.assign(new Error('cross-device link'), { code: 'EXDEV' });
    return link(from, to);
  };
}

objectStoreConformance('file store', () => openFileStore(join(folder, 'conformance'), systemEffects()));
objectStoreConformance('file store, sealed and versioned', () => openSealed('sealed'));
objectVersionsConformance('file store', () =>
  openFileStore(join(folder, 'versions'), systemEffects(), { versioning: true }),
);
objectVersionsConformance('file store, sealed', () => openSealed('sealed-versions'));

const key = newMasterKey();
const ring = { current: key, keys: [key], from: 'the test' };

async function openSealed(name: string): Promise<ObjectStore> {
  const spool = { folder: () => fs.mkdtemp(join(folder, 'spool-')), limitBytes: 2 ** 30 };
  const once = spool.folder();
  const sealing = { ring, spool: { ...spool, folder: () => once } };
  return openFileStore(join(folder, name), systemEffects(), { sealing, versioning: true });
}

describe('file store', () => {
  test('an object is a plain file at its key', async () => {
    const root = join(folder, 'plain');
    const store = await openFileStore(root, testEffects());
    await store.put('t/year=2025/a.json', text('{}'));
    assert.equal(await fs.readFile(join(root, 't/year=2025/a.json'), 'utf8'), '{}');
    await store.delete('t/year=2025/a.json');
    assert.deepEqual(await fs.readdir(root), ['.store']);
    await store.close();
  });

  test('of a file it is given, it keeps the file itself, and where it can’t, a copy', async () => {
    const root = join(folder, 'given');
    const path = join(folder, 'given.parquet');
    const effects = testEffects();
    const apart = { ...effects.fs, link: linkNoneOf(path, effects.fs.link) };
    for (const [key, given, isSame] of [
      ['same', effects, true],
      ['apart', { ...effects, fs: apart }, false],
    ] as const) {
      await fs.writeFile(path, 'PAR1');
      const store = await openFileStore(root, given);
      await store.put(key, { path }, { ifNoneMatch: '*' });
      assert.equal((await fs.stat(join(root, key))).ino === (await fs.stat(path)).ino, isSame);
      assert.equal(await fs.readFile(join(root, key), 'utf8'), 'PAR1');
      assert.deepEqual(await fs.readdir(join(root, '.store/incoming')), []);
      await store.close();
      await fs.rm(path);
    }
  });

  test('a key that could be taken for a version’s place is refused', async () => {
    const store = await openFileStore(join(folder, 'odd'), testEffects(), { versioning: true });
    for (const condition of [{}, { ifNoneMatch: '*' as const }])
      await assert.rejects(store.put('odd/.versions/a', text('1'), condition), failsWith('PH_OBJECT_KEY_INVALID'));
    await store.close();
  });

  test('files that others put, change or remove are noticed', async () => {
    const root = join(folder, 'others');
    const store = await openFileStore(root, testEffects());
    const { etag } = await store.put('a.csv', text('one'));
    await fs.writeFile(join(root, 'a.csv'), 'two, longer');
    await fs.writeFile(join(root, 'b.csv'), 'new');
    const listed: ObjectInfo[] = [];
    for await (const object of listAll(store, '')) listed.push(object);
    assert.deepEqual(
      listed.map((object) => [object.key, object.sizeBytes]),
      [
        ['a.csv', 11],
        ['b.csv', 3],
      ],
    );
    await assert.rejects(store.put('a.csv', text('x'), { ifMatch: etag }), failsWith('PH_OBJECT_CHANGED'));
    await store.put('a.csv', text('x'), { ifMatch: listed[0]?.etag ?? '' });
    await fs.rm(join(root, 'b.csv'));
    assert.equal(await store.head('b.csv'), undefined);
    await store.close();
  });

  test('a lost or broken index mends itself', async () => {
    const root = join(folder, 'index');
    const first = await openFileStore(root, testEffects());
    const put = await first.put('a', text('one'));
    await first.close();
    for (const name of await fs.readdir(join(root, '.store')))
      if (name.startsWith('index.sqlite')) await fs.rm(join(root, '.store', name));
    await fs.writeFile(join(root, '.store/index.sqlite'), 'no database at all'.repeat(500));
    const second = await openFileStore(root, testEffects());
    assert.deepEqual(await second.head('a'), put);
    await second.close();
  });

  test('a broken lock file is named, with what to do', async () => {
    const root = join(folder, 'lock');
    const lock = join(root, '.store/lock.sqlite');
    await (await openFileStore(root, testEffects())).close();
    await fs.writeFile(lock, 'no database at all'.repeat(100));
    await assert.rejects(openFileStore(root, testEffects()), (error) => {
      assert.ok(isPlayheadError(error, 'PH_STATE_CORRUPT'));
      assert.equal(error.details['file'], lock);
      return /delete the file/.test(error.hint ?? '');
    });
    await fs.rm(lock);
    const store = await openFileStore(root, testEffects());
    await store.put('a', text('1'));
    await store.close();
  });

  test('a put whose written file was taken away fails, with and without a condition', async () => {
    const root = join(folder, 'taken');
    const effects = testEffects();
    const faulty = {
      ...effects.fs,
      link: async (from: PathLike, to: PathLike) => {
        await fs.unlink(from);
        await fs.link(from, to);
      },
      renameSync: (from: PathLike, to: PathLike) => {
        effects.fs.unlinkSync(from);
        effects.fs.renameSync(from, to);
      },
    };
    const store = await openFileStore(root, { ...effects, fs: faulty });
    for (const condition of [{}, { ifNoneMatch: '*' } as const])
      await assert.rejects(store.put('t/a', text('1'), condition), failsWith('PH_STORAGE_FAILED'));
    await store.close();
  });

  test('bytes that a disk changed behind our back are found when they are read', async () => {
    const root = join(folder, 'rot');
    const store = await openFileStore(root, testEffects());
    await store.put('a', text('good'));
    const path = join(root, 'a');
    const { atime, mtime, mtimeNs } = await fs.stat(path, { bigint: true });
    await fs.writeFile(path, 'evil');
    await fs.utimes(path, atime, mtime);
    const restored = (await fs.stat(path, { bigint: true })).mtimeNs;
    if (restored !== mtimeNs) {
      const { DatabaseSync } = await import('node:sqlite');
      const index = new DatabaseSync(join(root, '.store/index.sqlite'));
      index.prepare('UPDATE content SET modified_ns = ?').run(restored);
      index.close();
    }
    await assert.rejects(readAll(store, 'a'), failsWith('PH_OBJECT_CORRUPT'));
    await store.close();
  });

  test('nothing is reached through symbolic links, and none is listed', async () => {
    const root = join(folder, 'links');
    const outside = join(folder, 'outside');
    await fs.mkdir(outside);
    await fs.writeFile(join(outside, 'secret'), 'secret');
    const store = await openFileStore(root, testEffects());
    await fs.symlink(outside, join(root, 'out'));
    await fs.symlink(join(outside, 'secret'), join(root, 'file'));
    for (const key of ['out/secret', 'file']) {
      await assert.rejects(store.get(key), failsWith('PH_OBJECT_KEY_INVALID'), key);
      await assert.rejects(store.delete(key), failsWith('PH_OBJECT_KEY_INVALID'), key);
      await assert.rejects(store.put(key, text('x'), { ifMatch: 'x' }), failsWith('PH_OBJECT_KEY_INVALID'), key);
    }
    await assert.rejects(store.list('out/'), failsWith('PH_OBJECT_KEY_INVALID'));
    assert.deepEqual((await store.list('')).objects, []);
    assert.equal(await fs.readFile(join(outside, 'secret'), 'utf8'), 'secret');
    await store.close();
  });

  test("the store's own folder holds no objects", async () => {
    const store = await openFileStore(join(folder, 'own'), testEffects());
    for (const key of ['.store/index.sqlite', '.STORE/x', '.store'])
      await assert.rejects(store.put(key, text('x')), failsWith('PH_OBJECT_KEY_INVALID'), key);
    assert.deepEqual((await store.list('')).objects, []);
    await store.close();
  });

  test('an object and a folder cannot share a path', async () => {
    const store = await openFileStore(join(folder, 'share'), testEffects());
    await store.put('a/b', text('x'));
    for (const condition of [{}, { ifNoneMatch: '*' }] as const) {
      await assert.rejects(store.put('a', text('x'), condition), failsWith('PH_OBJECT_KEY_INVALID'));
      await assert.rejects(store.put('a/b/c', text('x'), condition), failsWith('PH_OBJECT_KEY_INVALID'));
    }
    assert.equal(await store.head('a/b/c'), undefined);
    await store.close();
  });

  test('what dead processes left is swept when a store opens', async () => {
    const root = join(folder, 'sweep');
    await (await openFileStore(root, testEffects())).close();
    const child = spawn('true');
    await once(child, 'exit');
    await fs.writeFile(join(root, `.store/incoming/${child.pid}-0011`), 'left');
    await fs.writeFile(join(root, `.store/incoming/${process.pid}-0011`), 'being written');
    const store = await openFileStore(root, testEffects());
    assert.deepEqual(await fs.readdir(join(root, '.store/incoming')), [`${process.pid}-0011`]);
    await store.close();
  });

  const failures: [string, ErrorCode][] = [
    ['ENOSPC', 'PH_STORAGE_FULL'],
    ['EDQUOT', 'PH_STORAGE_FULL'],
    ['EROFS', 'PH_STORAGE_READ_ONLY'],
    ['EACCES', 'PH_STORAGE_READ_ONLY'],
    ['EMFILE', 'PH_STORAGE_FAILED'],
    ['EIO', 'PH_STORAGE_FAILED'],
  ];
  for (const [systemCode, code] of failures) {
    test(`${systemCode} on a put is ${code}, and leaves the old object`, async () => {
      const effects = testEffects();
      let broken = false;
      const open: typeof fs.open = async (...args) => {
        if (broken && args[1] === 'wx') throw Object.assign(new Error(systemCode), { code: systemCode });
        return fs.open(...args);
      };
      const store = await openFileStore(join(folder, systemCode), { ...effects, fs: { ...effects.fs, open } });
      await store.put('a', text('old'));
      broken = true;
      await assert.rejects(store.put('a', text('new')), failsWith(code));
      assert.equal(Buffer.from((await readAll(store, 'a')).bytes).toString(), 'old');
      await store.close();
    });
  }

  test('of processes that race for one key, exactly one wins each round', async () => {
    const root = join(folder, 'processes');
    const store = await openFileStore(root, systemEffects());
    await store.put('replaced', text('start'));
    const racers = Array.from({ length: 4 }, (_, i) =>
      spawn(process.execPath, [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'child/racer.ts'),
        root,
        String(i),
      ]),
    );
    const results = await Promise.all(
      racers.map(async (racer) => {
        const out = readText(racer.stdout);
        const errors = readText(racer.stderr);
        const [code] = await once(racer, 'exit');
        assert.equal(code, 0, await errors);
        return JSON.parse(await out) as { created: string[]; replaced: number };
      }),
    );
    const created = results.flatMap((result) => result.created);
    assert.equal(new Set(created).size, 40);
    assert.equal(created.length, 40);
    const replaced = results.reduce((sum, result) => sum + result.replaced, 0);
    assert.equal(
      Buffer.from((await readAll(store, 'replaced')).bytes)
        .toString()
        .split('\n').length - 1,
      replaced,
    );
    assert.equal(replaced, 40);
    await store.close();
  });
});
