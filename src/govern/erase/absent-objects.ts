import { readJson } from '../../commit/json-object.ts';
import { seriesRoot } from '../../commit/series-keys.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import type { PagePlan } from '../../source/rest/series.ts';
import type { FoundObject } from './find-in-object.ts';

/** Objects that are no longer there, as the commits that named them say. */
export async function absentObjects(
  store: ObjectStore,
  absent: ReadonlyMap<string, readonly number[]>,
): Promise<readonly FoundObject[]> {
  const objects = new Map<string, FoundObject>();
  for await (const { key: name } of listAll(store, seriesRoot)) {
    if (!name.includes('/commit/')) continue;
    const { value } = (await readJson<Partial<NamingCommit>>(store, name)) ?? {};
    const page = value?.plan === undefined ? [] : [{ ...value.plan, etag: value.etag ?? '', rows: value.plan.records }];
    for (const { key, etag, sizeBytes, rows: of, sha256 = '' } of [...(value?.objects ?? []), ...page]) {
      const rows = absent.get(key);
      if (rows === undefined) continue;
      const entry = { key, etag, container: 'none', rows, of, absent: { sizeBytes } } as const;
      objects.set(key, page.length === 0 ? entry : { ...entry, page: { list: '', sha256, goesWhole: false } });
    }
  }
  return [...objects.values()];
}

/** What the commits of deliveries and jobs have in common; and those of a source that asks an API, a page each. */
interface NamingCommit {
  readonly objects: readonly {
    readonly key: string;
    readonly etag: string;
    readonly sha256?: string;
    readonly sizeBytes: number;
    readonly rows: number;
  }[];
  readonly plan: PagePlan;
  readonly etag: string;
}
