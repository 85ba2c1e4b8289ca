import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { manualClock } from '../../src/base/effects.ts';
import { probeStreams } from '../../src/check/probes/streams.ts';
import type { Engine } from '../../src/pipeline/engine/bind.ts';
import { lines, ShopFlow } from './shop-flow.ts';

const minute = 60_000;

describe('a doctor of a flow', () => {
  const clock = manualClock(Date.UTC(2025, 7, 11, 12));
  let flow: ShopFlow;
  let engine: Engine;
  beforeEach(() => {
    flow = new ShopFlow(clock);
    engine = flow.engine;
  });
  afterEach(() => flow.close());

  it('is silent at the stream first, then at the delivery, then nowhere; each with the command that mends it', async () => {
    const stream = await flow.firstSilent();
    assert.equal(stream?.kind, 'stream');
    assert.equal(stream.remedy, 'playhead produce shop.orders --file FILE');
    await flow.produce(lines(20));
    const delivery = await flow.firstSilent();
    assert.equal(delivery?.kind, 'delivery');
    assert.match(delivery.finding, /never flushed; waiting: 20 records/);
    assert.equal(delivery.remedy, 'playhead deliver shop.deliver --drain');
    await flow.drain();
    assert.equal(await flow.firstSilent(), undefined);
  });

  it('is silent at the delivery when records wait for longer than half an hour', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    await clock.advance(minute);
    await flow.produce(lines(5, 5));
    assert.equal(await flow.firstSilent(), undefined);
    await clock.advance(40 * minute);
    assert.match(
      (await flow.firstSilent())?.finding ?? '',
      /waiting: 5 records; the newest delivered one is 41 min old/,
    );
  });

  /** A run that is under way, until it is ended. */
  async function beginRun(address: string, kind: 'delivery' | 'job'): Promise<() => void> {
    const runs = await engine.runs();
    const id = runs.start({ address, kind, trigger: 'command', input: {} });
    return () => runs.finish(id, { outcome: 'succeeded', durationMs: 1 });
  }

  it('is not silent at a delivery that is at work, as long as it goes on', async () => {
    await flow.produce(lines(5));
    const end = await beginRun('shop.deliver', 'delivery');
    assert.equal(await flow.firstSilent(), undefined, 'it has not flushed yet');
    end();
    await flow.drain();
    await clock.advance(minute);
    await flow.produce(lines(5, 5));
    await clock.advance(40 * minute);
    const endAgain = await beginRun('shop.deliver', 'delivery');
    assert.equal(await flow.firstSilent(), undefined, 'what waits for so long is on its way now');
    await clock.advance(31 * minute);
    const stuck = await flow.firstSilent();
    assert.deepEqual([stuck?.kind, stuck?.remedy], ['delivery', 'playhead logs shop.deliver']);
    assert.equal(stuck?.finding, 'at work, and delivered nothing for 31 min; waiting: 5 records');
    endAgain();
  });

  it('looks past a run that only found another one at work', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    const runs = await engine.runs();
    const fail = (code: string): void => {
      const id = runs.start({ address: 'shop.deliver', kind: 'delivery', trigger: 'command', input: {} });
      runs.finish(id, { outcome: 'failed', durationMs: 1, error: { code, message: 'another one has it' } });
    };
    fail('PH_LEASE_HELD');
    assert.equal(await flow.firstSilent(), undefined);
    fail('PH_STORAGE_FAILED');
    assert.equal((await flow.firstSilent())?.finding, 'last run failed: another one has it');
  });

  it('is not silent at a catalog that is behind a commit of just now', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    const catalog = await engine.catalog();
    const behind: Engine = { ...engine, catalog: async () => ({ ...catalog, registeredUpTo: async () => -1 }) };
    const silent = () => flow.firstSilent(behind);
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
    assert.equal(await flow.firstSilent(registering), undefined, 'it was registered meanwhile');
  });

  it('is silent at a query that has no rows where the catalog has some', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    const empty = join(flow.home, 'empty.json.gz');
    writeFileSync(empty, gzipSync(''));
    const lake = await engine.lake();
    const blind: Engine = { ...engine, lake: async () => ({ ...lake, localFile: async () => empty }) };
    const silent = await flow.firstSilent(blind);
    assert.deepEqual([silent?.kind, silent?.remedy], ['query', 'playhead rebuild']);
  });

  it('is silent at the catalog when its table is gone from there', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    await (await engine.catalog()).dropTable('shop', 'orders_json');
    const silent = await flow.firstSilent();
    assert.equal(silent?.kind, 'catalog');
    assert.equal(silent.remedy, 'playhead rebuild');
  });

  it('is silent at a delivery whose last run failed, until one succeeds', async () => {
    await flow.produce(lines(5));
    await flow.drain();
    const runs = await engine.runs();
    const started = { address: 'shop.deliver', kind: 'delivery', trigger: 'command', input: {} } as const;
    const error = { code: 'PH_STORAGE_FULL', message: 'no space left\nwriting a file' };
    runs.finish(runs.start(started), { outcome: 'failed', durationMs: 1, error });
    const silent = await flow.firstSilent();
    assert.equal(silent?.address, 'shop.deliver');
    assert.equal(silent.finding, 'last run failed: no space left');
    assert.equal(silent.remedy, 'playhead logs shop.deliver');
    runs.finish(runs.start(started), { outcome: 'succeeded', durationMs: 1 });
    assert.equal(await flow.firstSilent(), undefined);
  });

  it('says in one short line of each link how it does, where nothing ever ran', async () => {
    const { links } = await flow.diagnosis();
    for (const { finding, remedy } of links) {
      assert.ok(finding.length <= 160 && !finding.includes('\n'), finding);
      assert.doesNotMatch(remedy ?? '', /playhead query/);
    }
  });

  it('says no more than it knows of how many records a log of transactions has', async () => {
    await flow.produce(lines(20));
    const log = await engine.stream();
    const [pipeline] = engine.pipelines;
    assert.ok(pipeline);
    const found = async (densePositions: boolean): Promise<string | undefined> => {
      const stream = async () => ({ ...log, capabilities: { ...log.capabilities, densePositions } });
      return (await probeStreams({ ...engine, stream }, pipeline)).find(({ kind }) => kind === 'stream')?.finding;
    };
    assert.deepEqual([await found(true), await found(false)], ['20 records', '≤ 20 records']);
  });
});
