import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { delivery, minutes, seconds } from '../../src/index.ts';
import { openTestPipeline } from '../../src/testing/index.ts';
import { shop } from '../pipeline/shop.ts';

it('names what a delivery without a table put under a commit that is gone, before it is delivered again and after', async () => {
  const raw = delivery({ from: 'orders', prefix: 'raw/', buffer: { interval: seconds(60) } });
  const pipeline = shop({ tables: {}, deliveries: { deliver: raw }, jobs: {}, schedules: {} });
  await using shopping = await openTestPipeline(pipeline, { now: '2025-08-11T00:00:00Z' });
  await shopping.produce('orders', [{ order_id: 'o1', placed_at: '2025-08-11T00:00:00Z', amount: 1 }]);
  await shopping.deliver();
  await shopping.assertAddsUp({ delivered: 1 });
  for (const kind of ['commit', 'plan'])
    rmSync(join(shopping.home, `lake/_playhead/series/shop.deliver.e0.l0/${kind}/0000000001.json`));
  const kinds = async () => (await shopping.ledger()).flatMap(({ faults }) => faults.map(({ kind }) => kind));
  assert.deepEqual(await kinds(), ['object-stray']);
  await shopping.clock.advance(minutes(10));
  await shopping.deliver();
  assert.deepEqual(await kinds(), ['object-stray']);
});
