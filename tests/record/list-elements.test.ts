import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listElements, withoutElements } from '../../src/record/list-elements.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('elements are found where they lie, whatever is in them and around them', () => {
  const object = fc.record({ before: fc.jsonValue(), list: fc.array(fc.jsonValue()), after: fc.jsonValue() });
  fc.assert(
    fc.property(object, fc.nat(2), fc.func(fc.boolean()), (value, indent, isGone) => {
      const json = bytes(JSON.stringify(value, undefined, indent));
      const elements = listElements(json, 'list') ?? assert.fail();
      const texts = elements.map(({ start, end }) => JSON.parse(Buffer.from(json.subarray(start, end)).toString()));
      assert.deepEqual(texts, JSON.parse(JSON.stringify(value.list)));
      const left = JSON.parse(Buffer.from(withoutElements(json, elements, isGone)).toString());
      const list = value.list.filter((_, ordinal) => !isGone(ordinal));
      assert.deepEqual(left, JSON.parse(JSON.stringify({ ...value, list })));
    }),
  );
});

test('an element that stays has the bytes that it had', () => {
  const json = bytes('{"n":1,"list":[ {"a" : 1.50}, 2 ,"]}" ],"z":"\\u00e9"}');
  const elements = listElements(json, 'list') ?? assert.fail();
  const left = withoutElements(json, elements, (ordinal) => ordinal === 1);
  assert.equal(Buffer.from(left).toString(), '{"n":1,"list":[ {"a" : 1.50},"]}" ],"z":"\\u00e9"}');
});

test('what is no list, or lies deeper, is none', () => {
  for (const json of ['{"list":{"a":[1]}}', '{"other":{"list":[1]}}', '[1]', '{}', '']) {
    assert.equal(listElements(bytes(json), 'list'), undefined, json);
  }
});
