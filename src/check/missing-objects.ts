import type { ObjectStore } from '../lake/object-store.ts';
import type { CommittedVersion, MissingObject } from '../ledger/account.ts';

/** Those of the objects that the lake does not hold with the content that was committed. */
export async function missingObjects<T extends CommittedVersion>(
  lake: ObjectStore,
  objects: readonly T[],
): Promise<readonly (T & MissingObject)[]> {
  const missing: (T & MissingObject)[] = [];
  for (const object of objects) {
    const stored = await lake.head(object.key);
    if (stored?.etag !== object.etag) missing.push({ ...object, changed: stored !== undefined });
  }
  return missing;
}
