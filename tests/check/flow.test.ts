import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { diagnose } from '../../src/check/doctor.ts';
import { pathFigures } from '../../src/check/path-figures.ts';
import { readStatus } from '../../src/check/status.ts';
import { acquireLease } from '../../src/commit/lease.ts';
import { listAll } from '../../src/lake/object-store.ts';
import { type Account, accountOf, addsUp } from '../../src/ledger/account.ts';
import { resolveAddress } from '../../src/pipeline/address.ts';
import { applyDefinitions } from '../../src/pipeline/apply.ts';
import { type Engine, openEngine } from '../../src/pipeline/bind.ts';
import { embeddedProfile } from '../../src/pipeline/profile.ts';
import { deliveryOf } from '../../src/pipeline/subject.ts';
import { freshnessOf } from '../../src/quality/freshness.ts';
import { produceNdjson } from '../../src/source/ndjson.ts';
import { arrivalNow } from '../../src/stream/arrival-clock.ts';
import { retain } from '../../src/table/retained.ts';
import { shop } from '../pipeline/shop.ts';

const minute = 60_000;
const pipeline = shop({ jobs: {}, schedules: {} });

async function* lines(count: number, from = 0): AsyncGenerator<Uint8Array> {
  for (let i = from; i < from + count; i += 1) {
    yield Buffer.from(`{"order_id":"o${i}","placed_at":"2025-08-11T00:00:00Z","amount":${i}}\n`);
  }
}

const pick = ({ produced, expired, lost, delivered, missing }: Account) => {
  return { produced, expired, lost, delivered, missing };
};

