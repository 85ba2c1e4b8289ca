import { createHash } from 'node:crypto';
import type { ObjectInfo, ObjectStore, PutCondition } from '../../src/lake/object-store.ts';

/**
 * The store with etags as an encrypted bucket has them: another one for the same bytes under another key, and lists without
 * checksums.
 */
export function withBucketEtags(store: ObjectStore): ObjectStore {
  const markOf = (key: string): string => createHash('md5').update(key).digest('hex').slice(0, 8);
  const outward = (info: ObjectInfo): ObjectInfo => ({ ...info, etag: `${info.etag}-${markOf(info.key)}` });
  const inward = <T extends { readonly ifMatch?: string }>(key: string, condition: T): T => {
    const { ifMatch } = condition;
    if (ifMatch === undefined) return condition;
    return { ...condition, ifMatch: ifMatch.endsWith(markOf(key)) ? ifMatch.slice(0, -9) : 'of another object' };
  };
  return {
    ...store,
    put: async (key, body, condition: PutCondition = {}) => outward(await store.put(key, body, inward(key, condition))),
    get: async (key, options = {}) => {
      const { info, body } = await store.get(key, inward(key, options));
      return { info: outward(info), body };
    },
    head: async (key) => {
      const info = await store.head(key);
      return info && outward(info);
    },
    list: async (...asked) => {
      const page = await store.list(...asked);
      return { ...page, objects: page.objects.map(({ sha256: _, ...info }) => outward(info)) };
    },
    delete: (key, condition = {}) => store.delete(key, inward(key, condition)),
    localFile: (key, etag) =>
      store.localFile(key, etag === undefined ? undefined : inward(key, { ifMatch: etag }).ifMatch),
  };
}
