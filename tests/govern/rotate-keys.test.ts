import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { type KeyRing, keyRingText, newMasterKey, parseKeyRing } from '../../src/base/key-ring.ts';
import { keyUsage, rotateKeys } from '../../src/govern/rotate-keys.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import { homeAt } from '../../src/pipeline/engine/home.ts';

describe('a rotation of keys', () => {
  test('that is cut off at any step leaves everything readable with the key file, and is finished by the next', async () => {
    const root = await fs.mkdtemp(join(tmpdir(), 'playhead-rotate-'));
    const home = homeAt(root);
    const file = join(root, 'key');
    const first = newMasterKey();
    await fs.writeFile(file, keyRingText([first]));
    const ringOf = async (): Promise<KeyRing> => parseKeyRing(await fs.readFile(file, 'utf8'), file);
    const opened = async (): Promise<ObjectStore> => {
      const spool = { folder: async () => fs.mkdtemp(join(root, 'spool-')), limitBytes: 2 ** 20 };
      return openFileStore(home.lake, testEffects(), { sealing: { ring: await ringOf(), spool }, versioning: true });
    };
    const store = await opened();
    const etags = new Map<string, string>();
    for (const key of ['a', 'b/c', 'b/d']) etags.set(key, (await store.put(key, Buffer.from(`body of ${key}`))).etag);
    await store.put('b/d', Buffer.from('another'));
    etags.set('b/d', (await store.put('b/d', Buffer.from('body of b/d'))).etag);
    await store.close();
    const readable = async (): Promise<void> => {
      const again = await opened();
      for (const [key, etag] of etags) {
        const { info, bytes } = await readAll(again, key);
        assert.deepEqual([Buffer.from(bytes).toString(), info.etag], [`body of ${key}`, etag]);
      }
      await again.close();
    };
    for (let step = 0; step < 9; step += 1) {
      let left = step;
      const cut = testEffects({
        reached: () => {
          left -= 1;
          if (left < 0) throw new Error('cut off');
        },
      });
      await rotateKeys(home, { ring: await ringOf(), file }, { forget: false }, cut).catch((error: Error) =>
        assert.equal(error.message, 'cut off'),
      );
      await readable();
    }
    const done = await rotateKeys(home, { ring: await ringOf(), file }, { forget: true }, testEffects());
    assert.equal((await ringOf()).keys.length, 1);
    assert.deepEqual((await keyUsage(home, testEffects())).sealed, { [done.keyId]: 5 });
    assert.notEqual(done.keyId, first.id);
    await readable();
    const versions: string[] = [];
    const last = await opened();
    for await (const { versionId } of last.versions?.list('b/d') ?? [])
      versions.push(
        (
          await readAll({ ...last, get: () => last.versions?.get('b/d', versionId) ?? assert.fail() }, 'b/d')
        ).bytes.toString(),
      );
    assert.deepEqual(versions, ['body of b/d', 'another', 'body of b/d']);
    await last.close();
    await fs.rm(root, { recursive: true });
  });

  test('of keys from the environment wraps with the one that was put first, and makes none', async () => {
    const root = await fs.mkdtemp(join(tmpdir(), 'playhead-rotate-'));
    const home = homeAt(root);
    const [old, fresh] = [newMasterKey(), newMasterKey()];
    const ring = (...keys: (typeof old)[]): KeyRing => ({ current: keys[0] ?? old, keys, from: 'PLAYHEAD_KEY' });
    const rotate = (keys: KeyRing) =>
      rotateKeys(home, { ring: keys, file: undefined }, { forget: false }, testEffects());
    const spool = { folder: async () => root, limitBytes: 1 };
    const store = await openFileStore(home.lake, testEffects(), { sealing: { ring: ring(old), spool } });
    await store.put('a', Buffer.from('a'));
    await store.close();
    await assert.rejects(rotate(ring(old)), (error) => isPlayheadError(error, 'PH_KEY_INVALID'));
    const { keyId, newKey, rewrapped } = await rotate(ring(fresh, old));
    assert.deepEqual([keyId, newKey, rewrapped], [fresh.id, false, 1]);
    await fs.rm(root, { recursive: true });
  });
});
