import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { PlayheadError } from '../../../src/base/errors.ts';
import type { ObjectStore } from '../../../src/lake/object-store.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { deliveryOf } from '../../../src/pipeline/engine/delivery-of.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../../src/pipeline/engine/queries.ts';
import { addressed } from '../../../src/pipeline/graph/address.ts';
import { engineRunner } from '../../../src/pipeline/run/handlers.ts';
import { footer } from '../../../src/query/write-result.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { countedStore } from '../../lake/counted-store.ts';
import { shop, shopSections } from '../shop.ts';

const count = 'SELECT count(*) FROM shop.orders_json';

describe('homes that share a lake', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-shared-lake-'));
  const opened: Engine[] = [];
  let keeper: Engine;
  let lake: ObjectStore;
  let first: Engine;
  let second: Engine;
  before(async () => {
    keeper = engineAt('keeper');
    const stored = await keeper.lake();
    lake = { ...stored, capabilities: { ...stored.capabilities, shared: true } };
    [first, second] = [await home('first'), await home('second')];
  });
  after(async () => {
    for (const engine of opened.toReversed()) await engine.close();
    rmSync(folder, { recursive: true });
  });

  function engineAt(name: string, lanes = 1): Engine {
    const deliver = { ...shopSections.deliveries.deliver, lanes };
    const pipelines = [shop({ deliveries: { deliver } })];
    const engine = openEngine({ pipelines, profile: embeddedProfile, home: join(folder, name) }, testEffects());
    opened.push(engine);
    return engine;
  }
  /** One with a catalog of its own, over the lake and the log that all have. */
  async function home(name: string, lanes?: number): Promise<Engine> {
    const engine = { ...engineAt(name, lanes), lake: async () => lake, stream: () => keeper.stream() };
    await applyDefinitions(engine);
    return engine;
  }
  const send = async (...lines: readonly string[]): Promise<void> => {
    const input = async function* () {
      for (const line of lines) yield Buffer.from(`${line}\n`);
    };
    const { stream, effects } = keeper;
    await produceNdjson(input(), await stream(), { topic: 'orders' }, () => {}, effects);
  };
  const order = (id: string): string => `{"order_id":"${id}","placed_at":"2025-08-11T10:00:00Z","amount":1}`;
  const run = async (engine: Engine, name: string, kind: 'delivery' | 'job'): Promise<void> => {
    const request = { address: `shop.${name}`, kind, trigger: 'test', arguments: {} } as const;
    await (await engineRunner(engine))(request, new AbortController().signal);
  };
  const ask = async (engine: Engine, sql: string): Promise<{ rows: unknown[]; footer: string }> => {
    const queries = await queriesOf(engine);
    try {
      const { pages, summary } = await queries.run(sql);
      const rows: unknown[] = [];
      for await (const page of pages) rows.push(...page);
      return { rows, footer: footer(await summary()) };
    } finally {
      await queries.close();
    }
  };

  it('answer with what another one delivered, set aside and made of it, by a look at each lane and two for the epochs', async () => {
    await send(order('a'), order('b'));
    await run(first, 'deliver', 'delivery');
    assert.deepEqual((await ask(second, count)).rows, [[2n]]);
    await send(order('c'));
    await run(first, 'deliver', 'delivery');
    await run(first, 'curate', 'job');
    assert.deepEqual((await ask(second, count)).rows, [[3n]]);
    assert.deepEqual((await ask(second, 'SELECT count(*) FROM shop.orders')).rows, [[3n]]);
    const { store, taken } = countedStore(lake);
    await ask({ ...second, lake: async () => store }, count);
    const { get, head, list } = taken();
    assert.deepEqual({ get, head, list }, { get: 3, head: 0, list: 0 });
  });

  it('answer with what came in lanes that are over, though they delivered in those of now', async () => {
    const [mine, theirs] = [await home('second', 2), await home('third', 2)];
    const after = await home('second', 1);
    await run(theirs, 'deliver', 'delivery');
    await ask(mine, count);
    await send(...'defghijk'.split('').map(order));
    for (const [lane, engine] of [mine, theirs].entries()) {
      const [entry] = addressed(engine.pipelines, 'delivery');
      assert.ok(entry);
      await (await deliveryOf(engine, entry)).drain({ lane });
    }
    await run(await home('third', 1), 'deliver', 'delivery');
    await send(order('l'));
    await run(after, 'deliver', 'delivery');
    assert.deepEqual((await ask(after, count)).rows, [[12n]]);
    const { store, taken } = countedStore(lake);
    await ask({ ...after, lake: async () => store }, count);
    assert.equal(taken().get, 3);
  });

  it('say so under the answer where they can not see what others did', async () => {
    await ask(second, count);
    await send(order('m'));
    await run(first, 'deliver', 'delivery');
    const get: ObjectStore['get'] = () => {
      throw new PlayheadError('PH_STORAGE_FAILED', 'the store is away');
    };
    const answer = await ask({ ...second, lake: async () => ({ ...lake, get }) }, count);
    assert.deepEqual(answer.rows, [[12n]]);
    assert.match(answer.footer, /Without what other machines may have committed since: the store is away\./);
  });
});
