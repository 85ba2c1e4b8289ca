import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { currentEpoch, laneSeries } from '../../src/commit/epoch.ts';
import { acquireLease } from '../../src/commit/lease.ts';
import { tellingOnce } from '../../src/delivery/lane-owner.ts';
import { beginLanes, openDeliverySeries } from '../../src/delivery/lanes.ts';
import { deliveredNumbers, type Lakehouse, openLakehouse, plays } from './lakehouse.ts';

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('lanes', () => {
  let lakehouse: Lakehouse;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 5 });
  });
  afterEach(() => lakehouse.close());

  it('each deliver their partitions, together each record once', async () => {
    await lakehouse.produce(plays(0, 500));
    await lakehouse.open({ lanes: 2 }).drain();
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 500));
    const { series } = await lakehouse.open({ lanes: 2 }).state();
    assert.deepEqual(
      series.map(({ name }) => name),
      ['media.landing.e0.l0', 'media.landing.e0.l1'],
    );
  });

  it('change from one epoch to the next without losing or doubling a record', async () => {
    const { lake } = lakehouse.ports;
    const delivered: number[] = [];
    for (const [i, lanes] of [1, 3, 2].entries()) {
      await lakehouse.produce(plays(i * 200, (i + 1) * 200));
      await lakehouse.open({ lanes }).drain();
      delivered.push(...(await deliveredNumbers(lakehouse)));
      assert.deepEqual(await currentEpoch(lake, 'media.landing'), { number: i, lanes });
    }
    assert.deepEqual(delivered, numbers(0, 600));
    const closed = await openDeliverySeries(lake, laneSeries('media.landing', 0, 0), lakehouse.effects).head();
    assert.equal(closed.last?.kind, 'close');
  });

  it('of an epoch that has delivered nothing yet know the last flush of the one before', async () => {
    await lakehouse.produce(plays(0, 200));
    const delivery = lakehouse.open({ lanes: 2 });
    await delivery.drain();
    const { lastFlush } = await delivery.state();
    assert.ok(lastFlush !== undefined && lastFlush.newestArrivalMs > 0);
    await lakehouse.open({ lanes: 3 }).drain();
    assert.equal((await currentEpoch(lakehouse.ports.lake, 'media.landing'))?.number, 1);
    assert.deepEqual((await delivery.state()).lastFlush, lastFlush);
  });

  it('are begun again by who stood still while another began them', async () => {
    const { effects, ports } = lakehouse;
    await lakehouse.open({ lanes: 1 }).drain();
    const topic = await ports.stream.describe('plays');
    assert.ok(topic !== undefined);
    const begin = (lanes: number, reached = effects.reached) =>
      beginLanes(ports.lake, 'media.landing', lanes, topic, async () => {}, { ...effects, reached });
    const standsStill = async (): Promise<void> => {
      await begin(4);
    };
    await assert.rejects(begin(2, standsStill), (error) => isPlayheadError(error, 'PH_LEASE_LOST'));
    assert.deepEqual(await currentEpoch(ports.lake, 'media.landing'), { number: 1, lanes: 4 });
  });

  it('redo a plan without a commit before they are closed', async () => {
    await lakehouse.produce(plays(0, 200));
    const died = { ...lakehouse.effects, reached: (step: string) => (step === 'delivery.object' ? fail() : undefined) };
    await assert.rejects(lakehouse.open({ lanes: 1 }, died).drain(), /died/);
    const next = lakehouse.open({ lanes: 2 });
    await next.drain();
    assert.deepEqual(await next.scrub(), []);
    const first = openDeliverySeries(lakehouse.ports.lake, laneSeries('media.landing', 0, 0), lakehouse.effects);
    const kinds: string[] = [];
    for await (const { commit } of first.commits(0)) kinds.push(commit.kind);
    assert.deepEqual(kinds, ['open', 'flushes', 'close']);
  });

  it('are refused to a second process that will not wait, with the name of the first', async () => {
    const { lake } = lakehouse.ports;
    const lease = await acquireLease(lake, 'media.landing.l0', { holder: 'another delivery' }, lakehouse.effects);
    await assert.rejects(
      lakehouse.open().drain({ wait: false }),
      (error) => isPlayheadError(error, 'PH_LEASE_HELD') && /another delivery/.test(error.message),
    );
    await lease.release();
    await lakehouse.open().drain({ wait: false });
  });

  it('are waited for with one word of each worker that holds them', () => {
    const told: string[] = [];
    const tell = tellingOnce(({ name }) => void told.push(name));
    const holder = { name: 'one', machine: 'm', pid: 1 };
    for (const each of [holder, { ...holder }, { ...holder, name: 'other', worker: 'w' }, holder]) tell(each);
    assert.deepEqual(told, ['one', 'other']);
  });

  it('let a process take one lane and leave the others', async () => {
    await lakehouse.produce(plays(0, 500));
    const delivery = lakehouse.open({ lanes: 2 });
    const first = await delivery.drain({ lane: 0 });
    assert.ok(first.delivered > 0 && first.delivered < 500);
    const second = await delivery.drain({ lane: 1 });
    assert.equal(first.delivered + second.delivered, 500);
  });
});

function fail(): never {
  throw new Error('died');
}
