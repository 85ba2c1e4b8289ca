import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, definitionHash } from '../../src/base/canonical-json.ts';

test('keys stand in code unit order, at every depth; lists keep theirs', () => {
  assert.equal(
    canonicalJson({ b: [{ d: 1, c: 2 }], a: null, 10: 'x', 9: 'y' }),
    '{"10":"x","9":"y","a":null,"b":[{"c":2,"d":1}]}',
  );
});

test('is JSON of the same data', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) =>
      assert.deepEqual(JSON.parse(canonicalJson(data)), JSON.parse(JSON.stringify(data))),
    ),
  );
  assert.equal(canonicalJson({ a: undefined, b: [undefined] }), '{"b":[null]}');
});

test('the order of members does not matter, any other difference does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const reversed = Object.fromEntries(Object.entries(data).reverse());
      assert.equal(definitionHash(reversed), definitionHash(data));
      assert.notEqual(definitionHash({ ...data, more: 1 }), definitionHash({ ...data, more: 2 }));
    }),
  );
});
