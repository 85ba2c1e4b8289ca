import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { instrumentation } from '../../src/observe/instrument.ts';
import { measuring } from '../../src/observe/measures.ts';
import { recorder } from '../../src/observe/recorder.ts';
import type { Runner, RunRequest } from '../../src/orchestrate/runner.ts';

const clock = manualClock();

function measured() {
  const recorded = recorder(clock);
  const instruments = instrumentation(measuring(recorded.meter), clock, () => 4096);
  const sums = (): Record<string, number> =>
    Object.fromEntries(
      recorded.take().map(({ instrument, attributes, aggregate }) => {
        const of = Object.values(attributes).join();
        return [`${instrument.replace('playhead.', '')} ${of}`, aggregate.sum];
      }),
    );
  return { instruments, sums };
}

const request: RunRequest = { address: 'shop.deliver', kind: 'delivery', trigger: 'command', arguments: {} };
const signal = new AbortController().signal;

describe('a measured runner', () => {
  it('counts runs that fail and those that do not, their time and their records', async () => {
    const { instruments, sums } = measured();
    const run: Runner = async (_, __, onProgress) => {
      onProgress?.({ records: 40 });
      onProgress?.({ records: 70 });
      await clock.advance(1500);
      return {};
    };
    await instruments.runner(run)(request, signal);
    assert.deepEqual(sums(), {
      'run.failures shop.deliver': 0,
      'run.duration shop.deliver': 1500,
      'run.memory shop.deliver': 4096,
      'run.records shop.deliver': 70,
    });
    const failing: Runner = () => Promise.reject(new PlayheadError('PH_NOTHING_READ', 'nothing'));
    await assert.rejects(instruments.runner(failing)(request, signal));
    assert.equal(sums()['run.failures shop.deliver'], 1);
  });

  it('counts the records of a job that a check made fail after it had committed', async () => {
    const { instruments, sums } = measured();
    const held = new PlayheadError('PH_CHECK_FAILED', 'held back', { details: { written: 3, quarantined: 1 } });
    const job = { ...request, address: 'shop.refine', kind: 'job' } as const;
    await assert.rejects(instruments.runner(() => Promise.reject(held))(job, signal));
    const { 'job.processed shop.refine': processed, 'job.refused shop.refine': refused, ...others } = sums();
    assert.deepEqual([processed, refused, others['job.pass-rate shop.refine']], [4, 1, 75]);
  });

  it('takes an interruption for no failure', async () => {
    const { instruments, sums } = measured();
    const stopped: Runner = () => Promise.reject(new PlayheadError('PH_INTERRUPTED', 'stopped'));
    await assert.rejects(instruments.runner(stopped)(request, signal));
    assert.deepEqual(sums(), {});
  });

  it('counts waits for memory to the run that waited, and to the stream', async () => {
    const { instruments, sums } = measured();
    const run: Runner = async () => {
      await Promise.resolve();
      for (const waited of [true, false, true]) instruments.memoryAsked('orders', waited);
      return {};
    };
    const source = { ...request, kind: 'source', address: 'shop.viewers' } as const;
    await Promise.all([
      instruments.runner(run)(source, signal),
      instruments.runner(async () => ({}))({ ...source, address: 'shop.other' }, signal),
    ]);
    const found = sums();
    assert.equal(found['stream.throttles orders'], 2);
    assert.equal(found['run.throttles shop.viewers'], 2);
    assert.equal(found['run.throttles shop.other'], 0);
  });
});

describe('a measured store', () => {
  it('counts requests by operation, and faults of the store alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-measured-'));
    const { instruments, sums } = measured();
    const store = instruments.store(await openFileStore(folder, testEffects({ clock })));
    await store.put('a', Buffer.from('1'), { ifNoneMatch: '*' });
    await assert.rejects(store.put('a', Buffer.from('2'), { ifNoneMatch: '*' }));
    await assert.rejects(store.get('b'));
    await store.head('a');
    await store.list('');
    await store.delete('a');
    const found = sums();
    assert.deepEqual(
      ['put', 'get', 'head', 'list', 'delete'].map((operation) => found[`store.requests ${operation}`]),
      [2, 1, 1, 1, 1],
    );
    assert.equal(found['store.failures put'], 0);
    assert.equal(found['store.failures get'], 0);
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('counts whatever is thrown beside an answer as a request that failed, and an interruption as none', async () => {
    const { instruments, sums } = measured();
    const codes = ['PH_KEY_MISSING', 'PH_OBJECT_EXISTS', 'PH_INTERRUPTED'] as const;
    const deliver: Runner = async () => {
      for (const code of codes) {
        const put = () => Promise.reject(new PlayheadError(code, 'thrown'));
        const store = instruments.store({ put } as Partial<ObjectStore> as ObjectStore);
        await assert.rejects(store.put('a', Buffer.from('1')));
      }
      return {};
    };
    await instruments.runner(deliver)(request, signal);
    const found = sums();
    assert.equal(found['store.requests put'], 2);
    assert.equal(found['store.failures put'], 1);
    assert.equal(found['delivery.success shop.deliver'], 1);
  });

  it('counts puts within a delivery’s run as its success or failure, and no others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-measured-'));
    const { instruments, sums } = measured();
    const files = await openFileStore(folder, testEffects({ clock }));
    let full = false;
    const put: typeof files.put = (...call) =>
      full ? Promise.reject(new PlayheadError('PH_STORAGE_FULL', 'full')) : files.put(...call);
    const store = instruments.store({ ...files, put });
    const deliver: Runner = async () => {
      await store.put('a', Buffer.from('1'));
      full = true;
      await store.put('b', Buffer.from('1'));
      return {};
    };
    await assert.rejects(instruments.runner(deliver)(request, signal));
    full = false;
    await store.put('c', Buffer.from('1'));
    const found = sums();
    assert.equal(found['delivery.success shop.deliver'], 1, 'one of two');
    assert.equal(found['store.failures put'], 1);
    await files.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a measured gateway', () => {
  const plain = { status: 207, bodyBytes: 900, durationMs: 4, accepted: 7, refused: new Map([['missing', 2]]) };

  it('counts requests, what came of their records, and each reason', () => {
    const { instruments, sums } = measured();
    instruments.requestAnswered('shop.door', plain);
    assert.deepEqual(sums(), {
      'gateway.requests shop.door': 1,
      'gateway.refusals shop.door': 0,
      'gateway.failures shop.door': 0,
      'gateway.accepted shop.door': 7,
      'gateway.refused shop.door': 2,
      'gateway.bytes shop.door': 900,
      'gateway.duration shop.door': 4,
      'gateway.reasons shop.door/missing': 2,
    });
  });

  it('tells what it refused from what it failed: a server that stops, or has no memory left, has not failed', () => {
    const { instruments, sums } = measured();
    for (const [status, code, refusals] of [
      [429, 'PH_RATE_LIMITED', 1],
      [503, 'PH_DRAINING', 1],
      [500, 'PH_STREAM_FAILED', 0],
      [507, 'PH_STORAGE_FULL', 0],
    ] as const) {
      instruments.requestAnswered('shop.door', { ...plain, status, code });
      const counted = sums();
      assert.equal(counted['gateway.refusals shop.door'], refusals, code);
      assert.equal(counted['gateway.failures shop.door'], 1 - refusals, code);
      assert.equal(counted[`gateway.reasons shop.door/${code}`], 1);
    }
  });
});
