import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { manualClock } from '../../src/base/effects.ts';
import { bySource } from '../../src/check/breakdown.ts';
import { pathFigures } from '../../src/check/path-figures.ts';
import { readStatus } from '../../src/check/status.ts';
import { acquireLease } from '../../src/commit/lease.ts';
import { listAll } from '../../src/lake/object-store.ts';
import { type Account, accountOf, addsUp } from '../../src/ledger/account.ts';
import type { Engine } from '../../src/pipeline/engine/bind.ts';
import { freshnessOf } from '../../src/quality/freshness.ts';
import { positionAt } from '../../src/record/batch.ts';
import { arrivalNow } from '../../src/stream/arrival-clock.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { retain } from '../../src/table/retained.ts';
import { lines, orders, ShopFlow } from './shop-flow.ts';

const minute = 60_000;

const pick = ({ produced, expired, lost, delivered, missing }: Account) => {
  return { produced, expired, lost, delivered, missing };
};

describe('a flow that is watched', () => {
  const clock = manualClock(Date.UTC(2025, 7, 11, 12));
  let flow: ShopFlow;
  beforeEach(() => {
    flow = new ShopFlow(clock);
  });
  afterEach(() => flow.close());

  it('shows depth, pending, rows, partitions and freshness', async () => {
    await flow.produce(lines(20));
    const [before] = await readStatus(flow.engine);
    assert.equal(before?.streams[0]?.depth, 20);
    assert.equal(before.streams[0].atMost, undefined);
    const log = await flow.engine.stream();
    const gapped = { ...log, capabilities: { ...log.capabilities, densePositions: false } };
    const [bounded] = await readStatus({ ...flow.engine, stream: async () => gapped });
    assert.equal(bounded?.streams[0]?.atMost, true, 'positions say no more');
    assert.equal(before?.deliveries[0]?.pending, 20);
    assert.equal(before?.deliveries[0]?.freshness, undefined);
    await flow.drain();
    await clock.advance(20 * minute);
    const [after] = await readStatus(flow.engine);
    assert.equal(after?.deliveries[0]?.pending, 0);
    assert.deepEqual([after?.deliveries[0]?.freshness, after?.deliveries[0]?.lagMs], ['FRESH', 0], 'nothing waits');
    const landing = after?.tables.find(({ table }) => table === 'shop.orders_json');
    assert.equal(landing?.rows, 20);
    assert.equal(landing?.newestPartition, 'year=2025/month=08');
    await flow.produce(lines(5, 20));
    const [waiting] = await readStatus(flow.engine);
    assert.deepEqual([waiting?.deliveries[0]?.freshness, waiting?.deliveries[0]?.lagMs], ['WARNING', 20 * minute]);
  });

  it('adds up before, between and after deliveries, with what went to the error prefix', async () => {
    async function* withBroken(): AsyncGenerator<Uint8Array> {
      yield* lines(10);
      yield Buffer.from('not a record\n');
    }
    await flow.produce(withBroken());
    for (const [pending, delivered, quarantined] of [
      [11, 0, 0],
      [0, 10, 1],
    ] as const) {
      const [account] = (await pathFigures(flow.engine, orders)).map(accountOf);
      assert.ok(account !== undefined && addsUp(account), JSON.stringify(account));
      assert.deepEqual(
        [account.produced, account.pending, account.delivered, account.quarantined],
        [11, pending, delivered, quarantined],
      );
      await flow.drain();
    }
  });

  const account = async (watched: Engine = flow.engine): Promise<Account> => {
    const [first] = (await pathFigures(watched, orders)).map(accountOf);
    assert.ok(first !== undefined);
    return first;
  };
  async function dropLog(): Promise<void> {
    const stream = await flow.engine.stream();
    const ends = (await stream.describe('orders'))?.state.map(({ end }) => end) ?? [];
    const dropped = await stream.trim('orders', ends, clock.now() + 1);
    assert.equal(
      dropped.reduce((sum, count) => sum + count, 0),
      50,
    );
  }

  it('still adds up when the log has dropped what was delivered, with dense positions or without', async () => {
    await flow.produce(lines(50));
    await flow.drain();
    await dropLog();
    const stream = await flow.engine.stream();
    const capabilities = { ...stream.capabilities, densePositions: false };
    for (const each of [flow.engine, { ...flow.engine, stream: async () => ({ ...stream, capabilities }) }]) {
      const found = await account(each);
      assert.ok(addsUp(found), JSON.stringify(found));
      assert.deepEqual([found.produced, found.expired], [50, 0]);
    }
  });

  it('names as expired what the log dropped before it was delivered, and as lost what was given up', async () => {
    await flow.produce(lines(50));
    await dropLog();
    assert.deepEqual(pick(await account()), { produced: 50, expired: 50, lost: 0, delivered: 0, missing: 0 });
    await flow.drain();
    assert.deepEqual(pick(await account()), { produced: 50, expired: 50, lost: 0, delivered: 0, missing: 0 });
    await clock.advance(minute);
    await flow.produce(lines(50, 50));
    await dropLog();
    assert.deepEqual(pick(await account()), { produced: 100, expired: 100, lost: 0, delivered: 0, missing: 0 });
    assert.match((await flow.firstSilent())?.finding ?? '', /lost records of 4 partitions/);
    await (await flow.delivery()).acknowledgeLoss();
    const given = await account();
    assert.deepEqual(pick(given), { produced: 100, expired: 50, lost: 50, delivered: 0, missing: 0 });
    assert.ok(addsUp(given), JSON.stringify(given));
  });

  /** A log with gaps in its positions, into which another program writes as well: what these sources sent. */
  async function besideAnother(others: readonly string[]): Promise<Engine> {
    const stream = await flow.engine.stream();
    const isForeign = async (partition: number, position: bigint): Promise<boolean> =>
      others.includes((await (await stream.inspect('orders'))?.originOf(partition, position))?.source ?? '');
    const fetch: Stream['fetch'] = async (...asked) => {
      const fetched = await stream.fetch(...asked);
      const batches = fetched.batches.map(async (batch) =>
        (await isForeign(batch.partition, positionAt(batch, 0))) ? { ...batch, foreign: true as const } : batch,
      );
      return { ...fetched, batches: await Promise.all(batches) };
    };
    const inspect: Stream['inspect'] = async (topic) => {
      const inspection = await stream.inspect(topic);
      if (inspection === undefined) return undefined;
      const account = async () => {
        const { sources } = await inspection.account();
        return { sources: sources.filter(({ source }) => !others.includes(source)), holes: [] };
      };
      const countForeign = async (partition: number, from: bigint, until: bigint) => {
        let count = 0;
        for (let position = from; position < until; position += 1n)
          if (await isForeign(partition, position)) count += 1;
        return count;
      };
      return { ...inspection, account, countForeign };
    };
    const capabilities = { ...stream.capabilities, densePositions: false };
    return { ...flow.engine, stream: async () => ({ ...stream, capabilities, fetch, inspect }) };
  }

  it('counts what another program wrote as its own, and fits what was lost to no sum', async () => {
    const others: string[] = [];
    const produceBoth = async (own: number, foreign: number, from: number): Promise<void> => {
      await clock.advance(minute);
      await flow.produce(lines(own, from));
      await clock.advance(minute);
      others.push(`test-${clock.now()}`);
      await flow.produce(lines(foreign, from + own));
    };
    await produceBoth(20, 4, 0);
    const engine = await besideAnother(others);
    const [waiting] = (await pathFigures(engine, orders)).map(accountOf);
    assert.ok(waiting !== undefined && addsUp(waiting), JSON.stringify(waiting));
    assert.deepEqual([waiting.produced, waiting.pending], [24, 24]);
    await (await flow.delivery(engine)).drain();
    assert.deepEqual(pick(await account(engine)), { produced: 24, expired: 0, lost: 0, delivered: 24, missing: 0 });
    const [path] = await pathFigures(engine, orders);
    assert.deepEqual(path && bySource(path).at(-1)?.logged, 4);
    await produceBoth(30, 6, 24);
    const stream = await flow.engine.stream();
    const ends = (await stream.describe('orders'))?.state.map(({ end }) => end) ?? [];
    await clock.advance(minute);
    await stream.trim('orders', ends, clock.now());
    for (const part of ['expired', 'lost'] as const) {
      const found = await account(engine);
      assert.ok(addsUp(found), JSON.stringify(found));
      assert.deepEqual([found.produced, found[part], found.atMost], [54, 36, { parts: [part], records: 30 }]);
      await (await flow.delivery(engine)).acknowledgeLoss();
    }
  });

  it('does not add up when the log is gone', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    await flow.loseLog();
    const found = await account();
    assert.ok(!addsUp(found));
    assert.match(found.problems.join(), /the stream took .*: 0 against 5/);
  });

  it('shows a log that was replaced by another, and what accepts that', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    await flow.loseLog();
    await flow.produce(lines(2, 5));
    const silent = await flow.firstSilent();
    assert.equal(silent?.kind, 'delivery');
    assert.equal(silent.remedy, 'playhead deliver shop.deliver --accept-loss');
    const [status] = await readStatus(flow.engine);
    assert.equal(status?.deliveries[0]?.gaps, 4);
    await (await flow.delivery()).acknowledgeLoss();
    await flow.drain();
    const found = await account();
    assert.ok(addsUp(found), JSON.stringify(found));
    assert.deepEqual(pick(found), { produced: 7, expired: 0, lost: 0, delivered: 7, missing: 0 });
  });

  it('does not add up when objects are gone or changed, and names them and their commits', async () => {
    async function* withBroken(): AsyncGenerator<Uint8Array> {
      yield* lines(10);
      yield Buffer.from('not a record\n');
    }
    await flow.produce(withBroken());
    await flow.drain();
    const lake = await flow.engine.lake();
    const [object] = await (await flow.engine.catalog()).objects('shop', 'orders_json');
    assert.ok(object !== undefined);
    await lake.put(object.key, Buffer.from('other'));
    const changed = await account();
    assert.ok(!addsUp(changed));
    assert.deepEqual([changed.delivered, changed.missing], [0, 10]);
    assert.deepEqual(changed.problems, [
      `changed in the lake: ${object.key}, 10 rows (commit ${object.commit} of ${object.series}, flush 0)`,
    ]);
    for await (const { key } of listAll(lake, '')) if (!key.startsWith('_playhead/')) await lake.delete(key);
    const gone = await account();
    assert.deepEqual([gone.delivered, gone.quarantined, gone.missing], [0, 0, 11]);
    assert.equal(gone.problems.filter((problem) => problem.startsWith('missing in the lake: ')).length, 2);
    const silent = await flow.firstSilent();
    assert.equal(silent?.kind, 'catalog');
    assert.ok(silent.finding.includes(object.key));
    assert.equal(silent.remedy, 'playhead repair');
  });

  it('adds up while an object is being replaced, since its readers still have it', async () => {
    await flow.produce(lines(10));
    await flow.drain();
    const lake = await flow.engine.lake();
    const [object] = await (await flow.engine.catalog()).objects('shop', 'orders_json');
    assert.ok(object !== undefined);
    await retain(lake, object);
    await lake.put(object.key, Buffer.from('of a commit that is not written yet'));
    const found = await account();
    assert.ok(addsUp(found), JSON.stringify(found));
  });

  it('sees a delivery that waits for the lease of another as pending only', async () => {
    await flow.produce(lines(10));
    await flow.drain();
    const lease = await acquireLease(await flow.engine.lake(), 'shop.deliver.l0', { holder: 'another' }, flow.effects);
    await clock.advance(minute);
    await flow.produce(lines(5, 10));
    const stop = new AbortController();
    const held = Promise.withResolvers<void>();
    const delivery = await flow.delivery();
    const waiting = delivery.drain({ signal: stop.signal, onHeld: () => held.resolve() });
    await held.promise;
    const found = await account();
    assert.ok(addsUp(found), JSON.stringify(found));
    assert.deepEqual([found.delivered, found.pending, found.faults], [10, 5, []]);
    stop.abort();
    await assert.rejects(waiting);
    await lease.release();
  });

  for (const [step, pending] of [
    ['delivery.committing', 'its objects are there, its commit is not'],
    ['delivery.committed', 'its commit is there, the catalog has not taken it in'],
  ] as const)
    it(`sees what a delivery that died was at as pending: ${pending}`, async () => {
      await flow.produce(lines(10));
      await flow.drain();
      await clock.advance(minute);
      await flow.produce(lines(5, 10));
      const reached = async (at: string): Promise<void> => {
        if (at === step) throw new Error('killed');
      };
      const dying = flow.open({ ...flow.effects, reached });
      const delivery = await flow.delivery(dying);
      await assert.rejects(delivery.drain());
      await dying.close();
      const found = await account();
      assert.ok(addsUp(found), JSON.stringify(found));
      assert.deepEqual([found.delivered, found.pending, found.faults], [10, 5, []]);
      await flow.drain();
      assert.deepEqual([(await account()).delivered, (await account()).pending], [15, 0]);
    });

  it('does not add up when the catalog lacks delivered objects', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    await (await flow.engine.catalog()).dropTable('shop', 'orders_json');
    const [account] = (await pathFigures(flow.engine, orders)).map(accountOf);
    assert.ok(account !== undefined && !addsUp(account));
    assert.equal(account.missing, 5);
  });
});

describe('freshness', () => {
  it('warns over 15 minutes and is delayed over 30', () => {
    assert.deepEqual(
      [15 * minute, 15 * minute + 1, 30 * minute, 30 * minute + 1].map((lagMs) => freshnessOf(lagMs)),
      ['FRESH', 'WARNING', 'WARNING', 'DELAYED'],
    );
  });

  it('goes by the arrival clock: a simulated day is as old as the wall time since its last append', () => {
    const spec = { topic: 't', id: 'log', partitions: 1, retentionMs: 1, cleanup: 'delete' } as const;
    const topic = { ...spec, state: [], erasures: 0 };
    const simulated = Date.UTC(2025, 7, 11, 23);
    const wall = Date.UTC(2026, 10, 22);
    assert.equal(
      arrivalNow({ ...topic, lastArrivalMs: simulated, lastAppendedMs: wall }, wall + minute),
      simulated + minute,
    );
    assert.equal(arrivalNow(topic, wall), undefined);
  });
});
