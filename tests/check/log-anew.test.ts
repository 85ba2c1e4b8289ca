import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { pathFigures } from '../../src/check/path-figures.ts';
import { accountOf, addsUp } from '../../src/ledger/account.ts';
import { applyDefinitions } from '../../src/pipeline/apply/apply.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { deliveryOf } from '../../src/pipeline/engine/delivery-of.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { resolveAddress } from '../../src/pipeline/graph/address.ts';
import { produceNdjson } from '../../src/source/ndjson.ts';
import { shop } from '../pipeline/shop.ts';

const pipeline = shop({ jobs: {}, schedules: {} });
const effects = testEffects();

async function* orders(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1)
    yield Buffer.from(`{"order_id":"o${i}","placed_at":"2025-08-11T00:00:00Z","amount":${i}}\n`);
}

async function produce(engine: Engine, count: number, source: string): Promise<void> {
  await applyDefinitions(engine);
  const settings = { topic: 'orders', keyField: 'order_id', source };
  await produceNdjson(orders(count), await engine.stream(), settings, () => {}, effects);
}

it('the ledger does not draw up an account over a log made anew, until going over to it was ordered', async () => {
  const home = mkdtempSync(join(tmpdir(), 'playhead-anew-'));
  const open = (): Engine => openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
  const deliver = (engine: Engine) => deliveryOf(engine, resolveAddress([pipeline], 'deliver', ['delivery']));
  try {
    const before = open();
    await produce(before, 50, 'first');
    await (await deliver(before)).drain();
    await before.close();
    rmSync(join(home, 'log', 'orders'), { recursive: true });
    const engine = open();
    try {
      await produce(engine, 80, 'second');
      await assert.rejects(pathFigures(engine, pipeline), (error) => isPlayheadError(error, 'PH_DELIVERY_GAP'));
      const delivery = await deliver(engine);
      await delivery.acknowledgeLoss();
      assert.equal((await delivery.drain()).delivered, 80);
      const [account] = (await pathFigures(engine, pipeline)).map(accountOf);
      assert.ok(account !== undefined && addsUp(account), JSON.stringify(account));
      assert.deepEqual([account.produced, account.delivered, account.lost], [130, 130, 0]);
    } finally {
      await engine.close();
    }
  } finally {
    rmSync(home, { recursive: true });
  }
});
