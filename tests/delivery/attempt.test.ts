import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Effects, manualClock } from '../../src/base/effects.ts';
import { type Delivery, openDelivery } from '../../src/delivery/delivery.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { deliveredNumbers, type Lakehouse, objectsOf, openLakehouse, plays, startMs } from './lakehouse.ts';

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('an attempt at a plan', () => {
  let lakehouse: Lakehouse;
  beforeEach(async () => {
    lakehouse = await openLakehouse();
    await lakehouse.produce(plays(0, 100));
  });
  afterEach(() => lakehouse.close());

  it('is given up after ten minutes on the monotonic clock, and begun again from the same plan', async () => {
    const clock = manualClock(startMs);
    const warnings: string[] = [];
    let plans = 0;
    const effects: Effects = {
      ...lakehouse.effects,
      clock,
      log: { log: (_, message) => warnings.push(message) },
      reached: async (step) => {
        if (step !== 'delivery.object') return;
        plans += 1;
        if (plans === 1) await clock.advance(600_001);
      },
    };
    await lakehouse.open({ buffer: { size: 300 } }, effects).drain();
    assert.match(warnings.join(), /took longer than 10 minutes/);
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 100));
    assert.deepEqual((await lakehouse.keys('plays/')).length, objectsOf(await lakehouse.commits()).length);
  });

  it('that another writer overtook does not bring back an object that was removed since', async () => {
    const planned = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const held = (step: string): Promise<void> | undefined => {
      if (step !== 'delivery.planned') return undefined;
      planned.resolve();
      return goOn.promise;
    };
    // The first's own clock stands still with it, so that it does not even notice that its lease has run out.
    const clock = manualClock(startMs);
    const first = lakehouse.open({}, { ...lakehouse.effects, reached: held }).drain({ leaseTtlMs: 1000 });
    await planned.promise;
    let overtaken = false;
    const second = lakehouse
      .open({}, { ...lakehouse.effects, clock })
      .drain({ leaseTtlMs: 1000 })
      .finally(() => {
        overtaken = true;
      });
    while (!overtaken) {
      await clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await second;
    const [removed] = objectsOf(await lakehouse.commits());
    await lakehouse.ports.lake.delete(removed?.key ?? '');
    goOn.resolve();
    assert.equal((await first).delivered, 0);
    assert.equal(await lakehouse.ports.lake.head(removed?.key ?? ''), undefined);
  });

  it('that began before another writer had delivered more takes nothing for a gap, and nothing for lost', async () => {
    const late = (): Delivery => {
      let meanwhile = async (): Promise<void> => {
        meanwhile = async () => {};
        await lakehouse.produce(plays(100, 150));
        await lakehouse.open().drain();
      };
      const stream: Stream = {
        ...lakehouse.ports.stream,
        ensureTopic: async (spec) => {
          const before = await lakehouse.ports.stream.ensureTopic(spec);
          await meanwhile();
          return before;
        },
      };
      return openDelivery(lakehouse.subject(), { ...lakehouse.ports, stream }, lakehouse.effects);
    };
    await lakehouse.open().drain();
    assert.equal((await late().drain()).delivered, 0);
    assert.equal(await late().acknowledgeLoss(), undefined);
    assert.deepEqual((await deliveredNumbers(lakehouse)).length, 200);
  });

  it('that adopts a plan with later records than it knew of goes on behind them', async () => {
    const overtake = async (): Promise<void> => {
      await lakehouse.produce(plays(100, 150));
      await lakehouse.ports.lake.delete('_playhead/leases/media.landing.l0.json');
      const died = (step: string): void => (step === 'delivery.planned' ? fail() : undefined);
      await assert.rejects(lakehouse.open({}, { ...lakehouse.effects, reached: died }).drain(), /died/);
    };
    let overtaken = false;
    const reached = async (step: string): Promise<void> => {
      if (step !== 'delivery.planning' || overtaken) return;
      overtaken = true;
      await overtake();
    };
    assert.equal((await lakehouse.open({}, { ...lakehouse.effects, reached }).drain()).delivered, 150);
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 150));
  });

  it('that died is redone from its plan, whatever became of the definition since', async () => {
    const died = {
      ...lakehouse.effects,
      reached: (step: string) => (step === 'delivery.planned' ? fail() : undefined),
    };
    await assert.rejects(lakehouse.open({}, died).drain(), /died/);
    await lakehouse.produce(plays(100, 150));
    await lakehouse.open({ prefix: 'elsewhere/!{timestamp:yyyy}/' }).drain();
    const folders = objectsOf(await lakehouse.commits()).map(({ key, rows }) => [key.split('/')[0], rows]);
    assert.deepEqual(folders, [
      ['plays', 60],
      ['plays', 40],
      ['elsewhere', 50],
    ]);
  });

  it('makes the same names and records each time', async () => {
    const steps = ['delivery.planned', 'delivery.object', 'delivery.object'];
    for (const fatal of steps) {
      const died = { ...lakehouse.effects, reached: (step: string) => (step === fatal ? fail() : undefined) };
      await assert.rejects(lakehouse.open({ prefix: 'plays/!{firehose:random-string}/' }, died).drain(), /died/);
    }
    await lakehouse.open({ prefix: 'plays/!{firehose:random-string}/' }).drain();
    assert.deepEqual(
      (await lakehouse.keys('plays/')).sort(),
      objectsOf(await lakehouse.commits())
        .map(({ key }) => key)
        .sort(),
    );
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 100));
  });
});

function fail(): never {
  throw new Error('died');
}
