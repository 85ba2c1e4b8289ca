import type { Effects } from '../base/effects.ts';
import { storedCommits } from '../commit/packed-commits.ts';
import { type CommitSeries, openSeries } from '../commit/series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Contributor } from '../table/contribution.ts';
import { quarantineTableName } from '../table/quarantine-table.ts';
import type { StorageClass } from './lifecycle.ts';

/** What an object was to the pipeline that wrote it. */
export type ObjectRole = 'data' | 'error' | 'backup' | 'quarantine' | 'sidecar' | 'other';

export interface ExpiredObject {
  readonly key: string;
  readonly etag: string;
  readonly role: ObjectRole;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly rule: string;
  /** Address of the delivery, job or source whose commit named it. */
  readonly writer?: string;
  /** `database.table`, of data. */
  readonly table?: string;
  /** Values of its partition, of data. */
  readonly partition?: readonly string[];
}

export interface MovedObject {
  readonly key: string;
  readonly etag: string;
  readonly storageClass: StorageClass;
  readonly rule: string;
}

/**
 * Commit n of a lifecycle's series: from then on these objects are no longer their tables'. It stands before anything is
 * deleted, so that a reader of the catalog, the ledger and `rebuild` never meet an object that went without a word.
 */
export interface LifecycleCommit {
  readonly format: 1;
  readonly lifecycle: string;
  readonly committedAtMs: number;
  readonly expired: readonly ExpiredObject[];
  readonly moved: readonly MovedObject[];
}

export function lifecycleSeries(
  store: ObjectStore,
  lifecycle: string,
  effects: Effects,
): CommitSeries<never, LifecycleCommit> {
  return openSeries(store, lifecycle, effects);
}

/** What a lifecycle's commits took from a table. */
export function lifecycleContributor(
  lifecycle: string,
  table: { readonly database: string; readonly name: string },
): Contributor {
  const of = `${table.database}.${table.name}`;
  return {
    series: lifecycle,
    database: table.database,
    table: table.name,
    contribution: (commit) => {
      // The series holds what `runLifecycle` wrote, and its format says which form.
      const { expired } = commit as LifecycleCommit;
      const removes = expired.filter((object) => object.table === of).map(({ key, etag }) => ({ key, etag }));
      return { objects: [], replaces: [], removes };
    },
  };
}

/** What a lifecycle's commits took of what the writer of a table kept out of it. */
export function setAsideLifecycleContributor(
  lifecycle: string,
  table: { readonly database: string; readonly name: string },
  writer: string,
): Contributor {
  const isSetAside = (object: ExpiredObject): boolean =>
    object.writer === writer && (object.role === 'error' || object.role === 'quarantine');
  return {
    series: lifecycle,
    database: table.database,
    table: quarantineTableName(table),
    contribution: (commit) => {
      // As above.
      const { expired } = commit as LifecycleCommit;
      const removes = expired.filter(isSetAside).map(({ key, etag }) => ({ key, etag }));
      return { objects: [], replaces: [], removes };
    },
  };
}

/** Everything that a lifecycle's commits took, and the class of what they moved. */
export interface LifecycleState {
  readonly expired: readonly ExpiredObject[];
  /** By `key etag`: another content under the key begins in STANDARD. */
  readonly classes: ReadonlyMap<string, StorageClass>;
}

export async function lifecycleState(store: ObjectStore, lifecycle: string): Promise<LifecycleState> {
  const expired: ExpiredObject[] = [];
  const classes = new Map<string, StorageClass>();
  for await (const { commit } of storedCommits<LifecycleCommit>(store, lifecycle)) {
    for (const { key, etag, storageClass } of commit.moved) classes.set(contentName({ key, etag }), storageClass);
    for (const object of commit.expired) {
      expired.push(object);
      classes.delete(contentName(object));
    }
  }
  return { expired, classes };
}

export function contentName({ key, etag }: { readonly key: string; readonly etag: string }): string {
  return `${key} ${etag}`;
}
