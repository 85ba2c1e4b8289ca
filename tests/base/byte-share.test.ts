import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byteShare, type HeldBytes } from '../../src/base/byte-share.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { memoryBudget } from '../../src/base/memory-budget.ts';

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

test('who asks for more than is left waits until enough is given back', async () => {
  const share = byteShare('test', 10);
  const first = await share.take(6);
  const second = share.take(5);
  assert.equal(await settled(second), false);
  assert.equal(share.waits, 1);
  first[Symbol.dispose]();
  assert.equal((await second).bytes, 5);
  first[Symbol.dispose]();
  assert.equal(share.usedBytes, 5);
});

test('a small request does not overtake a large one that waits', async () => {
  const share = byteShare('test', 10);
  const held = await share.take(6);
  const large = share.take(8);
  const small = share.take(1);
  assert.equal(await settled(small), false);
  held[Symbol.dispose]();
  await large;
  await small;
  assert.equal(share.usedBytes, 9);
});

test('more than the whole share is given alone', async () => {
  const share = byteShare('test', 10);
  const huge = await share.take(50);
  const next = share.take(1);
  assert.equal(await settled(next), false);
  huge[Symbol.dispose]();
  await next;
});

test('an aborted wait ends as PH_INTERRUPTED and lets the next one in', async () => {
  const share = byteShare('test', 10);
  await share.take(6);
  const stop = new AbortController();
  const large = share.take(8, stop.signal);
  const small = share.take(1);
  stop.abort();
  await assert.rejects(large, (error: unknown) => isPlayheadError(error, 'PH_INTERRUPTED'));
  await small;
  assert.equal(share.usedBytes, 7);
  await assert.rejects(share.take(1, stop.signal), (error: unknown) => isPlayheadError(error, 'PH_INTERRUPTED'));
});

test('whatever is taken and given back, the limit holds and nobody waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      async (sizes, keep) => {
        const share = byteShare('test', 10);
        const held: HeldBytes[] = [];
        const all = sizes.map((bytes) =>
          share.take(bytes).then((mine) => {
            assert(share.usedBytes <= 10 || share.usedBytes === mine.bytes);
            held.push(mine);
          }),
        );
        while (held.length < sizes.length) {
          await new Promise((resolve) => setImmediate(resolve));
          for (const mine of held.slice(-keep)) mine[Symbol.dispose]();
          for (const mine of held) mine[Symbol.dispose]();
        }
        await Promise.all(all);
      },
    ),
    { numRuns: 50 },
  );
});

test('the shares of a budget stay within it, on small machines and large', () => {
  for (const gibibytes of [0.25, 1, 2, 16, 256]) {
    const budget = memoryBudget(gibibytes * 1024 ** 3);
    assert(budget.batches.limitBytes + budget.deliveryBytes + budget.duckBytes <= budget.totalBytes);
    assert(budget.totalBytes <= 1.5 * 1024 ** 3);
  }
  assert.equal(memoryBudget(16 * 1024 ** 3, 1024 ** 3).totalBytes, 1024 ** 3);
});
