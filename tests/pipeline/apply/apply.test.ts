import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { defineRecord, field } from '../../../src/index.ts';
import { applyDefinitions, readApplied } from '../../../src/pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { deliveryOf } from '../../../src/pipeline/engine/delivery-of.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { resolveAddress } from '../../../src/pipeline/graph/address.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { order, shop, shopSections } from '../shop.ts';

describe('apply', () => {
  let home: string;
  let opened: Engine[] = [];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'playhead-apply-'));
  });
  afterEach(async () => {
    for (const engine of opened) await engine.close();
    opened = [];
    rmSync(home, { recursive: true });
  });
  function engineOf(...pipelines: readonly PipelineDefinition[]): Engine {
    const engine = openEngine({ pipelines, profile: embeddedProfile, home }, testEffects());
    opened.push(engine);
    return engine;
  }

  it('creates topics, databases and tables, and keeps the definitions', async () => {
    const engine = engineOf(shop());
    const changes = await applyDefinitions(engine);
    assert.equal(changes.length, 8);
    assert.equal((await (await engine.stream()).describe('orders'))?.partitions, 4);
    const table = await (await engine.catalog()).table('shop', 'orders_json');
    assert.deepEqual(
      table?.columns.map(({ name, type }) => `${name} ${type}`),
      ['order_id string', 'placed_at timestamp', 'amount double'],
    );
    assert.deepEqual(
      table?.partitionKeys.map(({ name, type }) => `${name} ${type}`),
      ['year int', 'month int'],
    );
    assert.equal(table?.series, 'shop.deliver');
    assert.deepEqual(await readApplied(engine), { pipelines: [shop()], removed: [] });
  });

  it('changes nothing the second time', async () => {
    await applyDefinitions(engineOf(shop()));
    const engine = engineOf(shop());
    const before = await (await engine.catalog()).table('shop', 'orders');
    assert.deepEqual(await applyDefinitions(engine), []);
    assert.deepEqual(await (await engine.catalog()).table('shop', 'orders'), before);
  });

  it('brings new columns of an altered record into its tables', async () => {
    await applyDefinitions(engineOf(shop()));
    const record = defineRecord('order', {
      version: 2,
      fields: { ...order.fields, coupon: { ...field.string(), optional: true } },
    });
    const { landing, curated } = shopSections.tables;
    const engine = engineOf(shop({ tables: { landing: { ...landing, record }, curated } }));
    await applyDefinitions(engine);
    const catalog = await engine.catalog();
    assert.equal((await catalog.table('shop', 'orders_json'))?.columns.length, 4);
    assert.equal((await catalog.table('shop', 'orders'))?.columns.length, 3);
  });

  it('keeps columns that statements or the crawler added to a table whose record is altered', async () => {
    const first = engineOf(shop());
    await applyDefinitions(first);
    const catalog = await first.catalog();
    const found = await catalog.table('shop', 'orders_json');
    assert.ok(found !== undefined);
    const { version, ...entry } = found;
    await catalog.putTable({ ...entry, columns: [...entry.columns, { name: 'weight', type: 'double' }] }, version);
    const record = defineRecord('order', {
      version: 2,
      fields: { ...order.fields, coupon: { ...field.string(), optional: true } },
    });
    const { landing, curated } = shopSections.tables;
    await applyDefinitions(engineOf(shop({ tables: { landing: { ...landing, record }, curated } })));
    assert.deepEqual(
      (await catalog.table('shop', 'orders_json'))?.columns.map(({ name }) => name),
      ['order_id', 'placed_at', 'amount', 'coupon', 'weight'],
    );
  });

  it('refuses a delivery that was removed and comes back over another stream', async () => {
    const streams = { ...shopSections.streams, others: { ...shopSections.streams.orders, topic: 'others' } };
    const { deliver } = shopSections.deliveries;
    await applyDefinitions(engineOf(shop({ streams })));
    await applyDefinitions(engineOf(shop({ streams, deliveries: {}, schedules: {} })));
    await assert.rejects(
      applyDefinitions(engineOf(shop({ streams, deliveries: { deliver: { ...deliver, from: 'others' } } }))),
      (error) => isPlayheadError(error, 'PH_DEFINITION_INCOMPATIBLE') && /from: orders → others/.test(error.message),
    );
  });

  it('takes in what was delivered, where the catalog was lost', async () => {
    const engine = engineOf(shop());
    await applyDefinitions(engine);
    const input = Readable.from([Buffer.from('{"order_id":"a","placed_at":"2025-08-11T00:00:00Z","amount":1}\n')]);
    const settings = { topic: 'orders', keyField: 'order_id', source: 'test' };
    await produceNdjson(input, await engine.stream(), settings, () => {}, engine.effects);
    await (await deliveryOf(engine, resolveAddress([shop()], 'deliver', ['delivery']))).drain();
    await engine.close();
    for (const ending of ['', '-wal', '-shm']) rmSync(join(home, `catalog.sqlite${ending}`), { force: true });
    const again = engineOf(shop());
    await applyDefinitions(again);
    const objects = await (await again.catalog()).objects('shop', 'orders_json');
    assert.deepEqual(
      objects.map(({ rows }) => rows),
      [1],
    );
  });

  it('refuses an incompatible change before it changes anything', async () => {
    await applyDefinitions(engineOf(shop()));
    const applied = readFileSync(join(home, 'applied.json'), 'utf8');
    const streams = { orders: { ...shopSections.streams.orders, partitions: 1 } };
    const workgroups = { ...shopSections.workgroups };
    await assert.rejects(
      applyDefinitions(engineOf(shop({ streams, workgroups }))),
      (error) =>
        isPlayheadError(error, 'PH_DEFINITION_INCOMPATIBLE') &&
        error.message.includes('shop.orders: partitions: 4 → 1') &&
        /another name/.test(error.hint ?? ''),
    );
    assert.equal(readFileSync(join(home, 'applied.json'), 'utf8'), applied);
  });

  it('keeps what other configs applied in the same home', async () => {
    await applyDefinitions(engineOf(shop()));
    const outlet = shop({ streams: {}, tables: {}, deliveries: {}, jobs: {}, schedules: {} }, 'outlet');
    const engine = engineOf(outlet);
    await applyDefinitions(engine);
    assert.deepEqual(
      (await readApplied(engine)).pipelines.map(({ name }) => name),
      ['shop', 'outlet'],
    );
  });

  it('says what to do about a damaged file of applied definitions', async () => {
    for (const text of ['', '{', '{"pipelines":[1]}']) {
      writeFileSync(join(home, 'applied.json'), text);
      await assert.rejects(
        readApplied(engineOf(shop())),
        (error) => isPlayheadError(error, 'PH_STATE_CORRUPT') && error.hint !== undefined,
      );
    }
  });
});
