import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { defineRecord } from '../../../src/record/define-record.ts';
import { field } from '../../../src/record/field.ts';
import { jsonDepth } from '../../../src/record/json-depth.ts';
import type { RestEndpoint } from '../../../src/source/rest/definition.ts';
import { firstPage, readPage } from '../../../src/source/rest/page.ts';
import { changeText, shapeReader } from '../../../src/source/rest/shape-changes.ts';
import { stampedLine } from '../../../src/source/rest/stamped-line.ts';

const endpoint: RestEndpoint = {
  path: '/items',
  parameters: {},
  into: 'raw',
  records: 'items',
  pages: { by: 'cursor', parameter: 'after', next: 'next' },
  maxPages: 3,
  expects: ['name'],
  mayBeEmpty: false,
};
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('pages of an API', () => {
  it('go on by the cursor that each names, and end where there is none', () => {
    assert.deepEqual(firstPage(endpoint.pages), {});
    assert.deepEqual(readPage(json({ items: [1], next: 'x7' }), endpoint, 1, 'api.list').next, { after: 'x7' });
    for (const next of [undefined, null, ''])
      assert.equal(readPage(json({ items: [1], next }), endpoint, 2, 'api.list').next, undefined);
    assert.deepEqual(readPage(json({ items: [1], next: 7 }), endpoint, 1, 'api.list').next, { after: '7' });
    for (const next of [{ a: 1 }, ['x7'], true])
      assert.throws(() => readPage(json({ items: [1], next }), endpoint, 1, 'api.list'), /"next" is neither text nor/);
  });

  it('tell records apart beyond 2^53', () => {
    const [a, b] = ['9007199254740993', '9007199254740992'].map(
      (id) => readPage(Buffer.from(`{"items":[{"id":${id}}]}`), endpoint, 1, 'api.list').digest,
    );
    assert.notEqual(a, b);
  });

  it('without a list of records, or without a number where one is counted by, are none', () => {
    const numbered = { ...endpoint, pages: { by: 'number', parameter: 'p', number: 'page', total: 'of' } } as const;
    for (const document of [{ items: { 0: 1 } }, {}])
      assert.throws(() => readPage(json(document), endpoint, 1, 'api.list'), /no list "items"/);
    assert.throws(
      () => readPage(json({ items: [1], page: 1, of: 'many' }), numbered, 1, 'api.list'),
      (error: unknown) => isPlayheadError(error, 'PH_SOURCE_INVALID'),
    );
  });

  it('nest as deep as they say, whatever stands in their texts, and are looked into no further than asked', () => {
    assert.equal(jsonDepth(json({ a: [{ b: '[[[{{{\\"[' }] }), 64), 3);
    assert.equal(jsonDepth(Buffer.from('7'), 64), 0);
    assert.equal(jsonDepth(Buffer.from('['.repeat(1000)), 64), 65);
  });
});

describe('a stamped line', () => {
  it('holds the answer byte for byte on one line, and the metadata after it', () => {
    const line = (text: string): string => stampedLine(Buffer.from(text), { id: 'x' }).toString();
    assert.equal(line('{"a":"é\\n"}'), '{"a":"é\\n","_metadata":{"id":"x"}}');
    assert.equal(line('{ }\n'), '{ "_metadata":{"id":"x"}}');
    assert.equal(line('{\r\n  "a": 1\n}\n'), '{    "a": 1 ,"_metadata":{"id":"x"}}');
  });
});

describe('changes of shape', () => {
  const record = defineRecord('items', {
    fields: { items: field.list(field.struct({ name: field.optional(field.string()), n: field.bigint() })) },
  });
  const changes = (items: readonly unknown[]): readonly string[] =>
    shapeReader(record, endpoint)({ items }, items).map(changeText);

  it('are fields that are new, gone from every record, or of another type: not what one record lacks', () => {
    assert.deepEqual(changes([{ name: 'a', n: 1 }, { n: 2 }, { name: 'c' }]), []);
    assert.deepEqual(changes([{ n: 1 }, { n: 2 }]), [
      'items[].name is gone: expected a value in some record (2 times)',
    ]);
    assert.deepEqual(changes([{ name: 'a' }, { name: 'b' }]), ['items[].n is gone: expected bigint (2 times)']);
    assert.deepEqual(
      changes([{ name: 'a', n: 1.5, Name: 'b' }]).map((text) => text.split(':')[0]),
      ['items[].Name is new', 'items[].n is of a new type'],
    );
  });
});
