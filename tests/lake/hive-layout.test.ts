import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hiveNull, parsePartitionPath, partitionPath } from '../../src/lake/hive-layout.ts';
import { checkKey } from '../../src/lake/object-key.ts';
import { anyCharacter } from '../base/any-character.ts';

test('values are kept as they stand, zeros and all', () => {
  assert.equal(partitionPath(['year', 'month'], ['2025', '08']), 'year=2025/month=08/');
  assert.deepEqual(parsePartitionPath('telemetry/year=2025/month=08/part=x.gz'), [
    { name: 'year', value: '2025' },
    { name: 'month', value: '08' },
  ]);
});

test('what a path cannot hold is escaped as Hive does', () => {
  assert.equal(partitionPath(['t'], ['a/b=c:d%']), 't=a%2Fb%3Dc%3Ad%25/');
  assert.equal(partitionPath(['city'], ['São Paulo']), 'city=São Paulo/');
  assert.equal(partitionPath(['a', 'b'], [null, '']), `a=${hiveNull}/b=${hiveNull}/`);
  assert.throws(() => partitionPath(['a'], []), RangeError);
});

test('any text comes back from the path, and the path is a key', () => {
  const text = fc.string({ minLength: 1, maxLength: 20, unit: anyCharacter });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), (pairs) => {
      const path = partitionPath(
        pairs.map(([name]) => name),
        pairs.map(([, value]) => value),
      );
      checkKey(`${path}x`);
      assert.deepEqual(
        parsePartitionPath(path),
        pairs.map(([name, value]) => ({ name, value })),
      );
    }),
  );
});
