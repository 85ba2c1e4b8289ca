import type { Lease } from './held-lease.ts';

/**
 * Works under all the leases, taken in their order, so that two who want the same never wait for each other. All are given
 * back whatever happens: one that can't be keeps none of the others from the next one, nor does it hide why the work failed.
 */
export async function underLeases<T>(
  wanted: readonly (() => Promise<Lease>)[],
  work: (leases: readonly Lease[]) => Promise<T>,
): Promise<T> {
  const leases: Lease[] = [];
  const giveBack = () => Promise.allSettled(leases.map((lease) => lease.release()));
  let result: T;
  try {
    for (const take of wanted) leases.push(await take());
    result = await work(leases);
  } catch (failure) {
    await giveBack();
    throw failure;
  }
  for (const given of await giveBack()) if (given.status === 'rejected') throw given.reason;
  return result;
}
