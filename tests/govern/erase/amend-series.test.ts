import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { packCommits, packedTogether } from '../../../src/commit/packed-commits.ts';
import { amendSeries } from '../../../src/govern/erase/amend-series.ts';
import { parsePerson } from '../../../src/govern/erase/person.ts';
import { personFinder } from '../../../src/govern/erase/person-finder.ts';
import { openFileStore } from '../../../src/lake/file.ts';

test('the packed copy of a commit goes before the commit is amended; those of other commits stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-amend-'));
  const commits = join(folder, '_playhead/series/shop.orders/commit');
  mkdirSync(commits, { recursive: true });
  for (let n = 0; n < 2 * packedTogether; n += 1) {
    const sample = n === 3 ? 'customer-77777777' : 'customer-11111111';
    writeFileSync(join(commits, `${String(n).padStart(10, '0')}.json`), `${JSON.stringify({ n, sample })}\n`);
  }
  const store = await openFileStore(folder, testEffects());
  await packCommits(store, 'shop.orders', 2 * packedTogether, testEffects());
  const packed = (): string[] => readdirSync(join(folder, '_playhead/packed/shop.orders'));
  assert.equal(packed().length, 2);
  const finder = personFinder(parsePerson('customer=customer-77777777'));
  const killed = {
    ...store,
    put: async () => {
      throw new Error('killed');
    },
  };
  const amendment = { erasure: 'one', replaced: [], finder, derivedJobs: [] };
  await assert.rejects(amendSeries(killed, amendment, testEffects()), /killed/);
  assert.deepEqual(packed(), ['0000000256.json.gz']);
  assert.equal((await amendSeries(store, amendment, testEffects())).commits, 1);
  assert.deepEqual(packed(), ['0000000256.json.gz']);
  await store.close();
  rmSync(folder, { recursive: true });
});
