import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemEffects, testEffects } from '../../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../../../src/base/errors.ts';
import { homeDirectory, openHome } from '../../../src/pipeline/engine/home.ts';

const failingWith = (code: string) =>
  testEffects({
    fs: {
      ...systemEffects().fs,
      open: async () => {
        throw Object.assign(new Error(code), { code });
      },
    },
  });

describe('home', () => {
  let folder: string;
  let root: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-home-'));
    root = join(folder, 'deep/home');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const layout = (): unknown => JSON.parse(readFileSync(join(root, 'layout.json'), 'utf8'));

  it('is the flag, else PLAYHEAD_HOME, else .playhead under the working directory', () => {
    const effects = testEffects({ env: { PLAYHEAD_HOME: '/elsewhere' } });
    assert.equal(homeDirectory('mine', '/project', effects), '/project/mine');
    assert.equal(homeDirectory(undefined, '/project', effects), '/elsewhere');
    assert.equal(homeDirectory(undefined, '/project', testEffects({ env: {} })), '/project/.playhead');
  });

  it('is refused under a folder whose name the SQL engine cannot read', async () => {
    for (const name of ['a?b', 'a\\b'])
      await assert.rejects(openHome(join(folder, name), testEffects()), (error) => isPlayheadError(error, 'PH_USAGE'));
  });

  it('is made where there is none, with the newest layout, and opened again', async () => {
    await openHome(root, testEffects());
    assert.deepEqual(layout(), { layout: 1 });
    assert.equal((await openHome(root, testEffects())).lake, join(root, 'lake'));
  });

  it('of an older layout is upgraded step by step, going on where an upgrade was cut off', async () => {
    await openHome(root, testEffects(), []);
    const done: string[] = [];
    const first = async (): Promise<void> => void done.push('1 to 2');
    const cutOff = async (): Promise<void> => {
      throw Object.assign(new Error('cut off'), { code: 'EIO' });
    };
    await assert.rejects(openHome(root, testEffects(), [first, cutOff]));
    assert.deepEqual(layout(), { layout: 2 });
    await openHome(root, testEffects(), [first, async () => void done.push('2 to 3')]);
    assert.deepEqual(done, ['1 to 2', '2 to 3']);
    assert.deepEqual(layout(), { layout: 3 });
  });

  it('of a newer layout is refused, and left as it is', async () => {
    await openHome(root, testEffects(), [async () => {}]);
    await assert.rejects(openHome(root, testEffects(), []), (error) => isPlayheadError(error, 'PH_HOME_LAYOUT'));
    assert.deepEqual(layout(), { layout: 2 });
  });

  it('with a damaged layout file is refused, saying what to do', async () => {
    await openHome(root, testEffects());
    for (const text of ['', '{"layout":', '{"layout":"one"}', '[]']) {
      writeFileSync(join(root, 'layout.json'), text);
      await assert.rejects(
        openHome(root, testEffects()),
        (error) => isPlayheadError(error, 'PH_STATE_CORRUPT') && error.hint !== undefined,
        text,
      );
    }
  });

  for (const [code, expected] of [
    ['EROFS', 'PH_STORAGE_READ_ONLY'],
    ['EACCES', 'PH_STORAGE_READ_ONLY'],
    ['ENOSPC', 'PH_STORAGE_FULL'],
  ] as const satisfies readonly (readonly [string, ErrorCode])[]) {
    it(`that cannot be written (${code}) ends in ${expected} with a hint`, async () => {
      await assert.rejects(
        openHome(root, failingWith(code)),
        (error) => isPlayheadError(error, expected) && error.hint !== undefined && error.message.includes(root),
      );
    });
  }

  it('that is a file is refused', async () => {
    root = join(folder, 'file');
    writeFileSync(root, '');
    await assert.rejects(openHome(root, testEffects()), (error) => isPlayheadError(error, 'PH_USAGE'));
  });
});
