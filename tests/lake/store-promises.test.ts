import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Effects, manualClock, testEffects } from '../../src/base/effects.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { listAll, type ObjectStore } from '../../src/lake/object-store.ts';
import { tryStore } from '../../src/lake/store-promises.ts';

describe('the trial of a store', () => {
  const nowMs = Date.UTC(2025, 7, 11);
  let folder: string;
  let effects: Effects;
  let store: ObjectStore;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-trial-'));
    effects = testEffects({ clock: manualClock(nowMs) });
    store = await openFileStore(folder, effects);
  });
  after(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  /** The store, whose times are off by so much. */
  const off = (byMs: number): ObjectStore => ({
    ...store,
    get: async (...call) => {
      const { info, body } = await store.get(...call);
      return { info: { ...info, modifiedMs: nowMs + byMs }, body };
    },
  });

  it('finds nothing wrong with one that keeps its promises, and leaves nothing in it', async () => {
    assert.deepEqual(await tryStore(off(0), effects), { broken: [], aheadMs: 0 });
    const left: string[] = [];
    for await (const { key } of listAll(store, '')) left.push(key);
    assert.deepEqual(left, []);
  });

  it('names the conditions that a store does not heed', async () => {
    const heedless: ObjectStore = { ...off(0), put: (key, body) => store.put(key, body) };
    const { broken } = await tryStore(heedless, effects);
    assert.deepEqual(
      broken.map((words) => /If-\S+/.exec(words)?.[0]),
      ['If-None-Match', 'If-Match'],
    );
  });

  it('names an object that is read otherwise than it was written, or not listed', async () => {
    const forgetful: ObjectStore = {
      ...store,
      get: async (...call) => ({ ...(await store.get(...call)), body: oneByte() }),
      list: async () => ({ objects: [], prefixes: [] }),
    };
    assert.equal((await tryStore(forgetful, effects)).broken.length, 2);
  });

  it('says how far the clocks are apart', async () => {
    assert.equal((await tryStore(off(-90_000), effects)).aheadMs, 90_000);
    assert.equal((await tryStore(off(90_000), effects)).aheadMs, -90_000);
  });
});

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('?');
}
