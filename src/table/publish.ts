import type { Effects } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { fileParts } from '../base/file-parts.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import type { ObjectInfo, ObjectStore } from '../lake/object-store.ts';
import { retain } from './retained.ts';

/** Stands in a published Parquet file's metadata, so that its maker is known after a crash. */
export interface Publisher {
  readonly series: string;
  readonly commit: number;
}

export interface PublishRequest {
  readonly key: string;
  /** The Parquet file to publish, with `publisherMetadata` in it. */
  readonly file: string;
  /** Etag of the content that it replaces, as the plan names it; absent: there is none yet. */
  readonly replaces?: string;
  readonly publisher: Publisher;
}

/** For `COPY … (KV_METADATA …)`. */
export function publisherMetadata({ series, commit }: Publisher): string {
  return `{'playhead.series': ${sqlString(series)}, 'playhead.commit': '${commit}'}`;
}

/**
 * Puts a partition's one object in place of the one that the plan was made from, in one step; the replaced one stays
 * readable for an hour. When it was put already (by a process that died, or one that was faster), what is stored is
 * adopted, for it holds the same rows. Throws PH_COMMIT_CONFLICT where something else is there.
 */
export async function publishObject(
  store: ObjectStore,
  session: DuckSession,
  request: PublishRequest,
  effects: Effects,
): Promise<ObjectInfo> {
  const { key, replaces } = request;
  const stored = await store.head(key);
  if (stored?.etag !== replaces) return adopt(store, session, request, stored);
  if (replaces !== undefined) await retain(store, { key, etag: replaces });
  await effects.reached('table.publishing');
  const condition = replaces === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: replaces };
  try {
    return await store.put(key, fileParts(request.file, effects), condition);
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_EXISTS') && !isPlayheadError(error, 'PH_OBJECT_CHANGED')) throw error;
    return adopt(store, session, request, await store.head(key));
  }
}

async function adopt(
  store: ObjectStore,
  session: DuckSession,
  { key, publisher, replaces }: PublishRequest,
  stored: ObjectInfo | undefined,
): Promise<ObjectInfo> {
  if (stored !== undefined && (await publishedFile(store, session, stored, publisher)) !== undefined) return stored;
  throw new PlayheadError(
    'PH_COMMIT_CONFLICT',
    `${key} is not what commit ${publisher.commit} of ${publisher.series} was to replace`,
    {
      hint: 'Another process or person wrote this object. Remove it if it is foreign, then run the job again.',
      details: { key, expected: replaces ?? null, found: stored?.etag ?? null },
    },
  );
}

/** Where a stored Parquet object can be read, if this publisher made it; undefined for one of another. */
export async function publishedFile(
  store: ObjectStore,
  session: DuckSession,
  { key, etag }: Pick<ObjectInfo, 'key' | 'etag'>,
  { series, commit }: Publisher,
): Promise<string | undefined> {
  const file = await store.localFile(key, etag);
  const found = await session.all(
    `SELECT decode(key), decode(value) FROM parquet_kv_metadata(${sqlString(file)}) WHERE decode(key) LIKE 'playhead.%'`,
  );
  const metadata = new Map(found.rows.map(([name, value]) => [String(name), String(value)]));
  const isOwn = metadata.get('playhead.series') === series && metadata.get('playhead.commit') === String(commit);
  return isOwn ? file : undefined;
}
