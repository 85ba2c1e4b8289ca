import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { envelopeBytes, openEnvelope, rewrapped } from '../../src/base/envelope.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { type KeyRing, keyRingText, newMasterKey, parseKeyRing } from '../../src/base/key-ring.ts';
import { plainSize, readEnvelope, readSealed, sealBody } from '../../src/base/sealed-file.ts';

const [first, second] = [newMasterKey(), newMasterKey()];
const ring: KeyRing = { current: first, keys: [first], from: 'the test' };
const both: KeyRing = { current: second, keys: [second, first], from: 'the test' };

let folder: string;
before(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'playhead-sealed-'));
});
after(() => fs.rm(folder, { recursive: true }));

async function sealed(plain: Uint8Array, parts = 1): Promise<Buffer> {
  const size = Math.ceil(plain.length / parts);
  const split = Array.from({ length: parts }, (_, at) => plain.subarray(at * size, (at + 1) * size));
  return buffer(sealBody(split, ring));
}

async function opened(bytes: Uint8Array, range = { start: 0, end: Number.MAX_SAFE_INTEGER }, keys: KeyRing = ring) {
  const path = join(folder, 'file');
  await fs.writeFile(path, bytes);
  const handle = await fs.open(path, 'r');
  try {
    return await buffer(readSealed(handle, bytes.length, range, keys, 'the file'));
  } finally {
    await handle.close();
  }
}

describe('a sealed file', () => {
  test('opens to what was sealed, whole and in any range, and its size is known without a key', async () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(0, 1, 65_535, 65_536, 65_537, 131_072));
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.nat(210_000),
        fc.nat(210_000),
        fc.integer({ min: 1, max: 5 }),
        async (bytes, a, b, n) => {
          const plain = Buffer.alloc(bytes, 'the quick brown fox');
          const stored = await sealed(plain, n);
          assert.equal(plainSize(stored.length), bytes);
          const [start, end] = [Math.min(a, b), Math.max(a, b)];
          assert.ok((await opened(stored)).equals(plain));
          assert.ok((await opened(stored, { start, end })).equals(plain.subarray(start, end)));
          if (bytes > 40) assert.ok(!stored.includes('quick brown'));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('no byte of it can be changed, left out or cut off unnoticed', async () => {
    const plain = Buffer.alloc(150_000, 'abc');
    const stored = await sealed(plain);
    const chunk = 65_536 + 16;
    const damaged = [
      Buffer.concat([stored.subarray(0, -1)]),
      stored.subarray(0, envelopeBytes + 2 * chunk),
      Buffer.concat([stored.subarray(0, envelopeBytes), stored.subarray(envelopeBytes + chunk)]),
      Buffer.concat([
        stored.subarray(0, envelopeBytes),
        stored.subarray(envelopeBytes + chunk, envelopeBytes + 2 * chunk),
        stored.subarray(envelopeBytes, envelopeBytes + chunk),
        stored.subarray(envelopeBytes + 2 * chunk),
      ]),
      ...[9, 30, envelopeBytes + 5, stored.length - 3].map((at) => {
        const changed = Buffer.from(stored);
        changed[at] = (changed[at] ?? 0) ^ 1;
        return changed;
      }),
    ];
    for (const [at, bytes] of damaged.entries())
      await assert.rejects(opened(bytes), (error) => isPlayheadError(error, 'PH_OBJECT_CORRUPT'), `damage ${at}`);
  });

  test('without its key it names the key and where was looked', async () => {
    const stored = await sealed(Buffer.from('secret'));
    const other: KeyRing = { current: second, keys: [second], from: 'the file /etc/other.key' };
    await assert.rejects(opened(stored, undefined, other), (error) => {
      assert.ok(isPlayheadError(error, 'PH_KEY_MISSING'));
      assert.ok(error.message.includes(first.id) && error.message.includes('/etc/other.key'), error.message);
      return true;
    });
  });

  test('a rotation leaves it readable at each step, and then with the new key alone', async () => {
    const stored = await sealed(Buffer.from('secret'));
    const steps = rewrapped(stored.subarray(0, envelopeBytes), both, 'the file');
    assert.ok(steps !== undefined);
    const body = stored.subarray(envelopeBytes);
    for (const keys of [ring, both])
      assert.equal((await opened(Buffer.concat([steps.both, body]), undefined, keys)).toString(), 'secret');
    const alone: KeyRing = { current: second, keys: [second], from: 'the test' };
    const done = Buffer.concat([steps.alone, body]);
    assert.equal((await opened(done, undefined, alone)).toString(), 'secret');
    assert.deepEqual(openEnvelope(done, both, 'the file').keyIds, [second.id]);
    await assert.rejects(opened(done, undefined, ring), (error) => isPlayheadError(error, 'PH_KEY_MISSING'));
    assert.equal(rewrapped(steps.alone, both, 'the file'), undefined, 'twice is once');
    const resumed = rewrapped(steps.both, both, 'the file');
    assert.deepEqual(resumed?.alone, steps.alone, 'a rotation that was cut off goes on with the key that it wrote');
  });

  test('a plain file has no envelope', async () => {
    const path = join(folder, 'plain');
    await fs.writeFile(path, Buffer.alloc(1000, 'x'));
    const handle = await fs.open(path, 'r');
    assert.equal(await readEnvelope(handle), undefined);
    await handle.close();
  });
});

describe('a ring of keys', () => {
  test('reads back from the text that is written of it', () => {
    const read = parseKeyRing(keyRingText(both.keys), 'the test');
    assert.deepEqual(
      read.keys.map(({ id }) => id),
      [second.id, first.id],
    );
    assert.equal(read.current.id, second.id);
  });

  test('what is no key is refused without being repeated', () => {
    for (const text of ['', '# nothing', 'c2hvcnQ=', `${'A'.repeat(43)}=, secretwords`])
      assert.throws(
        () => parseKeyRing(text, 'the file k'),
        (error) => isPlayheadError(error, 'PH_KEY_INVALID') && !error.message.includes('secretwords'),
      );
  });
});
