import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stream } from '../../src/index.ts';
import { addsUp } from '../../src/ledger/account.ts';
import { openTestPipeline } from '../../src/testing/index.ts';
import { order, shop, shopSections } from '../pipeline/shop.ts';

it('accounts for a stream that no delivery reads: what it holds is pending', async () => {
  const refunds = stream({ topic: 'refunds', record: order, key: 'order_id', partitions: 2 });
  const pipeline = shop({ streams: { ...shopSections.streams, refunds }, schedules: {} });
  await using lake = await openTestPipeline(pipeline, { now: '2025-08-11T00:00:00Z' });
  const record = { order_id: 'o1', placed_at: '2025-08-11T00:00:00Z', amount: 1 };
  await lake.produce('refunds', [record, { ...record, order_id: 'o2' }]);
  const accounts = await lake.ledger();
  const lines = accounts.map(({ stream: of, produced, pending }) => [of, produced, pending]);
  assert.deepEqual(lines, [
    ['shop.orders', 0, 0],
    ['shop.refunds', 2, 2],
  ]);
  assert.ok(accounts.every(addsUp));
  // Figures that are expected are those of the one path.
  await lake.assertAddsUp({ produced: 0 });
});