describe('a flow that is watched', () => {
  const clock = manualClock(Date.UTC(2025, 7, 11, 12));
  const effects = testEffects({ clock });
  let home: string;
  let engine: Engine;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'playhead-flow-'));
    engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
  });
  afterEach(async () => {
    await engine.close();
    rmSync(home, { recursive: true });
  });

  async function produce(input: AsyncIterable<Uint8Array>): Promise<void> {
    await applyDefinitions(engine);
    const settings = { topic: 'orders', keyField: 'order_id', source: `test-${clock.now()}` };
    await produceNdjson(input, await engine.stream(), settings, () => {}, effects);
  }
  async function drain(): Promise<void> {
    const delivery = await deliveryOf(engine, resolveAddress([pipeline], 'deliver', ['delivery']));
    await delivery.drain();
  }
  const firstSilent = async () => (await diagnose(engine, pipeline)).firstSilent;

  it('is silent at the stream first, then at the delivery, then nowhere; each with the command that mends it', async () => {
    const stream = await firstSilent();
    assert.equal(stream?.kind, 'stream');
    assert.equal(stream.remedy, 'playhead produce shop.orders --file FILE');
    await produce(lines(20));
    const delivery = await firstSilent();
    assert.equal(delivery?.kind, 'delivery');
    assert.match(delivery.finding, /never flushed; waiting: 20 records/);
    assert.equal(delivery.remedy, 'playhead deliver shop.deliver --drain');
    await drain();
    assert.equal(await firstSilent(), undefined);
  });

  it('is silent at the delivery when records wait for longer than half an hour', async () => {
    await produce(lines(5));
    await drain();
    await clock.advance(minute);
    await produce(lines(5, 5));
    assert.equal(await firstSilent(), undefined);
    await clock.advance(40 * minute);
    assert.match((await firstSilent())?.finding ?? '', /waiting: 5 records; the newest delivered one is 41 min old/);
  });

  /** A run that is under way, until it is ended. */
  async function beginRun(address: string, kind: 'delivery' | 'job'): Promise<() => void> {
    const runs = await engine.runs();
    const id = runs.start({ address, kind, trigger: 'command', input: {} });
    return () => runs.finish(id, { outcome: 'succeeded', durationMs: 1 });
  }

  it('is not silent at a delivery that is at work, as long as it goes on', async () => {
    await produce(lines(5));
    const end = await beginRun('shop.deliver', 'delivery');
    assert.equal(await firstSilent(), undefined, 'it has not flushed yet');
    end();
    await drain();
    await clock.advance(minute);
    await produce(lines(5, 5));
    await clock.advance(40 * minute);
    const endAgain = await beginRun('shop.deliver', 'delivery');
    assert.equal(await firstSilent(), undefined, 'what waits for so long is on its way now');
    await clock.advance(31 * minute);
    const stuck = await firstSilent();
    assert.deepEqual([stuck?.kind, stuck?.remedy], ['delivery', 'playhead logs shop.deliver']);
    assert.equal(stuck?.finding, 'at work, and delivered nothing for 31 min; waiting: 5 records');
    endAgain();
  });

  it('looks past a run that only found another one at work', async () => {
    await produce(lines(5));
    await drain();
    const runs = await engine.runs();
    const fail = (code: string): void => {
      const id = runs.start({ address: 'shop.deliver', kind: 'delivery', trigger: 'command', input: {} });
      runs.finish(id, { outcome: 'failed', durationMs: 1, error: { code, message: 'another one has it' } });
    };
    fail('PH_LEASE_HELD');
    assert.equal(await firstSilent(), undefined);
    fail('PH_STORAGE_FAILED');
    assert.equal((await firstSilent())?.finding, 'last run failed: another one has it');
  });

  it('is not silent at a catalog that is behind a commit of just now', async () => {
    await produce(lines(5));
    await drain();
    const catalog = await engine.catalog();
    const behind: Engine = { ...engine, catalog: async () => ({ ...catalog, registeredUpTo: async () => -1 }) };
    const silent = async () => (await diagnose(behind, pipeline)).firstSilent;
    assert.match((await silent())?.finding ?? '', /^\d commits not registered$/);
    const end = await beginRun('shop.deliver', 'delivery');
    assert.equal(await silent(), undefined, 'its writer is at work');
    end();
    let looks = 0;
    const registering: Engine = {
      ...engine,
      catalog: async () => ({
        ...catalog,
        registeredUpTo: async (...asked) => (++looks === 1 ? -1 : catalog.registeredUpTo(...asked)),
      }),
    };
    assert.equal((await diagnose(registering, pipeline)).firstSilent, undefined, 'it was registered meanwhile');
  });

  it('is silent at a query that has no rows where the catalog has some', async () => {
    await produce(lines(5));
    await drain();
    const empty = join(home, 'empty.json.gz');
    writeFileSync(empty, gzipSync(''));
    const lake = await engine.lake();
    const blind: Engine = { ...engine, lake: async () => ({ ...lake, localFile: async () => empty }) };
    const silent = (await diagnose(blind, pipeline)).firstSilent;
    assert.deepEqual([silent?.kind, silent?.remedy], ['query', 'playhead rebuild']);
  });

  it('is silent at the catalog when its table is gone from there', async () => {
    await produce(lines(5));
    await drain();
    await (await engine.catalog()).dropTable('shop', 'orders_json');
    const silent = await firstSilent();
    assert.equal(silent?.kind, 'catalog');
    assert.equal(silent.remedy, 'playhead rebuild');
  });

  it('shows depth, pending, rows, partitions and freshness', async () => {
    await produce(lines(20));
    const [before] = await readStatus(engine);
    assert.equal(before?.streams[0]?.depth, 20);
    assert.equal(before.streams[0].atMost, undefined);
    const log = await engine.stream();
    const gapped = { ...log, capabilities: { ...log.capabilities, densePositions: false } };
    const [bounded] = await readStatus({ ...engine, stream: async () => gapped });
    assert.equal(bounded?.streams[0]?.atMost, true, 'positions say no more');
    assert.equal(before?.deliveries[0]?.pending, 20);
    assert.equal(before?.deliveries[0]?.freshness, undefined);
    await drain();
    await clock.advance(20 * minute);
    const [after] = await readStatus(engine);
    assert.equal(after?.deliveries[0]?.pending, 0);
    assert.deepEqual([after?.deliveries[0]?.freshness, after?.deliveries[0]?.lagMs], ['FRESH', 0], 'nothing waits');
    const landing = after?.tables.find(({ table }) => table === 'shop.orders_json');
    assert.equal(landing?.rows, 20);
    assert.equal(landing?.newestPartition, 'year=2025/month=08');
    await produce(lines(5, 20));
    const [waiting] = await readStatus(engine);
    assert.deepEqual([waiting?.deliveries[0]?.freshness, waiting?.deliveries[0]?.lagMs], ['WARNING', 20 * minute]);
  });

  it('adds up before, between and after deliveries, with what went to the error prefix', async () => {
    async function* withBroken(): AsyncGenerator<Uint8Array> {
      yield* lines(10);
      yield Buffer.from('not a record\n');
    }
    await produce(withBroken());
    for (const [pending, delivered, quarantined] of [
      [11, 0, 0],
      [0, 10, 1],
    ] as const) {
      const [account] = (await pathFigures(engine, pipeline)).map(accountOf);
      assert.ok(account !== undefined && addsUp(account), JSON.stringify(account));
      assert.deepEqual(
        [account.produced, account.pending, account.delivered, account.quarantined],
        [11, pending, delivered, quarantined],
      );
      await drain();
    }
  });

  const account = async (watched: Engine = engine): Promise<Account> => {
    const [first] = (await pathFigures(watched, pipeline)).map(accountOf);
    assert.ok(first !== undefined);
    return first;
  };
  async function dropLog(): Promise<void> {
    const stream = await engine.stream();
    const ends = (await stream.describe('orders'))?.state.map(({ end }) => end) ?? [];
    const dropped = await stream.trim('orders', ends, clock.now() + 1);
    assert.equal(
      dropped.reduce((sum, count) => sum + count, 0),
      50,
    );
  }

  it('still adds up when the log has dropped what was delivered, with dense positions or without', async () => {
    await produce(lines(50));
    await drain();
    await dropLog();
    const stream = await engine.stream();
    const capabilities = { ...stream.capabilities, densePositions: false };
    for (const each of [engine, { ...engine, stream: async () => ({ ...stream, capabilities }) }]) {
      const found = await account(each);
      assert.ok(addsUp(found), JSON.stringify(found));
      assert.deepEqual([found.produced, found.expired], [50, 0]);
    }
  });

  it('names as expired what the log dropped before it was delivered, and as lost what was given up', async () => {
    await produce(lines(50));
    await dropLog();
    assert.deepEqual(pick(await account()), { produced: 50, expired: 50, lost: 0, delivered: 0, missing: 0 });
    await drain();
    assert.deepEqual(pick(await account()), { produced: 50, expired: 50, lost: 0, delivered: 0, missing: 0 });
    await clock.advance(minute);
    await produce(lines(50, 50));
    await dropLog();
    assert.deepEqual(pick(await account()), { produced: 100, expired: 100, lost: 0, delivered: 0, missing: 0 });
    assert.match((await firstSilent())?.finding ?? '', /lost records of 4 partitions/);
    await (await deliveryOf(engine, resolveAddress([pipeline], 'deliver', ['delivery']))).acknowledgeLoss();
    const given = await account();
    assert.deepEqual(pick(given), { produced: 100, expired: 50, lost: 50, delivered: 0, missing: 0 });
    assert.ok(addsUp(given), JSON.stringify(given));
  });

  it('does not add up when the log is gone', async () => {
    await produce(lines(5));
    await drain();
    await engine.close();
    rmSync(join(home, 'log'), { recursive: true });
    engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
    const found = await account();
    assert.ok(!addsUp(found));
    assert.match(found.problems.join(), /the stream took .*: 0 against 5/);
  });

  it('shows a log that was replaced by another, and what accepts that', async () => {
    await produce(lines(5));
    await drain();
    await engine.close();
    rmSync(join(home, 'log'), { recursive: true });
    engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
    await produce(lines(2, 5));
    const silent = await firstSilent();
    assert.equal(silent?.kind, 'delivery');
    assert.equal(silent.remedy, 'playhead deliver shop.deliver --accept-loss');
    const [status] = await readStatus(engine);
    assert.equal(status?.deliveries[0]?.gaps, 4);
    await (await deliveryOf(engine, resolveAddress([pipeline], 'deliver', ['delivery']))).acknowledgeLoss();
    await drain();
    const found = await account();
    assert.ok(addsUp(found), JSON.stringify(found));
    assert.deepEqual(pick(found), { produced: 7, expired: 0, lost: 0, delivered: 7, missing: 0 });
  });

  it('does not add up when objects are gone or changed, and names them and their commits', async () => {
    async function* withBroken(): AsyncGenerator<Uint8Array> {
      yield* lines(10);
      yield Buffer.from('not a record\n');
    }
    await produce(withBroken());
    await drain();
    const lake = await engine.lake();
    const [object] = await (await engine.catalog()).objects('shop', 'orders_json');
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
    const silent = await firstSilent();
    assert.equal(silent?.kind, 'catalog');
    assert.ok(silent.finding.includes(object.key));
    assert.equal(silent.remedy, 'playhead repair');
  });

  it('adds up while an object is being replaced, since its readers still have it', async () => {
    await produce(lines(10));
    await drain();
    const lake = await engine.lake();
    const [object] = await (await engine.catalog()).objects('shop', 'orders_json');
    assert.ok(object !== undefined);
    await retain(lake, object);
    await lake.put(object.key, Buffer.from('of a commit that is not written yet'));
    const found = await account();
    assert.ok(addsUp(found), JSON.stringify(found));
  });

  it('sees a delivery that waits for the lease of another as pending only', async () => {
    await produce(lines(10));
    await drain();
    const lease = await acquireLease(await engine.lake(), 'shop.deliver.l0', { holder: 'another' }, effects);
    await clock.advance(minute);
    await produce(lines(5, 10));
    const stop = new AbortController();
    const held = Promise.withResolvers<void>();
    const delivery = await deliveryOf(engine, resolveAddress([pipeline], 'deliver', ['delivery']));
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
      await produce(lines(10));
      await drain();
      await clock.advance(minute);
      await produce(lines(5, 10));
      const reached = async (at: string): Promise<void> => {
        if (at === step) throw new Error('killed');
      };
      const dying = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, { ...effects, reached });
      const delivery = await deliveryOf(dying, resolveAddress([pipeline], 'deliver', ['delivery']));
      await assert.rejects(delivery.drain());
      await dying.close();
      const found = await account();
      assert.ok(addsUp(found), JSON.stringify(found));
      assert.deepEqual([found.delivered, found.pending, found.faults], [10, 5, []]);
      await drain();
      assert.deepEqual([(await account()).delivered, (await account()).pending], [15, 0]);
    });

  it('is silent at a delivery whose last run failed, until one succeeds', async () => {
    await produce(lines(5));
    await drain();
    const runs = await engine.runs();
    const started = { address: 'shop.deliver', kind: 'delivery', trigger: 'command', input: {} } as const;
    const error = { code: 'PH_STORAGE_FULL', message: 'no space left\nwriting a file' };
    runs.finish(runs.start(started), { outcome: 'failed', durationMs: 1, error });
    const silent = await firstSilent();
    assert.equal(silent?.address, 'shop.deliver');
    assert.equal(silent.finding, 'last run failed: no space left');
    assert.equal(silent.remedy, 'playhead logs shop.deliver');
    runs.finish(runs.start(started), { outcome: 'succeeded', durationMs: 1 });
    assert.equal(await firstSilent(), undefined);
  });

  it('says in one short line of each link how it does, where nothing ever ran', async () => {
    const { links } = await diagnose(engine, pipeline);
    for (const { finding, remedy } of links) {
      assert.ok(finding.length <= 160 && !finding.includes('\n'), finding);
      assert.doesNotMatch(remedy ?? '', /playhead query/);
    }
  });

  it('does not add up when the catalog lacks delivered objects', async () => {
    await produce(lines(5));
    await drain();
    await (await engine.catalog()).dropTable('shop', 'orders_json');
    const [account] = (await pathFigures(engine, pipeline)).map(accountOf);
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
