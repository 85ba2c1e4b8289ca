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

interface Tally {
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
  const tallies = new Map<string, Tally>();
  let hidden = 0;
  let empty = 0;
  for await (const object of listAll(lake, path)) {
    if (object.key.slice(path.length).split('/').some(isHidden)) hidden += 1;
    else if (object.sizeBytes === 0) empty += 1;
    else count(tallies, object, watched.has(object.key));
  }
  const folders = [...tallies].map(([prefix, tally]) => ({
    prefix,
    objects: tally.objects,
    sizeBytes: tally.sizeBytes,
    fingerprint: tally.hash.digest('base64url'),
    latestMs: tally.newest.modifiedMs,
    candidates: [
      ...new Map(
        [tally.first, tally.last, tally.newest, ...tally.watched].map((object) => [object.key, object]),
      ).values(),
    ],
  }));
  return { folders: folders.sort((a, b) => (a.prefix < b.prefix ? -1 : 1)), hidden, empty };
}

function count(tallies: Map<string, Tally>, object: ObjectInfo, isWatched: boolean): void {
  const prefix = object.key.slice(0, object.key.lastIndexOf('/') + 1);
  const tally = tallies.get(prefix) ?? {
    objects: 0,
    sizeBytes: 0,
    hash: createHash('sha256'),
    first: object,
    last: object,
    newest: object,
    watched: [],
  };
  tallies.set(prefix, tally);
  tally.objects += 1;
  tally.sizeBytes += object.sizeBytes;
  tally.hash.update(`${object.key}\0${object.etag}\n`);
  if (isWatched) tally.watched.push(object);
  tally.last = object;
  if (object.modifiedMs > tally.newest.modifiedMs) tally.newest = object;
}
