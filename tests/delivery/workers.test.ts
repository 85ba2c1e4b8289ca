import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Effects, type ManualClock, manualClock } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { contradicted, readDecisions } from '../../src/check/chaos/decisions.ts';
import { currentEpoch } from '../../src/commit/epoch.ts';
import { readLease } from '../../src/commit/lease-record.ts';
import { isHalfClosed, presentLanes } from '../../src/delivery/lanes.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { readDelivery } from '../../src/ledger/delivery-ledger.ts';
import { type Lakehouse, openLakehouse, plays, startMs } from './lakehouse.ts';

const delivery = 'media.landing';

interface Worker {
  readonly stop: () => Promise<void>;
  readonly ended: Promise<unknown>;
}

describe('workers of one delivery', () => {
  let lakehouse: Lakehouse;
  let clock: ManualClock;
  let workers: Worker[];
  let produced: number;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 8 });
    clock = manualClock(startMs);
    workers = [];
    produced = 0;
  });
  afterEach(async () => {
    await Promise.all(workers.map(({ stop }) => stop()));
    await lakehouse.close();
  });

  function start(lanes: number, lake?: ObjectStore, effects: Partial<Effects> = {}, leaseTtlMs = 60_000): Worker {
    const stop = new AbortController();
    const buffer = { size: 500, interval: 10_000 };
    const open = lakehouse.open({ lanes, buffer }, { ...lakehouse.effects, clock, ...effects }, lake);
    const ended = open.run({ signal: stop.signal, leaseTtlMs });
    ended.catch(() => {});
    const worker = {
      ended,
      stop: async () => {
        stop.abort();
        await ended.catch(() => {});
      },
    };
    workers.push(worker);
    return worker;
  }

  /** Moves the clock on while the workers do what is due. */
  async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await holds())) {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1000);
    }
  }

  async function untilSettled(work: Promise<unknown>): Promise<void> {
    let isSettled = false;
    const settled = work.finally(() => {
      isSettled = true;
    });
    await until(() => isSettled);
    await settled;
  }

  /** How many lanes each worker holds now, fewest first. */
  async function held(): Promise<readonly number[]> {
    const counts = new Map<string, number>();
    for (const { number } of await presentLanes(lakehouse.ports.lake, delivery, lakehouse.effects)) {
      const lease = await readLease(lakehouse.ports.lake, `${delivery}.l${number}`);
      if (lease === undefined || lease.value.released) continue;
      const worker = lease.value.holder.worker ?? '';
      counts.set(worker, (counts.get(worker) ?? 0) + 1);
    }
    return [...counts.values()].sort();
  }

  const heldAre = (...counts: readonly number[]) => {
    return async (): Promise<boolean> => String(await held()) === String(counts);
  };

  async function produce(count: number): Promise<void> {
    await lakehouse.produce(plays(produced, produced + count));
    produced += count;
  }

  async function isAllDelivered(): Promise<boolean> {
    return (await lakehouse.open().state()).pendingRecords === 0;
  }

  /** Each record is in exactly one object that a commit names, of whatever epoch, and the account says so. */
  async function assertOnce(): Promise<void> {
    const { objects, figures, faults } = await readDelivery(lakehouse.ports.lake, delivery, undefined);
    const numbers: number[] = [];
    for (const { key } of objects)
      for (const line of (await lakehouse.read(key)).trimEnd().split('\n')) numbers.push(JSON.parse(line).n);
    const all = Array.from({ length: produced }, (_, n) => n);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      all,
    );
    assert.deepEqual({ delivered: figures.delivered, faults }, { delivered: produced, faults: [] });
    assert.deepEqual(await lakehouse.open().scrub(), []);
  }

  it('come to hold equally many lanes, and take over those of one that stops', async () => {
    await produce(300);
    const first = start(4);
    await until(heldAre(4));
    start(4);
    await until(heldAre(2, 2));
    start(4);
    start(4);
    await until(heldAre(1, 1, 1, 1));
    await produce(300);
    await first.stop();
    await until(heldAre(1, 1, 2));
    await produce(300);
    await until(isAllDelivered);
    await assertOnce();
  });

  it('take over what one held that stands still, and it harms nothing when it goes on', async () => {
    const { lake } = lakehouse.ports;
    const gate = { standsAt: Promise.withResolvers<void>(), goesOn: Promise.withResolvers<void>(), isShut: false };
    const put: ObjectStore['put'] = async (key, ...rest) => {
      if (gate.isShut && key.includes('/commit/')) {
        gate.standsAt.resolve();
        await gate.goesOn.promise;
      }
      return lake.put(key, ...rest);
    };
    // All of it stands still, as when a process is stopped: its clock, too.
    const stalled = start(2, { ...lake, put }, { clock: stoppable(clock, gate) });
    await until(heldAre(2));
    gate.isShut = true;
    await produce(300);
    await gate.standsAt.promise;
    start(2);
    await until(isAllDelivered);
    const decided = await readDecisions(lake);
    gate.isShut = false;
    gate.goesOn.resolve();
    await until(heldAre(1, 1));
    await produce(300);
    await until(isAllDelivered);
    await stalled.stop();
    await assertOnce();
    assert.deepEqual(contradicted(decided, await readDecisions(lake)), []);
  });

  it('follow one that starts with another number of lanes', async () => {
    await produce(300);
    start(2);
    start(2);
    await until(heldAre(1, 1));
    await produce(300);
    start(3);
    await until(heldAre(1, 1, 1));
    assert.deepEqual(await currentEpoch(lakehouse.ports.lake, delivery), { number: 1, lanes: 3 });
    await produce(300);
    await until(isAllDelivered);
    await assertOnce();
  });

  it('finish a change of lanes that another died over', async () => {
    await produce(300);
    start(3);
    await until(heldAre(3));
    // With one lane closed, and the others not; the clock, which runs ahead here, must not take its leases before.
    const dying = async (step: string): Promise<void> => {
      const lanes = await presentLanes(lakehouse.ports.lake, delivery, lakehouse.effects);
      if (step === 'series.closing' && (await isHalfClosed(lanes))) throw new Error('died');
    };
    const died = assert.rejects(start(2, undefined, { reached: dying }, 86_400_000).ended, /died/);
    await untilSettled(died);
    await until(async () => ((await currentEpoch(lakehouse.ports.lake, delivery))?.number ?? 0) >= 1);
    await until(heldAre(3));
    await produce(300);
    await until(isAllDelivered);
    await assertOnce();
  });

  it('bear with a store that fails for a while, not with one that fails from the first', async () => {
    const { lake } = lakehouse.ports;
    let fails = true;
    const put: ObjectStore['put'] = async (...call) => {
      if (fails) throw new PlayheadError('PH_STORAGE_FAILED', 'the store is away');
      return lake.put(...call);
    };
    await assert.rejects(start(2, { ...lake, put }).ended, /the store is away/);
    fails = false;
    start(2, { ...lake, put });
    await produce(300);
    await until(isAllDelivered);
    fails = true;
    await produce(300);
    const atMs = clock.monotonicMs();
    await until(() => clock.monotonicMs() > atMs + 120_000);
    assert.equal(await isAllDelivered(), false);
    fails = false;
    await until(isAllDelivered);
    await assertOnce();
  });

  it('stand aside for work that nobody may deliver under, then go on', async () => {
    await produce(300);
    start(2);
    start(2);
    await until(heldAre(1, 1));
    const longHeld = { leaseTtlMs: 86_400_000 };
    const open = lakehouse.open({ lanes: 2 }, { ...lakehouse.effects, clock });
    let owners: readonly (string | undefined)[] = [];
    const fenced = open.fenced(async () => {
      const { lake } = lakehouse.ports;
      owners = await Promise.all(
        [0, 1].map(async (n) => (await readLease(lake, `${delivery}.l${n}`))?.value.holder.worker),
      );
    }, longHeld);
    await untilSettled(fenced);
    assert.deepEqual(owners, [undefined, undefined]);
    await until(heldAre(1, 1));
    await produce(300);
    await until(isAllDelivered);
    await assertOnce();
  });
});

/** A clock of which nobody is woken, and by which no time passes, while the gate is shut. */
function stoppable(
  clock: ManualClock,
  gate: { readonly isShut: boolean; readonly goesOn: PromiseWithResolvers<void> },
) {
  return {
    ...clock,
    sleep: async (ms: number, signal?: AbortSignal): Promise<void> => {
      await clock.sleep(ms, signal);
      if (gate.isShut) await gate.goesOn.promise;
    },
  };
}
