import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { type LocalCopies, localCopies } from '../../src/lake/s3/local-copies.ts';

describe('copies of a bucket’s objects', () => {
  let folder: string;
  let fetched: string[];
  let opened: LocalCopies[];
  beforeEach(async () => {
    folder = await fs.mkdtemp(join(tmpdir(), 'playhead-copies-'));
    fetched = [];
    opened = [];
  });
  afterEach(async () => {
    for (const copies of opened) await copies.close();
    await fs.rm(folder, { recursive: true });
  });

  /** As a process of its own has them. */
  function open(limitBytes = 25): LocalCopies {
    const copies = localCopies(folder, limitBytes, testEffects());
    opened.push(copies);
    return copies;
  }
  const copy = (copies: LocalCopies, key: string, held?: AsyncDisposableStack, etag = 'e'): Promise<string> =>
    copies.path(
      { key, etag },
      async () => {
        fetched.push(key);
        const body = (async function* () {
          yield Buffer.from('0123456789');
        })();
        return { info: { key, etag, sizeBytes: 10, modifiedMs: 0 }, body };
      },
      held,
    );
  const isFull = (error: unknown): boolean => isPlayheadError(error, 'PH_STORAGE_FULL');

  test('an object is fetched once, by many at once and by another process, and anew when it was replaced', async () => {
    const copies = open();
    const paths = await Promise.all([copy(copies, 'a.gz'), copy(copies, 'a.gz'), copy(copies, 'a.gz')]);
    assert.equal(new Set(paths).size, 1);
    assert.equal(await fs.readFile(await copy(open(), 'a.gz'), 'utf8'), '0123456789');
    assert.deepEqual(fetched, ['a.gz']);
    assert.notEqual(await copy(copies, 'a.gz', undefined, 'other'), paths[0]);
    assert.equal(await fs.readFile(paths[0] ?? '', 'utf8'), '0123456789');
    assert.ok(paths[0]?.endsWith('a.gz'));
  });

  test('however much is read in an hour, what nobody holds any more makes room, the longest unused first', async () => {
    const copies = open();
    for (const key of ['a', 'b', 'c', 'd', 'a']) {
      await using held = new AsyncDisposableStack();
      await fs.access(await copy(copies, key, held));
    }
    assert.deepEqual(fetched, ['a', 'b', 'c', 'd', 'a']);
    assert.equal(await copy(open(), 'd').then(() => fetched.length), 5);
  });

  test('what is held stays, in whichever process, and as long as one of its readers is there', async () => {
    const [copies, other] = [open(), open()];
    await using longer = new AsyncDisposableStack();
    const path = await copy(copies, 'a', longer);
    await using shorter = new AsyncDisposableStack();
    await copy(copies, 'a', shorter);
    await shorter.disposeAsync();
    const theirs = await copy(other, 'b');
    await assert.rejects(copy(copies, 'c'), isFull);
    await assert.rejects(copy(other, 'c'), isFull);
    await Promise.all([path, theirs].map((held) => fs.access(held)));
    await longer.disposeAsync();
    await assert.rejects(fs.access(path));
    await copy(other, 'c');
    await fs.access(theirs);
  });

  test('what a process that is gone had held is let go of', async () => {
    const gone = join(folder, 'held', '999999999-1');
    await fs.mkdir(gone, { recursive: true });
    await fs.writeFile(join(folder, 'x'), Buffer.alloc(20));
    await fs.link(join(folder, 'x'), join(gone, 'x'));
    await copy(open(), 'a');
    await assert.rejects(fs.access(gone));
  });

  test('a fetch that fails leaves nothing', async () => {
    const copies = open();
    const broken = copies.path({ key: 'a', etag: 'e' }, () => {
      throw new Error('the store is gone');
    });
    await assert.rejects(broken, /the store is gone/);
    const files = await fs.readdir(folder, { recursive: true, withFileTypes: true });
    assert.deepEqual(
      files.filter((file) => file.isFile()),
      [],
    );
    await copy(copies, 'a');
  });
});
