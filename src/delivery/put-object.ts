import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { type ObjectBody, type ObjectInfo, type ObjectStore, readAll } from '../lake/object-store.ts';

/** What an attempt to make a plan's objects must ask before each put. */
export interface Attempt {
  /** Throws PH_LEASE_LOST where another writer committed this plan, or the attempt has taken too long to go on safely. */
  mayPut(): Promise<void>;
}

/**
 * Creates an object, or adopts the one that a writer before us made from the same plan: its bytes may differ (encoders and
 * levels do), its records may not. PH_COMMIT_CONFLICT where they do: then something else writes under our names.
 */
export async function putOrAdopt(
  store: ObjectStore,
  key: string,
  body: ObjectBody,
  holdsSameRecords: (stored: Uint8Array) => Promise<boolean>,
  attempt: Attempt,
): Promise<ObjectInfo> {
  await attempt.mayPut();
  try {
    return await store.put(key, body, { ifNoneMatch: '*' });
  } catch (cause) {
    if (!isPlayheadError(cause, 'PH_OBJECT_EXISTS')) throw cause;
    const stored = await readAll(store, key);
    if (await holdsSameRecords(stored.bytes)) return stored.info;
    throw new PlayheadError('PH_COMMIT_CONFLICT', `${key} is there already and holds other records`, {
      cause,
      hint: 'something else writes under this delivery’s prefix; move its objects away, then deliver again',
      details: { key },
    });
  }
}
