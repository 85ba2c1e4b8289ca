import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commonType, mergeTypes, similar } from '../../../src/catalog/crawler/merge-types.ts';
import { type HiveType, hiveTypeText, parseHiveType } from '../../../src/catalog/hive-type.ts';
import { hiveType } from '../../sql/ddl-arbitrary.ts';

const merged = (a: string, b: string): string => hiveTypeText(mergeTypes(parseHiveType(a), parseHiveType(b)));

describe('mergeTypes', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['int', 'int', 'int'],
    ['int', 'bigint', 'bigint'],
    ['bigint', 'double', 'double'],
    ['int', 'string', 'string'],
    ['boolean', 'int', 'string'],
    ['date', 'timestamp', 'string'],
    ['decimal(10,2)', 'decimal(12,4)', 'decimal(12,4)'],
    ['decimal(38,0)', 'decimal(38,38)', 'double'],
    ['decimal(10,2)', 'int', 'double'],
    ['array<int>', 'array<double>', 'array<double>'],
    ['array<int>', 'int', 'string'],
    ['struct<a:int>', 'struct<b:string,a:double>', 'struct<a:double,b:string>'],
    ['map<string,int>', 'map<string,string>', 'map<string,string>'],
    ['struct<a:array<struct<x:int>>>', 'struct<a:array<struct<y:int>>>', 'struct<a:array<struct<x:int,y:int>>>'],
  ];
  for (const [a, b, expected] of cases)
    it(`${a} with ${b} is ${expected}`, () => {
      assert.equal(merged(a, b), expected);
      assert.equal(canonical(parseHiveType(merged(b, a))), canonical(parseHiveType(expected)));
    });

  it('does not depend on the order of objects, and takes in again what it took in', () => {
    fc.assert(
      fc.property(hiveType, hiveType, (a, b) => {
        assert.equal(canonical(mergeTypes(a, b)), canonical(mergeTypes(b, a)));
        const both = mergeTypes(a, b);
        assert.equal(hiveTypeText(mergeTypes(both, b)), hiveTypeText(both));
      }),
    );
  });

  it('what was never set agrees with everything', () => {
    fc.assert(fc.property(hiveType, (type) => assert.deepEqual(commonType({ kind: 'void' }, type), type)));
  });
});

describe('similar', () => {
  const columns = (...names: string[]) => names.map((name) => ({ name, type: parseHiveType('int') }));
  it('takes two schemas for one from seven tenths of their columns on', () => {
    assert.equal(similar(columns('a', 'b', 'c', 'd'), columns('a', 'b', 'c', 'd', 'e')), true);
    assert.equal(similar(columns('id', 'name', 'last_update'), columns('other_id', 'name', 'last_update')), false);
    assert.equal(similar(columns('a'), [{ name: 'a', type: parseHiveType('string') }]), false);
  });
});

/** The text with the fields of structs in order: merging keeps them as they appear. */
function canonical(type: HiveType): string {
  switch (type.kind) {
    case 'struct':
      return `struct<${type.fields
        .map((field) => `${field.name}:${canonical(field.type)}`)
        .sort()
        .join(',')}>`;
    case 'array':
      return `array<${canonical(type.of)}>`;
    case 'map':
      return `map<${canonical(type.key)},${canonical(type.value)}>`;
    default:
      return hiveTypeText(type);
  }
}
