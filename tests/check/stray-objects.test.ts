import assert from 'node:assert/strict';
import { copyFileSync, globSync, rmSync } from 'node:fs';
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

it('names what lies beside the objects of a plan that is under way, and not those', async () => {
  await using shopping = await openTestPipeline(shop({ schedules: {} }), { now: '2025-08-11T00:00:00Z' });
  await shopping.deliver(); // opens the series
  await shopping.produce('orders', [{ order_id: 'o1', placed_at: '2025-08-11T00:00:00Z', amount: 1 }]);
  const beside = async (
    step: () => Promise<unknown>,
    series: string,
    pattern: string,
    stray: (own: string) => string,
  ) => {
    shopping.failPuts({ prefix: `_playhead/series/${series}/commit/` });
    await assert.rejects(step());
    const [own] = globSync(join(shopping.home, 'lake', pattern));
    assert.ok(own !== undefined);
    const path = stray(own);
    copyFileSync(own, path);
    const faults = (await shopping.ledger()).flatMap((account) => account.faults);
    assert.deepEqual(
      faults.map(({ kind, place }) => [kind, place.object]),
      [['object-stray', path.slice(join(shopping.home, 'lake/').length)]],
    );
    rmSync(path);
    await step();
    await shopping.assertAddsUp();
  };
  const ofAnotherHistory = (own: string): string => own.replace(/-[0-9a-f]{8}\.json/, '-0123abcd.json');
  await beside(() => shopping.deliver(), 'shop.deliver.e0.l0', 'orders/**/*.gz', ofAnotherHistory);
  await beside(
    () => shopping.run('curate'),
    'shop.curate',
    'curated/**/*.parquet',
    (own) => `${own}.parquet`,
  );
});
