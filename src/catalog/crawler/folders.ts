import { createHash, type Hash } from 'node:crypto';
import { listAll, type ObjectInfo, type ObjectStore } from '../../lake/object-store.ts';
import { isHidden } from '../partition-value.ts';

/** A folder that holds objects with data itself, not only in folders below. */
export interface Folder {
  /** Ends in `/`. */
  readonly prefix: string;
  readonly objects: number;
  readonly sizeBytes: number;
  /** Changes whenever an object comes, goes or changes. */
  readonly fingerprint: string;
  readonly latestMs: number;
  /** The first, the last and the newest object, and those that are watched: what a schema is inferred from. */
  readonly candidates: readonly ObjectInfo[];
}

export interface Listing {
  /** In the order of their prefixes. */
  readonly folders: readonly Folder[];
  readonly hidden: number;
  readonly empty: number;
}

/** A folder while its objects are counted. */
interface FolderCount {
  objects: number;
  sizeBytes: number;
  readonly hash: Hash;
  readonly first: ObjectInfo;
  last: ObjectInfo;
  newest: ObjectInfo;
  readonly watched: ObjectInfo[];
}

/** Walks a prefix page by page; memory grows with folders, not with objects. `watched` keys are candidates wherever they are. */
export async function listFolders(lake: ObjectStore, path: string, watched: ReadonlySet<string>): Promise<Listing> {
  const counts = new Map<string, FolderCount>();
  let hidden = 0;
  let empty = 0;
  for await (const object of listAll(lake, path)) {
    if (object.key.slice(path.length).split('/').some(isHidden)) hidden += 1;
    else if (object.sizeBytes === 0) empty += 1;
    else count(counts, object, watched.has(object.key));
  }
  const folders = [...counts].map(([prefix, counted]) => ({
    prefix,
    objects: counted.objects,
    sizeBytes: counted.sizeBytes,
    fingerprint: counted.hash.digest('base64url'),
    latestMs: counted.newest.modifiedMs,
    candidates: [
      ...new Map(
        [counted.first, counted.last, counted.newest, ...counted.watched].map((object) => [object.key, object]),
      ).values(),
    ],
  }));
  return { folders: folders.sort((a, b) => (a.prefix < b.prefix ? -1 : 1)), hidden, empty };
}

function count(counts: Map<string, FolderCount>, object: ObjectInfo, isWatched: boolean): void {
  const prefix = object.key.slice(0, object.key.lastIndexOf('/') + 1);
  const counted = counts.get(prefix) ?? {
    objects: 0,
    sizeBytes: 0,
    hash: createHash('sha256'),
    first: object,
    last: object,
    newest: object,
    watched: [],
  };
  counts.set(prefix, counted);
  counted.objects += 1;
  counted.sizeBytes += object.sizeBytes;
  counted.hash.update(`${object.key}\0${object.etag}\n`);
  if (isWatched) counted.watched.push(object);
  counted.last = object;
  if (object.modifiedMs > counted.newest.modifiedMs) counted.newest = object;
}
