import { gunzipSync, gzipSync } from 'node:zlib';
import type { ObjectStore } from '../../src/lake/object-store.ts';

/** The conditional writes that exactly once rests on, by the keys that they go to. */
export const writeClasses = {
  plan: /^_playhead\/series\/.*\/plan\//,
  commit: /^_playhead\/series\/.*\/commit\//,
  epoch: /^_playhead\/epochs\//,
  lease: /^_playhead\/leases\//,
  object: /^(landing|errors)\//,
  'table pointer': /^curated\//,
} as const;

export type WriteClass = keyof typeof writeClasses;

/** A store that ignores on what condition objects of one class are to be written: a bucket without conditional writes. */
export function ignoringConditions(lake: ObjectStore, ignored: WriteClass): ObjectStore {
  return {
    ...lake,
    put: (key, body, condition) => lake.put(key, body, writeClasses[ignored].test(key) ? {} : condition),
  };
}

/**
 * A store into which gzip objects go in other bytes with the same records: as from a process of another version, whose
 * encoder packs otherwise.
 */
export function packingOtherwise(lake: ObjectStore): ObjectStore {
  return {
    ...lake,
    put: (key, body, condition) => {
      const repacked = key.endsWith('.gz') && body instanceof Uint8Array;
      return lake.put(key, repacked ? gzipSync(gunzipSync(body), { level: 1 }) : body, condition);
    },
  };
}
