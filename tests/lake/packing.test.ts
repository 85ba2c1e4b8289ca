import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { hadoopSnappy } from '../../src/lake/hadoop-snappy.ts';
import { type Packing, packingOf, unpacked } from '../../src/lake/packing.ts';

const first = Buffer.from('{"a":1}\n'.repeat(500));
const second = randomBytes(40_000);
const both = Buffer.concat([first, second]);

/** What an object of a packing may look like, and what it holds. */
const packed: Readonly<Record<Packing, readonly [bytes: Uint8Array, key: string]>> = {
  none: [both, 'records.json'],
  gzip: [Buffer.concat([gzipSync(first), gzipSync(second)]), 'of-two-members.json'],
  zstd: [zstdCompressSync(both), 'records.json'],
  zip: [zipSync({ 'one.json': first, 'two.json': [second, { level: 0 }] }), 'of-two-entries.json'],
  snappy: [await hadoopSnappy(both), 'records.SNAPPY'],
};

/** In parts that end anywhere. */
async function* partsOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1001) yield bytes.subarray(at, at + 1001);
}

async function read(bytes: Uint8Array, key: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of unpacked(partsOf(bytes), packingOf(bytes, key))) parts.push(part);
  return Buffer.concat(parts);
}

describe('what an object holds', () => {
  for (const [packing, [bytes, key]] of Object.entries(packed)) {
    it(`is told by its first bytes, and given whole: ${packing}`, async () => {
      assert.equal(packingOf(bytes.subarray(0, 4), key), packing);
      assert.ok(both.equals(await read(bytes, key)));
    });
    if (packing !== 'none')
      it(`is not taken for whole where it was cut off: ${packing}`, () =>
        assert.rejects(read(bytes.subarray(0, bytes.length >> 1), key)));
  }
});
