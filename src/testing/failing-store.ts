import { type ErrorCode, PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';

/** Puts that are to fail, before anything of them is written. */
export interface PutFault {
  /** Only puts of keys that begin so; default all. */
  readonly prefix?: string;
  /** How many of them; default 1. */
  readonly times?: number;
  /** What they throw; default PH_STORAGE_FAILED. */
  readonly code?: ErrorCode;
}

export interface FailingStore {
  readonly store: ObjectStore;
  failPuts(fault: PutFault): void;
}

/** A store whose puts fail when they are told to, and do what the given one does otherwise. */
export function failingStore(store: ObjectStore): FailingStore {
  let faults: { readonly fault: PutFault; left: number }[] = [];
  const meet = (key: string): void => {
    const met = faults.find(({ fault }) => key.startsWith(fault.prefix ?? ''));
    if (met === undefined) return;
    met.left -= 1;
    faults = faults.filter(({ left }) => left > 0);
    throw new PlayheadError(met.fault.code ?? 'PH_STORAGE_FAILED', `writing ${key}: a fault that the test injected`);
  };
  return {
    store: {
      ...store,
      put: async (key, body, condition) => {
        meet(key);
        return store.put(key, body, condition);
      },
    },
    failPuts: (fault) => {
      faults.push({ fault, left: fault.times ?? 1 });
    },
  };
}
