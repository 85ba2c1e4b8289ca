import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, mock } from 'node:test';
import { type Logger, manualClock, testEffects } from '../../../src/base/effects.ts';
import { days, delivery, hours, minutes } from '../../../src/index.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { engineRunner } from '../../../src/pipeline/run/handlers.ts';
import { trimHourly } from '../../../src/pipeline/run/trim-delivered.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { shop, shopSections } from '../shop.ts';

const retention = days(7);
const orders = { ...shopSections.streams.orders, partitions: 1, retentionMs: retention };
const copy = delivery({ from: 'orders', prefix: 'copies/' });

describe('retention', () => {
  const homes: string[] = [];
  after(() => {
    for (const home of homes) rmSync(home, { recursive: true });
  });

  /** A home over one partition and a clock that the test sets. */
  async function openHome(pipeline: PipelineDefinition) {
    const home = mkdtempSync(join(tmpdir(), 'playhead-trim-'));
    homes.push(home);
    const clock = manualClock();
    const effects = testEffects({ clock });
    const engineOf = (present: PipelineDefinition): Engine =>
      openEngine({ pipelines: [present], profile: embeddedProfile, home }, effects);
    const engine = engineOf(pipeline);
    await applyDefinitions(engine);
    const input = async function* (id: string) {
      yield Buffer.from(`{"order_id":"${id}"}\n`);
    };
    const stream = await engine.stream();
    // In Kafka it reads all that waits.
    mock.method(stream, 'countRecords', () => assert.fail('records are counted to trim a topic'));
    const run = await engineRunner(engine);
    const runs = await engine.runs();
    return {
      engine,
      engineOf,
      clock,
      send: (id: string) => produceNdjson(input(id), stream, { topic: 'orders' }, () => {}, effects),
      deliver: async (name: string) => {
        const request = { address: `shop.${name}`, kind: 'delivery', trigger: 'test', arguments: {} } as const;
        await run(request, new AbortController().signal);
        const last = runs.recent({ limit: 1 })[0]?.id;
        const lines = runs.lines({ limit: 100 }).filter((line) => line.run === last);
        assert.ok(lines.length > 0);
        return lines.filter(({ message }) => message.startsWith('trimmed'));
      },
      kept: async () => (await stream.describe('orders'))?.state[0]?.count,
    };
  }

  it('drops what is delivered and past it after a delivery, and says so in the run', async () => {
    const home = await openHome(shop({ streams: { orders } }));
    await home.send('a');
    assert.deepEqual(await home.deliver('deliver'), []);
    await home.clock.advance(retention);
    await home.send('b');
    assert.deepEqual(await home.deliver('deliver'), [], 'not older than the retention yet');
    assert.equal(await home.kept(), 2);
    await home.clock.advance(retention + 1);
    const [line] = await home.deliver('deliver');
    assert.deepEqual(line?.fields, { topic: 'orders', records: 2 });
    assert.equal(await home.kept(), 0);
    await home.engine.close();
  });

  it('trims every hour beside a live delivery', async () => {
    const home = await openHome(shop({ streams: { orders: { ...orders, retentionMs: minutes(30) } } }));
    await home.send('a');
    await home.deliver('deliver');
    const stop = new AbortController();
    const trimmed = Promise.withResolvers<unknown>();
    const log: Logger = { log: (_level, _message, fields) => trimmed.resolve(fields) };
    const trimming = trimHourly(home.engine, 'orders', stop.signal, log);
    await home.clock.advance(hours(1));
    assert.deepEqual(await trimmed.promise, { topic: 'orders', records: 1 });
    stop.abort();
    await trimming;
    await home.engine.close();
  });

  it('waits for the slowest delivery, also for one that has not begun', async () => {
    const home = await openHome(shop({ streams: { orders }, deliveries: { ...shopSections.deliveries, copy } }));
    await home.send('a');
    await home.clock.advance(retention + 1);
    assert.deepEqual(await home.deliver('deliver'), []);
    assert.equal(await home.kept(), 1);
    assert.equal((await home.deliver('copy'))[0]?.fields['records'], 1);
    await home.send('b');
    await home.clock.advance(retention + 1);
    assert.deepEqual(await home.deliver('deliver'), []);
    assert.equal((await home.deliver('copy')).length, 1);
    await home.engine.close();
  });

  it('waits for a delivery that another config of the home has applied', async () => {
    const home = await openHome(shop({ streams: { orders } }));
    const other = home.engineOf(
      shop({ streams: { orders }, tables: {}, deliveries: { copy }, jobs: {}, schedules: {} }, 'outlet'),
    );
    await applyDefinitions(other);
    await other.close();
    await home.send('a');
    await home.clock.advance(retention + 1);
    assert.deepEqual(await home.deliver('deliver'), []);
    assert.equal(await home.kept(), 1);
    await home.engine.close();
  });
});
