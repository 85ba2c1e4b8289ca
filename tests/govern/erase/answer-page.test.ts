import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { findInPage, pageWithout } from '../../../src/govern/erase/answer-page.ts';
import { personFinder } from '../../../src/govern/erase/person-finder.ts';
import { openFileStore } from '../../../src/lake/file.ts';
import type { ObjectStore } from '../../../src/lake/object-store.ts';

const finder = personFinder({ field: 'user_id', value: '27' });
const pages = { location: 'bronze/', lists: ['events', 'users'] };

let folder: string;
let store: ObjectStore;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'playhead-page-'));
  store = await openFileStore(folder, testEffects());
});
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Ordinals of the elements that go, and what is left; undefined where the page names nobody. */
async function erased(text: string): Promise<readonly [readonly number[], string] | undefined> {
  const object = await store.put('bronze/page.json', Buffer.from(text));
  const found = await findInPage(store, object, pages, finder);
  return found && [found.rows, Buffer.from(pageWithout(Buffer.from(text), found)).toString()];
}

test('elements about the person go', async () => {
  const left = '{"users":[{"user_id":7}],"total":3}';
  assert.deepEqual(await erased('{"users":[{"user_id":27},{"user_id":7},{"of":{"user_id":"27"}}],"total":3}'), [
    [0, 2],
    left,
  ]);
});

test('an answer that names the person beside its list is about them as a whole', async () => {
  assert.deepEqual(await erased('{"user_id":27,"events":[{"at":1},{"at":2}]}'), [[0, 1], '{"events":[]}']);
});

test('an answer about others is none of theirs', async () => {
  assert.equal(await erased('{"users":[{"user_id":7},{"page":27}],"total":27}'), undefined);
});
