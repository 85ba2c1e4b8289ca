import assert from 'node:assert/strict';
import type { PathLike } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Effects, testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { hours } from '../../src/base/units.ts';
import { type LocalCopies, localCopies } from '../../src/lake/s3/local-copies.ts';

describe('copies of a bucket’s objects', () => {
  let folder: string;
  let fetched: string[];
  beforeEach(async () => {
    folder = await fs.mkdtemp(join(tmpdir(), 'playhead-copies-'));
    fetched = [];
  });
  afterEach(() => fs.rm(folder, { recursive: true }));

  const copy = (copies: LocalCopies, key: string, etag = 'e'): Promise<string> =>
    copies.path({ key, etag, sizeBytes: 10, modifiedMs: 0 }, async () => {
      fetched.push(key);
      return (async function* () {
        yield Buffer.from('0123456789');
      })();
    });

  /** Effects by which files of these names were last used so long ago. */
  function aged(name: string, ms: number): Effects {
    const effects = testEffects();
    const lstatSync = ((path: PathLike, ...rest: never[]) => {
      const stat = effects.fs.lstatSync(path, ...rest);
      if (stat !== undefined && String(path).endsWith(name)) stat.ctimeMs -= ms;
      return stat;
    }) as typeof effects.fs.lstatSync; // One of its overloads, with a number changed.
    return { ...effects, fs: { ...effects.fs, lstatSync } };
  }

  test('an object is fetched once, by many at once and by another process, and anew when it was replaced', async () => {
    const copies = localCopies(folder, 100, testEffects());
    const paths = await Promise.all([copy(copies, 'a.gz'), copy(copies, 'a.gz'), copy(copies, 'a.gz')]);
    assert.equal(await copy(localCopies(folder, 100, testEffects()), 'a.gz'), paths[0]);
    assert.deepEqual(fetched, ['a.gz']);
    assert.notEqual(await copy(copies, 'a.gz', 'other'), paths[0]);
    assert.equal(await fs.readFile(paths[0] ?? '', 'utf8'), '0123456789');
    assert.ok(paths[0]?.endsWith('a.gz'));
  });

  test('above the limit the one that was used longest ago goes, but none that was used within the hour', async () => {
    const copies = localCopies(folder, 25, testEffects());
    const [old, recent] = [await copy(copies, 'old'), await copy(copies, 'recent')];
    await assert.rejects(copy(copies, 'third'), (error) => isPlayheadError(error, 'PH_STORAGE_FULL'));
    const later = localCopies(folder, 25, aged('-old', hours(2)));
    await copy(later, 'third');
    await assert.rejects(fs.access(old));
    await fs.access(recent);
  });

  test('a fetch that fails leaves nothing', async () => {
    const copies = localCopies(folder, 100, testEffects());
    const broken = copies.path({ key: 'a', etag: 'e', sizeBytes: 10, modifiedMs: 0 }, () => {
      throw new Error('the store is gone');
    });
    await assert.rejects(broken, /the store is gone/);
    assert.deepEqual(await fs.readdir(folder), []);
    await copy(copies, 'a');
  });
});
