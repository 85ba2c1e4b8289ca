import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { type ObjectStore, readAll } from '../lake/object-store.ts';

export interface JsonObject<T> {
  readonly value: T;
  readonly etag: string;
}

/** One line of JSON. A bigint is a TypeError: as JSON, positions are decimal strings, which their owner makes. */
export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/**
 * A small JSON object that our own code wrote, undefined where there is none. Throws PH_STATE_CORRUPT for what is not
 * JSON; the store checks the bytes against their hash.
 */
export async function readJson<T>(store: ObjectStore, key: string): Promise<JsonObject<T> | undefined> {
  let stored: Awaited<ReturnType<typeof readAll>>;
  try {
    stored = await readAll(store, key);
  } catch (error) {
    if (isPlayheadError(error, 'PH_OBJECT_MISSING')) return undefined;
    throw error;
  }
  try {
    // Keys under `_playhead/` belong to one writer's code each, which is also their reader's.
    const value = JSON.parse(Buffer.from(stored.bytes).toString()) as T;
    return { value, etag: stored.info.etag };
  } catch (cause) {
    throw new PlayheadError('PH_STATE_CORRUPT', `${key} is not JSON`, {
      hint: 'Restore the file from a backup: it decides what is delivered.',
      cause,
      details: { key },
    });
  }
}

/** Creates the object, or returns the one that exists (`adopted`): whoever is first decides. */
export async function createOrAdopt<T>(
  store: ObjectStore,
  key: string,
  value: T,
): Promise<{ value: T; adopted: boolean }> {
  try {
    await store.put(key, encodeJson(value), { ifNoneMatch: '*' });
    return { value, adopted: false };
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_EXISTS')) throw error;
    const stored = await readJson<T>(store, key);
    if (stored === undefined) throw error;
    return { value: stored.value, adopted: true };
  }
}
