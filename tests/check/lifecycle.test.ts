import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { days } from '../../src/base/units.ts';
import { damagedObjects } from '../../src/check/chaos/named-objects.ts';
import { pathFigures } from '../../src/check/path-figures.ts';
import { type LifecycleRuleSettings, lifecycle } from '../../src/govern/lifecycle.ts';
import { listAll } from '../../src/lake/object-store.ts';
import { type Account, accountOf, addsUp } from '../../src/ledger/account.ts';
import { cron, run } from '../../src/orchestrate/definition.ts';
import { applyDefinitions } from '../../src/pipeline/apply/apply.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { resolveAddress } from '../../src/pipeline/graph/address.ts';
import { contributorsOf, quarantineContributorsOf } from '../../src/pipeline/graph/writers.ts';
import { replayQuarantine } from '../../src/pipeline/quarantine/replay-quarantine.ts';
import { engineRunner } from '../../src/pipeline/run/handlers.ts';
import { type LifecycleOutput, runLifecycleOf } from '../../src/pipeline/run/run-lifecycle.ts';
import { produceNdjson } from '../../src/source/ndjson.ts';
import { rebuild } from '../../src/table/rebuild.ts';
import { openTestPipeline } from '../../src/testing/index.ts';
import { shop } from '../pipeline/shop.ts';

async function* lines(from: number, count: number): AsyncGenerator<Uint8Array> {
  for (let i = from; i < from + count; i += 1)
    yield Buffer.from(`{"order_id":"o${i}","placed_at":"2025-08-1${i % 3}T00:00:00Z","amount":${i}}\n`);
  if (count > 3) yield Buffer.from('not JSON\n');
}

class Killed extends Error {}

