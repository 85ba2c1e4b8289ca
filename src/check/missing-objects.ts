import type { ObjectStore } from '../lake/object-store.ts';
import type { CommittedVersion, MissingObject } from '../ledger/account.ts';
import { isRetained } from '../table/retained.ts';

/**
 * Those of the objects that the lake does not hold with the content that was committed. One that a job replaces just now is
 * still there for its readers: it was copied aside.
 */
export async function missingObjects<T extends CommittedVersion>(
  lake: ObjectStore,
  objects: readonly T[],
): Promise<readonly (T & MissingObject)[]> {
  const missing: (T & MissingObject)[] = [];
  for (const object of objects) {
    const stored = await lake.head(object.key);
    if (stored?.etag === object.etag || (await isRetained(lake, object))) continue;
    missing.push({ ...object, changed: stored !== undefined });
  }
  return missing;
}
