/**
 * What the store keeps of an object. `etag` names its content under its key: it changes whenever the bytes do, and may when
 * they don't (in S3 it depends on the parts of the upload, and on encryption).
 */
export interface ObjectInfo {
  /** `/`-separated, no leading slash, no `.` or `..` segment; always inside the root. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  /** SHA-256 of the bytes, hex, where it is known: always of files; in S3 from a put, and later of what was put at once. */
  readonly sha256?: string;
  readonly modifiedMs: number;
}

/**
 * A file of the caller's on this machine, which nobody writes to any more: a store may keep the file itself under a name of
 * its own. The name that the caller has for it stays, and is the caller's to remove.
 */
export interface LocalFile {
  readonly path: string;
}

export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array> | LocalFile;

export interface PutCondition {
  /** Only if there is no object under the key, else PH_OBJECT_EXISTS. */
  readonly ifNoneMatch?: '*';
  /** Only if the object there has this etag, else PH_OBJECT_CHANGED. */
  readonly ifMatch?: string;
}

export interface StoredObject {
  readonly info: ObjectInfo;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** With a delimiter: the prefixes up to and with it, each once. */
  readonly prefixes: readonly string[];
  /** Pass as `startAfter` for the next page; absent on the last. */
  readonly next?: string;
}

/** A content that a key has or had, or the mark that its object was deleted. */
export interface VersionInfo extends Omit<ObjectInfo, 'etag'> {
  readonly versionId: string;
  readonly kind: 'object' | 'delete-marker';
  /** What a get without a version finds: the object, or that there is none. */
  readonly latest: boolean;
  readonly etag?: string;
  /** When it stopped being the latest, by the effects clock. */
  readonly noncurrentSinceMs?: number;
}

/**
 * Earlier contents, kept where the bucket is versioned: replacing or deleting an object keeps what it was. Keys under
 * `_playhead/` have none.
 */
export interface ObjectVersions {
  /** Each key's versions, newest first, the latest among them; keys in no order. */
  list(prefix: string): AsyncIterable<VersionInfo>;
  /** PH_OBJECT_MISSING where there is no such version, or where it is a delete marker. */
  get(
    key: string,
    versionId: string,
    options?: { readonly range?: { readonly start: number; readonly end: number } },
  ): Promise<StoredObject>;
  /**
   * For good. Idempotent. Where it was the latest, the one before is it again; where it was a delete marker, the object is
   * there again.
   */
  delete(key: string, versionId: string): Promise<void>;
}

/** A put in parts that has not become an object: under way, or left by a process that was killed. */
export interface UnfinishedUpload {
  readonly key: string;
  /** By the store's clock. */
  readonly startedMs: number;
  /** Gives up its parts: who still sends them fails. Idempotent. */
  end(): Promise<void>;
}

/** S3's storage classes below its standard one. */
export type CheaperClass =
  | 'STANDARD_IA'
  | 'INTELLIGENT_TIERING'
  | 'ONEZONE_IA'
  | 'GLACIER_IR'
  | 'GLACIER'
  | 'DEEP_ARCHIVE';

/** A rule by which a store lets objects grow old, as S3 states it; its prefix is of the store's keys. */
export interface StoreRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly prefix: string;
  readonly sizeGreaterThan?: number;
  readonly sizeLessThan?: number;
  readonly transitions: readonly { readonly days: number; readonly storageClass: CheaperClass }[];
  readonly expirationDays?: number;
  readonly expiredDeleteMarkers: boolean;
  readonly noncurrentExpiration?: { readonly days: number; readonly keep: number };
  readonly abortIncompleteUploadDays?: number;
}

/**
 * A bucket. Puts are atomic (a reader sees the old object or the new one, never a part) and durable once they resolve.
 * Listing is in byte order of keys and sees every put that resolved before it began.
 * Throws PH_OBJECT_MISSING, PH_OBJECT_EXISTS, PH_OBJECT_CHANGED, PH_OBJECT_KEY_INVALID, PH_OBJECT_CORRUPT,
 * PH_STORAGE_FULL, PH_STORAGE_READ_ONLY, PH_STORAGE_FAILED.
 */
export interface ObjectStore {
  /** Settled facts about the backend; nobody asks for its name. */
  readonly capabilities: {
    readonly localFiles: boolean;
    /** Other homes may have it too: what they commit, this home's catalog is not told of. */
    readonly shared: boolean;
    /** What was replaced or deleted may still be there, as a version of its object. */
    readonly versioning: boolean;
    /** Objects expire by rules that the store itself keeps, as in S3: one that is past its age may be gone without a commit. */
    readonly lifecycles: boolean;
  };
  /**
   * Under a race of conditional puts on one key, exactly one resolves. `modifiedMs` may be this machine's time here: who
   * compares it with other objects' asks `head`.
   */
  put(key: string, body: ObjectBody, condition?: PutCondition): Promise<ObjectInfo>;
  /** A range's `end` is the byte after the last one. */
  get(
    key: string,
    options?: { readonly range?: { readonly start: number; readonly end: number }; readonly ifMatch?: string },
  ): Promise<StoredObject>;
  head(key: string): Promise<ObjectInfo | undefined>;
  list(
    prefix: string,
    options?: { readonly startAfter?: string; readonly limit?: number; readonly delimiter?: '/' },
  ): Promise<ListPage>;
  /** Deleting what is not there succeeds: deletes are idempotent. */
  delete(key: string, condition?: { readonly ifMatch?: string }): Promise<void>;
  /**
   * A path on this machine where DuckDB can read the object: the file itself, or a copy in the local cache. With an
   * etag, a path whose bytes stay these even when the object is replaced; its folders then say nothing (no `k=v`), its
   * ending is the key's; no other key has the same path. PH_OBJECT_CHANGED when the object no longer has this etag, and no copy of it is here. The path is good
   * until `held` is disposed of; without it, for an hour, or until the store is closed: whoever reads much holds little at a time
   * (`holding`), since what is held can't make room.
   */
  localFile(key: string, etag?: string, held?: AsyncDisposableStack): Promise<string>;
  /** There where `capabilities.versioning` is. */
  readonly versions?: ObjectVersions;
  /** There where puts outlive their process as uploads: those under a prefix, in no order. */
  uploads?(prefix: string): AsyncIterable<UnfinishedUpload>;
  /** There where `capabilities.lifecycles` is: puts an owner's rules in place of those that it had; others' stay. */
  applyLifecycle?(owner: string, rules: readonly StoreRule[]): Promise<void>;
  /**
   * There where the store gives rights: which of those that this port needs are lacking, by the store's own names. Leaves
   * the store as it was.
   */
  missingRights?(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The store, whose local files are held until `held` is disposed of. */
export function holding(store: ObjectStore, held: AsyncDisposableStack): ObjectStore {
  return { ...store, localFile: (key, etag, own = held) => store.localFile(key, etag, own) };
}

/** Every object under a prefix, page by page; with a key, those behind it. */
export async function* listAll(store: ObjectStore, prefix: string, after?: string): AsyncGenerator<ObjectInfo> {
  let startAfter = after;
  do {
    const page = await store.list(prefix, startAfter === undefined ? {} : { startAfter });
    yield* page.objects;
    startAfter = page.next;
  } while (startAfter !== undefined);
}

/** The whole object in memory: for plans, commits and other small ones. */
export async function readAll(store: ObjectStore, key: string): Promise<{ info: ObjectInfo; bytes: Uint8Array }> {
  const { info, body } = await store.get(key);
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return { info, bytes: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts) };
}
