import type { ObjectInfo } from '../lake/object-store.ts';
import type { NamedObject } from './job-plan.ts';

/** A stored object as a commit names it. */
export function namedObject({ key, etag, sha256, sizeBytes }: ObjectInfo, rows: number): NamedObject {
  return { key, etag, ...(sha256 === undefined ? {} : { sha256 }), sizeBytes, rows };
}
