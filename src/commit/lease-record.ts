import { isPlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Holder } from './holder.ts';
import { encodeJson, type JsonObject, readJson } from './json-object.ts';

/** Held while somebody works, and given back after it. */
export const leaseRoot = '_playhead/leases/';

/** A lease as it stands in the lake. */
export interface LeaseRecord {
  readonly holder: Holder;
  readonly ttlMs: number;
  /** Rises with every acquisition: while it is the same, so is the holder. */
  readonly term: number;
  /** Rises with every renewal, so that each changes the object. */
  readonly beat: number;
  readonly released: boolean;
  /** Who wants it next: the holder gives it up when it can, and until then nobody else takes it. */
  readonly asked?: Holder;
}

function leaseKey(name: string): string {
  return `${leaseRoot}${name}.json`;
}

export function readLease(store: ObjectStore, name: string): Promise<JsonObject<LeaseRecord> | undefined> {
  return readJson<LeaseRecord>(store, leaseKey(name));
}

/** Writes in place of `current`. The new etag, undefined where another was first. */
export async function tryWriteLease(
  store: ObjectStore,
  name: string,
  record: LeaseRecord,
  current: JsonObject<LeaseRecord> | undefined,
): Promise<string | undefined> {
  try {
    const condition = current === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: current.etag };
    return (await store.put(leaseKey(name), encodeJson(record), condition)).etag;
  } catch (error) {
    if (isPlayheadError(error, 'PH_OBJECT_EXISTS') || isPlayheadError(error, 'PH_OBJECT_CHANGED')) return undefined;
    throw error;
  }
}