describe('a lifecycle that is run', () => {
  const clock = manualClock(Date.UTC(2025, 7, 11, 12));
  let killAt: string | undefined;
  const effects = testEffects({
    clock,
    reached: (step) => {
      if (step === killAt) throw new Killed(step);
    },
  });
  let home: string;
  let engine: Engine;
  beforeEach(() => {
    killAt = undefined;
    home = mkdtempSync(join(tmpdir(), 'playhead-lifecycle-'));
  });
  afterEach(async () => {
    await engine.close();
    rmSync(home, { recursive: true });
  });

  function open(...rules: LifecycleRuleSettings[]): void {
    const pipeline = shop({ lifecycle: { storage: lifecycle(rules) }, schedules: {} });
    engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
  }
  async function flow(from: number, count: number): Promise<void> {
    await applyDefinitions(engine);
    const settings = { topic: 'orders', keyField: 'order_id', source: `test-${from}` };
    await produceNdjson(lines(from, count), await engine.stream(), settings, () => {}, effects);
    await run('deliver', 'delivery');
  }
  async function run(name: string, kind: 'delivery' | 'job'): Promise<void> {
    const runner = await engineRunner(engine);
    await runner({ address: `shop.${name}`, kind, trigger: 'command', arguments: {} }, new AbortController().signal);
  }
  async function age(options = {}): Promise<LifecycleOutput> {
    return runLifecycleOf(engine, resolveAddress(engine.pipelines, 'storage', ['lifecycle']), options);
  }
  async function account(): Promise<Pick<Account, 'produced' | 'delivered' | 'quarantined' | 'pending' | 'expired'>> {
    const [path] = await pathFigures(engine, engine.pipelines[0] ?? shop());
    assert.ok(path !== undefined);
    const drawn = accountOf(path);
    assert.ok(addsUp(drawn), JSON.stringify(drawn, null, 1));
    const { produced, delivered, quarantined, pending, expired } = drawn;
    return { produced, delivered, quarantined, pending, expired };
  }
  async function keys(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of listAll(await engine.lake(), prefix)) found.push(key);
    return found;
  }

  async function loseCurated(): Promise<void> {
    await flow(0, 3);
    await run('curate', 'job');
    const lake = await engine.lake();
    for (const key of await keys('curated/')) await lake.delete(key);
  }
  async function drawn(watched: Engine = engine): Promise<{ adds: boolean; expired: number }> {
    const [path] = await pathFigures(watched, watched.pipelines[0] ?? shop());
    const found = accountOf(path ?? assert.fail());
    return { adds: addsUp(found), expired: found.expired };
  }

  it('takes old objects out of the tables and the lake, and the ledger counts them as expired', async () => {
    open({ id: 'landing', prefix: 'orders/', expirationDays: 30 }, { id: 'all', prefix: '', expirationDays: 60 });
    await flow(0, 9);
    await run('curate', 'job');
    assert.deepEqual(await account(), { produced: 10, delivered: 9, quarantined: 1, pending: 0, expired: 0 });
    assert.deepEqual((await age()).expired, []);
    await clock.advance(days(31));
    const planned = await age({ dryRun: true });
    assert.ok(planned.expired.length > 0);
    assert.equal((await keys('orders/')).length > 0, true, 'a dry run takes nothing');
    const first = await age();
    assert.deepEqual(
      first.expired.map(({ key }) => key),
      planned.expired.map(({ key }) => key),
    );
    assert.ok(first.expired.every(({ role, rule }) => role === 'data' && rule === 'landing'));
    assert.deepEqual(await keys('orders/'), []);
    assert.deepEqual(
      await account(),
      { produced: 10, delivered: 9, quarantined: 1, pending: 0, expired: 0 },
      'what is read further on is there',
    );
    await clock.advance(days(30));
    const catalog = await engine.catalog();
    const setAside = async (): Promise<number> => (await catalog.objects('shop', 'orders_json_quarantine')).length;
    assert.equal(await setAside(), 1);
    await age();
    assert.deepEqual(await account(), { produced: 10, delivered: 0, quarantined: 0, pending: 0, expired: 10 });
    assert.equal(await setAside(), 0, 'what was set aside left its table');
    assert.deepEqual(await catalog.objects('shop', 'orders'), []);
    assert.deepEqual(await catalog.partitions('shop', 'orders_json'), []);
    await flow(100, 2);
    await run('curate', 'job');
    assert.deepEqual(await account(), { produced: 12, delivered: 2, quarantined: 0, pending: 0, expired: 10 });
    for (const table of ['landing', 'curated']) {
      const { address, definition } = resolveAddress(engine.pipelines, table, ['table']);
      const lake = await engine.lake();
      for (const contributors of [contributorsOf, quarantineContributorsOf])
        await rebuild(catalog, lake, await contributors(engine.pipelines, address, definition, lake), effects);
    }
    assert.equal(await setAside(), 0, 'rebuilt');
    assert.deepEqual(
      await account(),
      { produced: 12, delivered: 2, quarantined: 0, pending: 0, expired: 10 },
      'rebuilt',
    );
  });

  it('takes what a replay left of a quarantine object, and counts no more of it than that', async () => {
    open({ id: 'all', prefix: '', expirationDays: 60 });
    await applyDefinitions(engine);
    async function* bad(): AsyncGenerator<Uint8Array> {
      for (const id of ['a', 'b', 'c'])
        yield Buffer.from(`{"order_id":"${id}","placed_at":"2025-08-11T00:00:00Z","amount":"${id}"}\n`);
    }
    const settings = { topic: 'orders', keyField: 'order_id', source: 'bad' };
    await produceNdjson(bad(), await engine.stream(), settings, () => {}, effects);
    await run('deliver', 'delivery');
    await run('curate', 'job');
    const entry = resolveAddress(engine.pipelines, 'curate', ['job']);
    const repair = { assignments: [{ column: 'amount', expression: '1' }], where: "order_id = 'b'" };
    await replayQuarantine(engine, entry, repair, new AbortController().signal);
    assert.deepEqual(await account(), { produced: 3, delivered: 1, quarantined: 2, pending: 0, expired: 0 });
    const flow = { engine, settings: { pipelines: engine.pipelines, pipeline: 'shop', profile: embeddedProfile } };
    assert.deepEqual(await damagedObjects(flow), [], 'what is left of it is known by its present bytes');
    await clock.advance(days(61));
    await age();
    assert.deepEqual(await keys('_playhead/quarantine/'), []);
    assert.deepEqual(await account(), { produced: 3, delivered: 0, quarantined: 0, pending: 0, expired: 3 });
  });

  it('leaves alone what the catalog has not taken in', async () => {
    open({ id: 'all', prefix: '', expirationDays: 1 });
    await flow(0, 3);
    await (await engine.catalog()).dropTable('shop', 'orders_json');
    const before = await keys('orders/');
    await clock.advance(days(3));
    assert.deepEqual((await age()).expired, []);
    assert.deepEqual(await keys('orders/'), before);
  });

  it('keeps back what a job has yet to read', async () => {
    open({ id: 'landing', prefix: 'orders/', expirationDays: 1 });
    await flow(0, 3);
    await clock.advance(days(3));
    const { expired, keptBack } = await age();
    assert.deepEqual(expired, []);
    assert.deepEqual(
      keptBack.map(({ why }) => why),
      ['shop.curate has not read it yet'],
    );
    await run('curate', 'job');
    assert.ok((await age()).expired.length > 0);
    assert.deepEqual(await account(), { produced: 3, delivered: 3, quarantined: 0, pending: 0, expired: 0 });
  });

  it('that dies at each of its steps is finished by the next run, and the ledger adds up in between', async () => {
    open({ id: 'all', prefix: '', expirationDays: 1 });
    await flow(0, 9);
    await run('curate', 'job');
    await clock.advance(days(3));
    for (const step of ['lifecycle.retained', 'lifecycle.committed', 'lifecycle.registered', 'lifecycle.deleted']) {
      killAt = step;
      await assert.rejects(age(), Killed);
      killAt = undefined;
      await account();
    }
    await age();
    assert.deepEqual(await account(), { produced: 10, delivered: 0, quarantined: 0, pending: 0, expired: 10 });
    assert.deepEqual([...(await keys('orders/')), ...(await keys('curated/'))], []);
  });

  it('calls an object that is gone missing, however old, where the store expires nothing by itself', async () => {
    open({ id: 'curated', prefix: 'curated/', expirationDays: 30 });
    await loseCurated();
    assert.deepEqual(await drawn(), { adds: false, expired: 0 });
    await clock.advance(days(31));
    assert.deepEqual(await drawn(), { adds: false, expired: 0 });
  });

  it('calls it expired on a store that does, once a rule that the store executes takes it, and missing before', async () => {
    const kind = (tag: string): LifecycleRuleSettings => {
      return { id: tag, prefix: 'curated/', tags: { 'playhead:kind': tag }, expirationDays: 1 };
    };
    const all = { id: 'all', prefix: '', expirationDays: 1 };
    open(kind('data'), all, { id: 'curated', prefix: 'curated/', expirationDays: 60 });
    await loseCurated();
    const { lake } = engine;
    const byItself = async () => {
      const store = await lake();
      return { ...store, capabilities: { ...store.capabilities, lifecycles: true } };
    };
    const watched = { ...engine, lake: byItself };
    await clock.advance(days(31));
    assert.deepEqual(
      await drawn(watched),
      { adds: false, expired: 0 },
      'by tags, and over its own files, only we expire',
    );
    await clock.advance(days(30));
    assert.deepEqual(await drawn(watched), { adds: true, expired: 3 });
  });

  it('records the storage class of what it moves, and moves nothing twice', async () => {
    open({ id: 'cool', prefix: 'orders/', sizeGreaterThan: 1, transitions: [{ days: 30, storageClass: 'GLACIER' }] });
    await flow(0, 3);
    await clock.advance(days(31));
    const { moved } = await age();
    assert.ok(moved.length > 0 && moved.every(({ storageClass }) => storageClass === 'GLACIER'));
    assert.deepEqual((await age()).moved, []);
  });
});

describe('a lifecycle in a schedule', () => {
  it('is run when it is due, on the pipeline’s clock', async () => {
    const pipeline = shop({
      lifecycle: { storage: lifecycle([{ id: 'all', prefix: '', expirationDays: 10 }]) },
      schedules: { nightly: cron('0 3 * * ? *', run('storage')) },
    });
    await using shopping = await openTestPipeline(pipeline, { now: '2025-08-11T00:00:00Z' });
    await shopping.produce('orders', [{ order_id: 'o1', placed_at: '2025-08-11T00:00:00Z', amount: 1 }]);
    await shopping.deliver();
    await shopping.run('curate');
    await shopping.clock.advance(days(9));
    await shopping.assertAddsUp({ delivered: 1, expired: 0 });
    await shopping.clock.advance(days(3));
    await shopping.assertAddsUp({ delivered: 0, expired: 1 });
  });
});
