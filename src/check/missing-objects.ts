import type { ObjectStore } from '../lake/object-store.ts';
import { isRetained, type ObjectVersion } from '../table/retained.ts';

/**
 * Those of the objects that the lake does not hold with the content that was committed. One that a job replaces just now is
 * still there for its readers: it was copied aside.
 */
export async function missingObjects<T extends ObjectVersion>(
  lake: ObjectStore,
  objects: readonly T[],
): Promise<readonly T[]> {
  const missing: T[] = [];
  for (const object of objects) {
    const stored = await lake.head(object.key);
    if (stored?.etag !== object.etag && !(await isRetained(lake, object))) missing.push(object);
  }
  return missing;
}
