import assert from 'node:assert/strict';
import { it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { packZstd, unpackZstd } from '../../src/stream/zstd.ts';

const sizes = [0, 1, 255, 256, 300, 65_791, 65_792, 200_000, 1_500_000];

it('gives back frames of any size, whether or not they say it', async () => {
  for (const size of sizes) {
    const bytes = Buffer.alloc(size, 'a line of text, ');
    const packed = await packZstd(bytes);
    assert.deepEqual(await unpackZstd(packed), bytes, `${size} bytes, said`);
    assert.deepEqual(await unpackZstd(packed, size || 1), bytes, `${size} bytes, known`);
    assert.deepEqual(await unpackZstd(zstdCompressSync(bytes)), bytes, `${size} bytes, not said`);
  }
});

it('gives room for what a frame says that it holds, and no more than for the batch of a log', async () => {
  const packed = await packZstd(Buffer.alloc(50_000, 'abc'));
  const plain = await unpackZstd(packed);
  assert.equal(plain.buffer.byteLength, 50_064);
  // A frame that claims four gigabytes: it is refused for what it is, before room is made for it.
  const claims = Buffer.concat([packed.subarray(0, 4), Buffer.of(0xa0, 0xff, 0xff, 0xff, 0xff), packed.subarray(9)]);
  await assert.rejects(unpackZstd(claims));
  await assert.rejects(unpackZstd(packed, 49_999), { code: 'ERR_BUFFER_TOO_LARGE' });
  await assert.rejects(unpackZstd(packed.subarray(0, 20)));
});
