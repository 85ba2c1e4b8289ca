import assert, { AssertionError } from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { definePipeline, defineRecord, delivery, field, json, minutes, stream, table } from '../../src/index.ts';
import { openTestPipeline, type TestPipeline } from '../../src/testing/index.ts';
import { shop } from '../pipeline/shop.ts';

const now = '2025-08-11T00:00:00Z';
const order = (n: number) => ({
  order_id: `o${n}`,
  placed_at: `2025-08-10T23:5${n}:00Z`,
  amount: n + 0.5,
});
const homes = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('playhead-test-') && name.endsWith(`-${process.pid}`));
const pipeline = (): Promise<TestPipeline> =>
  openTestPipeline(shop({ jobs: shop().jobs }), { now, schedules: ['often'] });

describe('a pipeline under test', () => {
  it('takes records from the stream to the curated table, and leaves no home behind', async () => {
    {
      await using lake = await pipeline();
      const sent = await lake.produce('orders', [order(1), order(2), order(2)]);
      assert.deepEqual([sent.logged, sent.issues], [3, []]);
      const delivered = await lake.deliver();
      assert.equal(delivered['shop.deliver']?.delivered, 3);
      await lake.run('curate');
      await lake.assertRows('curated', [
        { order_id: 'o2', amount: 2.5 },
        { order_id: 'o1', amount: 1.5 },
      ]);
      await lake.assertRows('SELECT order_id FROM shop.orders ORDER BY order_id DESC', [
        { order_id: 'o2' },
        { order_id: 'o1' },
      ]);
      await lake.assertAddsUp();
      assert.equal(homes().length, 1);
    }
    assert.deepEqual(homes(), []);
  });

  it('runs the schedules that come due while the time is moved, each at its own', async () => {
    await using lake = await pipeline();
    await lake.produce('orders', [order(1)]);
    assert.deepEqual(await lake.clock.advance(minutes(1) - 1), []);
    const runs = await lake.clock.advance(minutes(2));
    assert.deepEqual(
      runs.map(({ schedule, target, dueMs }) => [schedule, target, dueMs - Date.parse(now)]),
      [
        ['shop.often', 'shop.deliver', minutes(1)],
        ['shop.often', 'shop.deliver', minutes(2)],
      ],
    );
    assert.equal(lake.clock.now(), Date.parse(now) + minutes(3) - 1);
    assert.equal((await lake.rows('landing')).length, 1);
  });

  it('stands at the time of a scheduled run that fails, and goes on from there', async () => {
    await using lake = await pipeline();
    await lake.produce('orders', [order(1)]);
    lake.failPuts({ prefix: 'orders/' });
    await assert.rejects(lake.clock.advance(minutes(3)), (error) => isPlayheadError(error, 'PH_STORAGE_FAILED'));
    assert.equal(lake.clock.now(), Date.parse(now) + minutes(1));
    assert.equal((await lake.clock.advance(minutes(2))).length, 2);
    await lake.assertRows('shop.orders_json', [{ order_id: 'o1' }]);
  });

  it('shows what a job set aside, with its reason and its line', async () => {
    await using lake = await pipeline();
    const broken = '{"order_id":"o9","placed_at":"yesterday","amount":1}';
    const sent = await lake.produce('orders', `${broken}\nno record\n`);
    assert.deepEqual(
      sent.issues.map(({ line, rule }) => [line, rule]),
      [[2, 'not_json']],
    );
    await lake.deliver('deliver');
    await lake.run('curate');
    const [record, ...others] = await lake.quarantined('curate');
    assert.deepEqual(others, []);
    assert.equal(record?.text, broken);
    assert.equal(record?.row, 0);
    assert.match(record?.source ?? '', /^orders\/year=2025\/month=08\//);
    assert.ok(record?.issues.some(({ path, rule }) => String(path ?? rule).length > 0));
  });

  it('fails with the difference, as rows and as a sum', async () => {
    await using lake = await pipeline();
    await lake.produce('orders', [order(1)]);
    await lake.deliver();
    await assert.rejects(lake.assertRows('landing', [{ order_id: 'o2' }]), (error) => {
      assert.ok(error instanceof AssertionError);
      assert.match(error.message, /^landing: other rows\n[\s\S]*\+ .*order_id: 'o1'[\s\S]*- .*order_id: 'o2'/);
      assert.deepEqual([error.actual, error.expected], [[{ order_id: 'o1' }], [{ order_id: 'o2' }]]);
      return true;
    });
    await assert.rejects(lake.assertRows('landing', []), /landing: 1 rows, 0 expected/);
    await assert.rejects(lake.assertAddsUp({ delivered: 5 }), /other figures[\s\S]*delivered: 5/);
  });

  it('says what does not add up once an object is gone from the lake', async () => {
    await using lake = await pipeline();
    await lake.produce('orders', [order(1), order(2)]);
    await lake.deliver();
    await lake.run('curate');
    await lake.assertAddsUp({ produced: 2, delivered: 2, pending: 0 });
    rmSync(join(lake.home, 'lake/curated'), { recursive: true });
    await assert.rejects(lake.assertAddsUp(), (error) => {
      assert.ok(error instanceof AssertionError);
      assert.match(error.message, /^shop\.orders → shop\.orders does not add up\n/);
      assert.match(error.message, /2 produced ≠ 0 delivered, 2 unaccounted for\n.*curated\/orders\//);
      return true;
    });
  });

  it('injects puts that fail; what comes after them goes on where the work stood', async () => {
    await using lake = await pipeline();
    await lake.produce('orders', [order(1)]);
    lake.failPuts({ prefix: 'orders/', code: 'PH_STORAGE_FULL' });
    await assert.rejects(lake.deliver(), (error) => isPlayheadError(error, 'PH_STORAGE_FULL'));
    await lake.deliver();
    assert.equal((await lake.rows('landing')).length, 1);
  });

  it('sends bigints as the numbers that they are, and records that came before only once', async () => {
    const tick = defineRecord('tick', { fields: { id: field.bigint(), at: field.timestamp() } });
    const market = definePipeline('market', {
      streams: { ticks: stream({ topic: 'ticks', record: tick }) },
      tables: {
        landing: table({ database: 'market', name: 'ticks', record: tick, location: 'ticks/', format: 'json' }),
      },
      deliveries: { deliver: delivery({ from: 'ticks', table: 'landing', prefix: 'ticks/', format: json() }) },
    });
    await using lake = await openTestPipeline([shop(), market], { now, schedules: [] });
    const sent = [{ id: 9007199254740993n, at: now }];
    await lake.produce('ticks', sent, { source: 'exchange', arrivalField: 'at' });
    const again = await lake.produce('ticks', sent, { source: 'exchange' });
    assert.deepEqual([again.logged, again.resent, again.conflicting], [0, 1, 0]);
    await lake.deliver();
    await lake.assertRows('market.ticks', [{ id: 9007199254740993n }]);
    await lake.assertAddsUp();
    await assert.rejects(lake.assertAddsUp({ produced: 0 }), /of one path, and there are 2/);
  });

  it('refuses a time, an address and a definition that are wrong', async () => {
    await assert.rejects(openTestPipeline(shop(), { now: 'noon' }), (error) => isPlayheadError(error, 'PH_USAGE'));
    await assert.rejects(openTestPipeline(shop(), { now, schedules: ['oftn'] }), /oftn/);
    const { workgroups, ...rest } = shop();
    assert.ok(workgroups);
    await assert.rejects(openTestPipeline({ ...rest, workgroups, name: 'no name' }, { now }), (error) =>
      isPlayheadError(error, 'PH_CONFIG_INVALID'),
    );
    await using lake = await pipeline();
    await assert.rejects(lake.produce('order', []), /Did you mean|no stream is called/);
    await assert.rejects(lake.clock.advance(-1), RangeError);
    assert.equal(homes().length, 1);
  });
});
