import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { PlayheadError } from '../../base/errors.ts';
import { changed, missing } from '../object-condition.ts';
import type { ObjectInfo, StoredObject } from '../object-store.ts';
import { at, type Bucket, unquoted } from './bucket.ts';
import { nameOf, s3Failure, statusOf } from './failure.ts';

export interface ReadOptions {
  readonly range?: { readonly start: number; readonly end: number };
  readonly ifMatch?: string;
  readonly versionId?: string;
}

/** How often a body that breaks off is taken up again where it ended, in a row without a byte between. */
const resumptions = 5;

/**
 * The object, whose body is read as it is taken. A connection that breaks in the middle is taken up at the byte where it
 * ended, of the same content: an object that was replaced meanwhile is PH_OBJECT_CHANGED, never a mixture.
 */
export async function getObject(bucket: Bucket, key: string, options: ReadOptions): Promise<StoredObject> {
  const { range } = options;
  if (range !== undefined && range.end <= range.start) return emptyRange(bucket, key, options);
  const first = await request(bucket, key, options);
  const etag = unquoted(first.ETag);
  const info: ObjectInfo = {
    key,
    sizeBytes: sizeOf(first),
    etag,
    modifiedMs: first.LastModified?.getTime() ?? 0,
  };
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? info.sizeBytes, info.sizeBytes);
  return { info, body: wholeBody(bucket, key, { ...options, ifMatch: etag }, first, start, end) };
}

/** Of the whole object, also where a range was asked for: `bytes 2-4/8`. */
function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const total = ContentRange?.split('/')[1];
  return total === undefined ? (ContentLength ?? 0) : Number(total);
}

/** S3 has no range without a byte. */
async function emptyRange(bucket: Bucket, key: string, options: ReadOptions): Promise<StoredObject> {
  const { range: _, ...whole } = options;
  const { info } = await getObject(bucket, key, { ...whole, range: { start: 0, end: 1 } });
  return { info, body: nothing() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* wholeBody(
  bucket: Bucket,
  key: string,
  options: ReadOptions,
  first: GetObjectCommandOutput,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let answer = first;
  let position = start;
  for (let broken = 0; ; broken += 1) {
    try {
      for await (const piece of bodyOf(answer)) {
        position += piece.length;
        broken = 0;
        yield piece;
      }
      if (position >= end) return;
      throw new PlayheadError('PH_STORAGE_FAILED', `${key} ended at byte ${position} of ${end}`);
    } catch (cause) {
      if (broken >= resumptions) throw s3Failure(cause, `reading ${key}`, bucket.settings);
      answer = await request(bucket, key, { ...options, range: { start: position, end } });
    }
  }
}

// The SDK's body in Node is a Readable of Buffers.
function bodyOf({ Body }: GetObjectCommandOutput): AsyncIterable<Uint8Array> {
  return (Body ?? []) as AsyncIterable<Uint8Array>;
}

async function request(bucket: Bucket, key: string, options: ReadOptions): Promise<GetObjectCommandOutput> {
  const { sdk, client } = bucket;
  const { range, ifMatch, versionId } = options;
  try {
    return await client.send(
      new sdk.GetObjectCommand({
        ...at(bucket, key),
        ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }),
        ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
        ...(versionId === undefined ? {} : { VersionId: versionId }),
      }),
    );
  } catch (cause) {
    const status = statusOf(cause);
    // 405: the version is a delete marker.
    if (status === 405 || (status === 404 && nameOf(cause) !== 'NoSuchBucket')) throw missing(key);
    if (status === 412) throw changed(key);
    throw s3Failure(cause, `reading ${key}`, bucket.settings);
  }
}
