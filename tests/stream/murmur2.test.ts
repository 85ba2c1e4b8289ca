import assert from 'node:assert/strict';
import { it } from 'node:test';
import { murmur2 } from '../../src/stream/murmur2.ts';
import { partitionOfKey } from '../../src/stream/partitioner.ts';

// Vectors of Kafka's own UtilsTest.testMurmur2.
const vectors: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

it("hashes as Kafka's Utils.murmur2 does", () => {
  for (const [text, hash] of vectors) assert.equal(murmur2(Buffer.from(text)), hash, text);
});

it('hashes a slice as it hashes a copy of it', () => {
  const bytes = Buffer.from('--foobar--');
  assert.equal(murmur2(bytes, 2, 8), murmur2(Buffer.from('foobar')));
});

it("makes the hash positive as Kafka's toPositive does, before it takes the remainder", () => {
  const key = Buffer.from('foobar');
  assert.equal(partitionOfKey(key, 0, key.length, 20), (-790332482 & 0x7fffffff) % 20);
  assert.equal(partitionOfKey(key, 0, key.length, 1), 0);
});
