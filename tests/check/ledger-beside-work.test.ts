import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addsUp } from '../../src/ledger/account.ts';
import { openTestPipeline } from '../../src/testing/index.ts';
import { plays } from '../pipeline/plays-pipeline.ts';

test('an account that is drawn up while records are appended, delivered and curated adds up each time', async () => {
  await using pipeline = await openTestPipeline(plays(), { now: '2025-08-11T10:00:00Z', schedules: [] });
  let working = true;
  const work = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) {
      const at = new Date(Date.UTC(2025, 7, 11, 9 + (round % 2), round)).toISOString();
      await pipeline.produce(
        'plays',
        Array.from({ length: 5 }, (_, i) => ({ id: `p${round}-${i}`, at })),
      );
      await pipeline.deliver();
      await pipeline.run('curate');
    }
    working = false;
  };
  const seen = new Set<number>();
  const watch = async (): Promise<void> => {
    while (working) {
      const [account] = await pipeline.ledger();
      assert.ok(account !== undefined && addsUp(account), JSON.stringify(account));
      seen.add(account.delivered);
    }
  };
  await Promise.all([work(), watch()]);
  await pipeline.assertAddsUp({ produced: 25, delivered: 25 });
  assert.ok(seen.size > 2, `accounts were drawn up in between: ${[...seen].join(', ')}`);
});
