import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { evaluateJqPath, parseJqObject, parseJqPath } from '../../src/delivery/jq.ts';

const record = { device: { type: 'tv', 'os name': 'x' }, tags: ['a', 'b'], none: null, n: 7 };

describe('jq', () => {
  const paths: readonly (readonly [query: string, expected: unknown])[] = [
    ['.device.type', 'tv'],
    ['.device["os name"]', 'x'],
    ['.["device"].type', 'tv'],
    ['."device".type', 'tv'],
    ['.tags[1]', 'b'],
    ['.tags[-1]', 'b'],
    ['.tags[9]', null],
    ['.missing.deeper', null],
    ['.none.deeper', null],
    ['.n.field', undefined],
    ['.device[0]', undefined],
    ['.', record],
    [' .n ', 7],
  ];
  for (const [query, expected] of paths) {
    it(`evaluates ${query}`, () => assert.deepEqual(evaluateJqPath(parseJqPath(query), record), expected));
  }

  it('reads an object of paths, with the short form for a field', () => {
    assert.deepEqual(parseJqObject('{ customer: .customer.id, "device type": .device["type"], n }'), {
      customer: '.customer.id',
      'device type': '.device["type"]',
      n: '.["n"]',
    });
  });

  const refused: readonly (readonly [query: string, name: RegExp])[] = [
    ['.a | tostring', /the pipe \|/],
    ['.a // "x"', /the alternative operator \/\//],
    ['.a + 1', /arithmetic/],
    ['.a == 1', /comparison/],
    ['.a?', /error suppression/],
    ['.a[]', /the iterator/],
    ['.a[1:2]', /slices/],
    ['..', /recursive descent/],
    ['.a..b', /recursive descent/],
    ['$x', /variables/],
    ['@base64', /format strings/],
    ['now', /the function now/],
    ['strftime("%Y")', /the function strftime/],
    ['if .a then 1 else 2 end', /control structures/],
    ['(.a)', /grouping/],
    ['.a, .b', /several outputs/],
    ['"text"', /string literals/],
    ['1', /number literals/],
    ['[.a]', /the construction of arrays/],
    ['."\\(.a)"', /string interpolation/],
  ];
  for (const [query, name] of refused) {
    it(`refuses ${query} by name`, () => {
      assert.throws(
        () => parseJqPath(query),
        (error) => isPlayheadError(error, 'PH_PATTERN_INVALID') && name.test(error.message),
      );
    });
  }

  it('refuses a function inside an object by name', () => {
    assert.throws(() => parseJqObject('{year: .at | strftime("%Y")}'), /the pipe/);
    assert.throws(() => parseJqObject('{year: now}'), /the function now/);
    assert.throws(() => parseJqObject('.a'), /expected an object/);
  });
});
