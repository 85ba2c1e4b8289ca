import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { fieldCipher } from '../../src/base/field-cipher.ts';
import { newMasterKey } from '../../src/base/key-ring.ts';

describe('a text in a database of an encrypted home', () => {
  const key = newMasterKey();
  const ring = { current: key, keys: [key], from: 'the test' };
  let folder: string;
  before(async () => {
    folder = await fs.mkdtemp(join(tmpdir(), 'playhead-fields-'));
  });
  after(() => fs.rm(folder, { recursive: true }));

  test('opens for every process that has the key, and is another each time', async () => {
    const file = join(folder, 'fields.key');
    const [one, other] = await Promise.all([
      fieldCipher(file, ring, testEffects()),
      fieldCipher(file, ring, testEffects()),
    ]);
    for (const text of ['', 'plain', 'ü'.repeat(10_000)]) assert.equal(other.open(one.seal(text)), text);
    assert.notEqual(one.seal('plain'), one.seal('plain'));
    assert.ok(!one.seal('plain').includes('plain'));
    assert.equal(one.open('{"from":"before"}'), '{"from":"before"}', 'what was plain before stays readable');
  });

  test('that was changed, or whose key is another, says so', async () => {
    const file = join(folder, 'fields.key');
    const cipher = await fieldCipher(file, ring, testEffects());
    const sealed = cipher.seal('plain');
    assert.throws(
      () => cipher.open(`${sealed.slice(0, -6)}AAAA==`),
      (error) => isPlayheadError(error, 'PH_STATE_CORRUPT'),
    );
    const wrong = newMasterKey();
    await assert.rejects(
      fieldCipher(file, { current: wrong, keys: [wrong], from: 'the test' }, testEffects()),
      (error) => isPlayheadError(error, 'PH_KEY_MISSING') && error.message.includes(key.id),
    );
  });
});
