import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Effects, ManualClock } from '../../src/base/effects.ts';
import { manualClock } from '../../src/base/effects.ts';
import { readLease } from '../../src/commit/lease-record.ts';
import { openDelivery } from '../../src/delivery/delivery.ts';
import { type DeliveryCommit, objectsIn } from '../../src/delivery/plan.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { deliveredNumbers, type Lakehouse, openLakehouse, plays, startMs } from './lakehouse.ts';

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('a live delivery', () => {
  let lakehouse: Lakehouse;
  let clock: ManualClock;
  let effects: Effects;
  beforeEach(async () => {
    lakehouse = await openLakehouse();
    clock = manualClock(startMs);
    effects = { ...lakehouse.effects, clock };
  });
  afterEach(() => lakehouse.close());

  /** Runs the delivery; `commits` tells how many commits with objects there are, when that is reached. */
  function start(settings: { size: number; interval: number }, stream = lakehouse.ports.stream) {
    const stop = new AbortController();
    const seen: DeliveryCommit[] = [];
    let wake = (): void => {};
    const onCommit = (commit: DeliveryCommit): void => {
      seen.push(commit);
      wake();
    };
    const ports = { ...lakehouse.ports, stream };
    const delivery = openDelivery(lakehouse.subject({ buffer: settings }), ports, effects);
    const running = delivery.run({ signal: stop.signal, onCommit });
    return {
      commits: async (count: number) => {
        while (seen.length < count) {
          const more = Promise.withResolvers<void>();
          wake = more.resolve;
          await Promise.race([more.promise, running]);
        }
      },
      seen,
      stop: () => {
        stop.abort();
        return running;
      },
    };
  }

  /** Moves the clock on, step by step, while the delivery does what is due. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(Math.min(1000, left));
    }
  }

  it('delivers the backlog first, then flushes when the interval has passed on the monotonic clock', async () => {
    await lakehouse.produce(plays(0, 10));
    const live = start({ size: 1e6, interval: 60_000 });
    await live.commits(1);
    await lakehouse.produce(plays(10, 20));
    // The wall clock jumps back an hour: it has no part in this.
    clock.jumpTo(startMs - 3_600_000);
    while (live.seen.length < 2) await pass(5000);
    const summary = await live.stop();
    assert.equal(summary.delivered, 20);
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 20));
  });

  it('flushes at once when the buffer is full, whatever the clock says, and catches up by several flushes a plan', async () => {
    // The first commit is the drain's, of what was there before.
    await lakehouse.produce(plays(0, 10));
    const live = start({ size: 1000, interval: 900_000 });
    await live.commits(1);
    await lakehouse.produce(plays(10, 200));
    await live.commits(2);
    await live.stop();
    const delivered = await deliveredNumbers(lakehouse);
    assert.equal(new Set(delivered).size, delivered.length);
    assert.ok(delivered.length >= 100);
    assert.equal(clock.monotonicMs(), 0);
    const flushes = live.seen.slice(1).map((commit) => new Set(objectsIn(commit).map(({ flush }) => flush)).size);
    assert.ok(Math.max(...flushes) > 1, `flushes a plan: ${flushes.join(', ')}`);
    for (const object of live.seen.flatMap(objectsIn)) assert.ok(object.rawBytes <= 1000);
  });

  it('passes over nothing where a fetch brings nothing below the end', async () => {
    await lakehouse.produce(plays(0, 10));
    const { stream } = lakehouse.ports;
    let empty = 0;
    const fetch: Stream['fetch'] = async (topic, partition, from, options) => {
      empty -= 1;
      return empty >= 0 ? { batches: [], next: from } : stream.fetch(topic, partition, from, options);
    };
    const live = start({ size: 1e6, interval: 60_000 }, { ...stream, fetch });
    await live.commits(1);
    empty = 3;
    await lakehouse.produce(plays(10, 20));
    while (live.seen.length < 2) await pass(5000);
    await lakehouse.produce(plays(20, 30));
    while (live.seen.length < 3) await pass(5000);
    await live.stop();
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 30));
  });

  it('leaves what no flush has taken in the log when it is stopped', async () => {
    const live = start({ size: 1e6, interval: 60_000 });
    await lakehouse.produce(plays(0, 10));
    await pass(2000);
    const summary = await live.stop();
    const { pendingRecords } = await lakehouse.open().state();
    assert.equal(summary.delivered + pendingRecords, 10);
    await lakehouse.open().drain();
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 10));
  });
});

it('a lane that fails stops the others, and each keeps its lease until it has stopped', async () => {
  const lakehouse = await openLakehouse();
  try {
    await lakehouse.produce(plays(0, 100));
    const { lake } = lakehouse.ports;
    const events: string[] = [];
    const failed = Promise.withResolvers<void>();
    const put: typeof lake.put = async (key, ...rest) => {
      if (key.includes('e0.l1/plan/')) {
        failed.resolve();
        throw new Error('lane 1 failed');
      }
      if (key.includes('e0.l0/plan/')) {
        await failed.promise;
        for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        events.push('lane 0 worked');
      }
      if (key.includes('l0.json')) events.push('lease of lane 0');
      return lake.put(key, ...rest);
    };
    const delivery = lakehouse.open({ lanes: 2 }, lakehouse.effects, { ...lake, put });
    await assert.rejects(delivery.run({ signal: new AbortController().signal }), /lane 1 failed/);
    assert.deepEqual(events.slice(-2), ['lane 0 worked', 'lease of lane 0']);
    for (const lane of [0, 1]) assert.equal((await readLease(lake, `media.landing.l${lane}`))?.value.released, true);
  } finally {
    await lakehouse.close();
  }
});
