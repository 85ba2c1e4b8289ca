import type { ObjectStore } from '../lake/object-store.ts';
import { contentsOf } from '../ledger/verify-objects.ts';
import { isRetained, type ObjectVersion } from '../table/retained.ts';

/**
 * Those of a table's objects that the lake does not hold with the content that was committed: its location is listed, and what is not
 * there looked for. One that a job replaces just now is still there for its readers: it was copied aside.
 */
export async function missingObjects<T extends ObjectVersion>(
  lake: ObjectStore,
  location: string,
  objects: readonly T[],
): Promise<readonly T[]> {
  const contents = await contentsOf(lake, [location]);
  const missing: T[] = [];
  for (const object of objects) {
    if (contents.get(object.key)?.etag === object.etag) continue;
    const stored = await lake.head(object.key);
    if (stored?.etag !== object.etag && !(await isRetained(lake, object))) missing.push(object);
  }
  return missing;
}
