import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedContents } from '../../src/commit/named-contents.ts';

test('names what a commit put, wherever in it, and not what it read', () => {
  const object = (key: string) => ({ key, etag: `etag of ${key}`, rows: 1 });
  const keysOf = (commit: unknown) => [...namedContents(commit)].map(({ key }) => key);
  assert.deepEqual(keysOf({ objects: [object('a'), object('b')], quarantine: object('c') }), ['a', 'b', 'c']);
  assert.deepEqual(keysOf({ kind: 'page', plan: { key: 'page.json' }, etag: 'e' }), ['page.json']);
  assert.deepEqual(keysOf({ inputs: [object('read')], derived: [{ values: ['1'], inputs: [object('read')] }] }), []);
  assert.deepEqual(keysOf({ kind: 'abandoned', key: 'never put' }), []);
});
