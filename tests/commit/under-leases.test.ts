import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../src/commit/held-lease.ts';
import { underLeases } from '../../src/commit/under-leases.ts';

/** Three to take, of which the first can't be given back. */
function three(given: string[]): (() => Promise<Lease>)[] {
  return ['first', 'second', 'third'].map((name) => async () => ({
    name,
    term: 1,
    renew: async () => {},
    release: async () => {
      if (name === 'first') throw new Error('the store is away');
      given.push(name);
    },
  }));
}

test('a lease that can not be given back keeps none of the others, and says so', async () => {
  const given: string[] = [];
  await assert.rejects(
    underLeases(three(given), async (leases) => leases.length),
    /the store is away/,
  );
  assert.deepEqual(given, ['second', 'third']);
});

test('what the work failed with is what is said, also where a lease can not be given back', async () => {
  const given: string[] = [];
  const fail = (): Promise<never> => Promise.reject(new Error('the work failed'));
  await assert.rejects(underLeases(three(given), fail), /the work failed/);
  assert.deepEqual(given, ['second', 'third']);
});

test('those that were taken are given back where the next one is refused', async () => {
  const given: string[] = [];
  const refused = (): Promise<never> => Promise.reject(new Error('held'));
  await assert.rejects(
    underLeases([...three(given).slice(1), refused], () => assert.fail()),
    /held/,
  );
  assert.deepEqual(given, ['second', 'third']);
});
