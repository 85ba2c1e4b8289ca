import type { Lease } from './held-lease.ts';

/** Takes a lease; to call `meanwhile` from time to time as long as it waits for it. */
export type TakeLease = (meanwhile: () => Promise<void>) => Promise<Lease>;

/**
 * Works under all the leases, taken in their order, so that two who want the same never wait for each other. Those that are
 * held stay so while the next one is waited for: PH_LEASE_LOST where one was lost all the same. All are given back whatever
 * happens: one that can't be keeps none of the others from the next one, nor does it hide why the work failed.
 */
export async function underLeases<T>(
  wanted: readonly TakeLease[],
  work: (leases: readonly Lease[]) => Promise<T>,
): Promise<T> {
  const leases: Lease[] = [];
  const renew = async (): Promise<void> => {
    for (const lease of leases) await lease.renew();
  };
  const giveBack = () => Promise.allSettled(leases.map((lease) => lease.release()));
  let result: T;
  try {
    for (const take of wanted) leases.push(await take(renew));
    result = await work(leases);
  } catch (failure) {
    await giveBack();
    throw failure;
  }
  for (const given of await giveBack()) if (given.status === 'rejected') throw given.reason;
  return result;
}
