import { PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from './object-store.ts';

/** What only reads a store. */
export type ReadingStore = Omit<ObjectStore, 'put' | 'delete'>;

/** A store in which nothing is written, nor set: `put` and `delete` throw PH_STORAGE_READ_ONLY, naming the lake at `place`. */
export function readOnly(store: ReadingStore, place: string): ObjectStore {
  const refuse = async (doing: string): Promise<never> => {
    throw new PlayheadError('PH_STORAGE_READ_ONLY', `${doing}: the lake at ${place} is open for reading only`);
  };
  const { versions, applyLifecycle: _, uploads: __, missingRights: ___, ...reading } = store;
  return {
    ...reading,
    put: (key) => refuse(`writing ${key}`),
    delete: (key) => refuse(`deleting ${key}`),
    ...(versions === undefined
      ? {}
      : { versions: { ...versions, delete: (key) => refuse(`deleting a version of ${key}`) } }),
  };
}
