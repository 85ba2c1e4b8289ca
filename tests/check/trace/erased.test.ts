import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { traceByKey } from '../../../src/check/trace/by-key.ts';
import { traceByPosition } from '../../../src/check/trace/by-position.ts';
import { openTracer } from '../../../src/check/trace/tracer.ts';
import { openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { eraseFrom } from '../../../src/pipeline/erase/erase.ts';
import { openTestPipeline } from '../../../src/testing/index.ts';
import { shop } from '../../pipeline/shop.ts';

it('says of a position whose record was erased that it was, and where it was delivered before', async () => {
  const pipeline = shop({ schedules: {} });
  await using shopping = await openTestPipeline(pipeline, { now: '2025-08-11T00:00:00Z' });
  await shopping.produce('orders', [{ order_id: 'order-to-forget', placed_at: '2025-08-11T00:00:00Z', amount: 1 }]);
  await shopping.deliver();
  await shopping.run('curate');
  const engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home: shopping.home }, testEffects());
  try {
    const { signal } = new AbortController();
    await using session = await (await engine.duck()).connect();
    const tracer = await openTracer(engine, [pipeline], session, () => {});
    const topic = await tracer.stream.describe('orders');
    const partition = topic?.state.find(({ count }) => count > 0)?.partition ?? assert.fail();
    const outcome = async () => (await traceByPosition(tracer, 'orders', partition, 0n)).records[0]?.outcome;
    assert.equal(await outcome(), 'delivered');
    const person = { field: 'order_id', value: 'order-to-forget' };
    await eraseFrom(engine, person, { version: '1', signal, onProgress: () => {} });
    assert.equal(await outcome(), 'erased');
    await assert.rejects(traceByKey(tracer, { order_id: person.value }), /order_id=order-to-forget was erased here/);
    await assert.rejects(traceByKey(tracer, { order_id: 'order-of-nobody' }), /no record has/);
    await shopping.produce('orders', [{ order_id: 'order-to-keep', placed_at: '2025-08-11T00:00:00Z', amount: 1 }]);
    await shopping.deliver();
    const { state } = (await tracer.stream.describe('orders')) ?? assert.fail();
    const ends = state.map(({ end }) => end);
    await tracer.stream.trim('orders', ends, Number.POSITIVE_INFINITY);
    assert.equal(await outcome(), 'erased', 'trimmed');
    const kept = state.find((each) => each.end > (each.partition === partition ? 1n : 0n)) ?? assert.fail();
    const [other] = (await traceByPosition(tracer, 'orders', kept.partition, kept.end - 1n)).records;
    assert.equal(other?.outcome, 'pending');
    assert.equal(other?.delivery?.row, 0);
  } finally {
    await engine.close();
  }
});
