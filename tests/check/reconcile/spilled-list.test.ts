import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { openSpilledList } from '../../../src/check/reconcile/spilled-list.ts';

test('a list on disk holds next to nothing, and gives back what was added, in order, each time it is asked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-list-'));
  const list = await openSpilledList(join(folder, 'list'), testEffects());
  const texts = Array.from({ length: 3000 }, (_, n) => `${n} ${'é'.repeat(200)}`);
  let writes = 0;
  for (const text of texts) {
    const full = list.add(text);
    if (full !== undefined) writes += 1;
    await full;
  }
  await list.finish();
  assert.ok(writes >= 2, 'written on the way, not at the end alone');
  assert.equal(list.count, texts.length);
  for (const _ of [1, 2]) {
    const read: string[] = [];
    for await (const text of list.texts()) read.push(text);
    assert.deepEqual(read, texts);
  }
  await list.close();
  rmSync(folder, { recursive: true });
});
