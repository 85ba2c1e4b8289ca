import type { ObjectStore } from '../../src/lake/object-store.ts';

/** Requests of a store, by the port's method. */
export interface Requests {
  put: number;
  get: number;
  head: number;
  list: number;
  delete: number;
  localFile: number;
}

/** A store that counts what is asked of it; `taken` gives what came since it was last asked for. */
export function countedStore(store: ObjectStore): { readonly store: ObjectStore; readonly taken: () => Requests } {
  let counts = none();
  const counted =
    <A extends readonly unknown[], R>(name: keyof Requests, call: (...words: A) => R) =>
    (...words: A): R => {
      counts[name] += 1;
      return call(...words);
    };
  return {
    store: {
      ...store,
      put: counted('put', store.put),
      get: counted('get', store.get),
      head: counted('head', store.head),
      list: counted('list', store.list),
      delete: counted('delete', store.delete),
      localFile: counted('localFile', store.localFile),
    },
    taken: () => {
      const taken = counts;
      counts = none();
      return taken;
    },
  };
}

function none(): Requests {
  return { put: 0, get: 0, head: 0, list: 0, delete: 0, localFile: 0 };
}
