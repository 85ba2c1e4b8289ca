import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, type ManualClock, testEffects } from '../../src/base/effects.ts';
import { type Diagnosis, diagnose } from '../../src/check/doctor.ts';
import type { Link } from '../../src/check/link.ts';
import { applyDefinitions } from '../../src/pipeline/apply/apply.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { deliveryOf } from '../../src/pipeline/engine/delivery-of.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { resolveAddress } from '../../src/pipeline/graph/address.ts';
import { produceNdjson } from '../../src/source/ndjson.ts';
import { shop } from '../pipeline/shop.ts';

/** Orders from a stream into a table, and nothing behind it. */
export const orders = shop({ jobs: {}, schedules: {} });

export async function* lines(count: number, from = 0): AsyncGenerator<Uint8Array> {
  for (let i = from; i < from + count; i += 1) {
    yield Buffer.from(`{"order_id":"o${i}","placed_at":"2025-08-11T00:00:00Z","amount":${i}}\n`);
  }
}

/** The flow of orders in a home of its own. */
export class ShopFlow {
  readonly clock: ManualClock;
  readonly effects: Effects;
  readonly home = mkdtempSync(join(tmpdir(), 'playhead-flow-'));
  engine: Engine;

  constructor(clock: ManualClock) {
    this.clock = clock;
    this.effects = testEffects({ clock });
    this.engine = this.open();
  }

  open(effects: Effects = this.effects): Engine {
    return openEngine({ pipelines: [orders], profile: embeddedProfile, home: this.home }, effects);
  }

  async produce(input: AsyncIterable<Uint8Array>): Promise<void> {
    await applyDefinitions(this.engine);
    const settings = { topic: 'orders', keyField: 'order_id', source: `test-${this.clock.now()}` };
    await produceNdjson(input, await this.engine.stream(), settings, () => {}, this.effects);
  }

  delivery(engine: Engine = this.engine): ReturnType<typeof deliveryOf> {
    return deliveryOf(engine, resolveAddress([orders], 'deliver', ['delivery']));
  }

  async drain(): Promise<void> {
    await (await this.delivery()).drain();
  }

  /** Begins with an empty log, where a full one was. */
  async loseLog(): Promise<void> {
    await this.engine.close();
    rmSync(join(this.home, 'log'), { recursive: true });
    this.engine = this.open();
  }

  /** What doctor says of it, as `engine` sees it. */
  diagnosis(engine: Engine = this.engine): Promise<Diagnosis> {
    return diagnose(engine, orders);
  }

  async firstSilent(engine?: Engine): Promise<Link | undefined> {
    return (await this.diagnosis(engine)).firstSilent;
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.home, { recursive: true });
  }
}
