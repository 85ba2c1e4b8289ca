import type { Effects } from '../base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../base/errors.ts';
import { type ObjectStore, readAll } from './object-store.ts';

/** What a store was found to do, on one small object that is taken away again. */
export interface StoreTrial {
  /** Promises of `ObjectStore` that it does not keep, in words. */
  readonly broken: readonly string[];
  /** How far this machine's clock is ahead of the store's, ms; as exact as the store's times, which S3 gives in seconds. */
  readonly aheadMs: number;
}

const folder = '_playhead/doctor/';

/** Tries what commits and leases stand on. What the store refuses is thrown: rights are asked for before. */
export async function tryStore(store: ObjectStore, { random, clock }: Effects): Promise<StoreTrial> {
  const key = `${folder}${random.uint32().toString(16)}-${random.uint32().toString(16)}`;
  const bytes = Buffer.from(key);
  const broken: string[] = [];
  const expect = async (code: ErrorCode, work: () => Promise<unknown>, otherwise: string): Promise<void> => {
    const failure: unknown = await work().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (failure === undefined) broken.push(otherwise);
    else if (!isPlayheadError(failure, code)) throw failure;
  };
  const startedMs = clock.now();
  const { etag } = await store.put(key, bytes, { ifNoneMatch: '*' });
  const endedMs = clock.now();
  try {
    const created = () => store.put(key, bytes, { ifNoneMatch: '*' });
    await expect('PH_OBJECT_EXISTS', created, 'an object was created twice: it does not heed If-None-Match');
    const replaced = () => store.put(key, bytes, { ifMatch: `${etag.slice(1)}0` });
    await expect(
      'PH_OBJECT_CHANGED',
      replaced,
      'another object than was meant was replaced: it does not heed If-Match',
    );
    const { info, bytes: found } = await readAll(store, key);
    if (!bytes.equals(found)) broken.push('an object was read otherwise than it was written');
    const { objects } = await store.list(key);
    if (objects.length !== 1) broken.push('an object that was written is not listed');
    // Written between the two: what the clocks differ by is at least this.
    const aheadMs = info.modifiedMs < startedMs ? startedMs - info.modifiedMs : Math.min(0, endedMs - info.modifiedMs);
    return { broken, aheadMs };
  } finally {
    await store.delete(key);
  }
}
