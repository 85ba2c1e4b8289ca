import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { PlayheadError } from '../../base/errors.ts';
import { kibibytes } from '../../base/units.ts';
import { changed, missing } from '../object-condition.ts';
import type { ObjectInfo, StoredObject } from '../object-store.ts';
import { at, type Bucket } from './bucket.ts';
import { isMissing, s3Failure, statusOf } from './failure.ts';
import { infoOf, lengthOf } from './head.ts';

export interface ReadOptions {
  readonly range?: { readonly start: number; readonly end: number };
  readonly ifMatch?: string;
  readonly versionId?: string;
}

/** How often a body that breaks off is taken up again where it ended, in a row without a byte between. */
const resumptions = 5;

/** Bodies up to here are read at once, so that no connection stays taken behind one that nobody reads. */
const smallBytes = kibibytes(256);

/**
 * The object, whose body is read as it is taken. A connection that breaks in the middle is taken up at the byte where it
 * ended, of the same content: an object that was replaced meanwhile is PH_OBJECT_CHANGED, never a mixture. One that is read
 * whole is held against its checksum at its end: PH_OBJECT_CORRUPT.
 */
export async function getObject(bucket: Bucket, key: string, options: ReadOptions): Promise<StoredObject> {
  const { range } = options;
  if (range !== undefined && range.end <= range.start)
    return { info: await describe(bucket, key, options), body: of([]) };
  const first = await request(bucket, key, options);
  if (first === undefined) return { info: await describe(bucket, key, options), body: of([]) };
  const info = infoOf(key, sizeOf(key, first), first);
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? info.sizeBytes, info.sizeBytes);
  const body = wholeBody(bucket, key, { ...options, ifMatch: info.etag }, first, { start, end });
  if (end - start > smallBytes) return { info, body };
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return { info, body: of(pieces) };
}

/** Of the whole object, also where a range was asked for: `bytes 2-4/8`. */
function sizeOf(key: string, answer: GetObjectCommandOutput): number {
  const total = answer.ContentRange?.split('/')[1];
  return total === undefined ? lengthOf(key, answer) : Number(total);
}

async function* of(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function* wholeBody(
  bucket: Bucket,
  key: string,
  options: ReadOptions,
  first: GetObjectCommandOutput,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  let answer: GetObjectCommandOutput | undefined = first;
  let position = start;
  let checksum = 0;
  for (let broken = 0; position < end; broken += 1) {
    try {
      for await (const piece of bodyOf(answer)) {
        position += piece.length;
        checksum = crc32(piece, checksum);
        broken = 0;
        yield piece;
      }
      if (position < end) throw new PlayheadError('PH_STORAGE_FAILED', `${key} ended at byte ${position} of ${end}`);
    } catch (cause) {
      if (position >= end) break;
      if (broken >= resumptions) throw s3Failure(cause, `reading ${key}`, bucket.settings);
      // Long after the call that gave the body: whoever reads it gets what the call itself would have thrown.
      answer = await request(bucket, key, { ...options, range: { start: position, end } }).catch((failure: unknown) => {
        throw s3Failure(failure, `reading ${key}`, bucket.settings);
      });
    }
  }
  if (options.range === undefined) compare(key, checksum, first);
}

/** Where the store has the checksum of the whole object: what was put here does; others' may have one of its parts' checksums. */
function compare(key: string, checksum: number, { ChecksumCRC32: stored }: GetObjectCommandOutput): void {
  if (stored === undefined || stored.includes('-')) return;
  if (Buffer.from(stored, 'base64').readUInt32BE() === checksum) return;
  throw new PlayheadError('PH_OBJECT_CORRUPT', `${key} no longer holds the bytes that were written`, {
    hint: 'The store damaged it, or what is between it and this machine. Read it again; else restore it, or make it again.',
    details: { key },
  });
}

// The SDK's body in Node is a Readable of Buffers.
function bodyOf(answer: GetObjectCommandOutput | undefined): AsyncIterable<Uint8Array> {
  return (answer?.Body ?? []) as AsyncIterable<Uint8Array>;
}

/** A connection that breaks while nobody reads is found out by who reads next, and must not end the process until then. */
function unwatched({ Body }: GetObjectCommandOutput): void {
  if (Body instanceof Readable) Body.on('error', () => {});
}

/** Undefined where the range begins behind the object's end: S3 has no range without a byte. */
async function request(bucket: Bucket, key: string, options: ReadOptions): Promise<GetObjectCommandOutput | undefined> {
  const { sdk, client } = bucket;
  const { range } = options;
  const Range = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
  try {
    const answer = await client.send(new sdk.GetObjectCommand({ ...meant(bucket, key, options), ...Range }));
    unwatched(answer);
    if (range !== undefined) checkRange(key, range.start, answer);
    return answer;
  } catch (cause) {
    if (statusOf(cause) === 416) return undefined;
    throw answered(key, cause);
  }
}

/** A server may answer a range with the whole object: its first bytes would be taken for those that were asked for. */
function checkRange(key: string, start: number, { ContentRange, Body }: GetObjectCommandOutput): void {
  const [, first] = /^bytes (\d+)-\d+\/\d+$/.exec(ContentRange ?? '') ?? [];
  if (first !== undefined && Number(first) === start) return;
  if (Body instanceof Readable) Body.destroy();
  throw new PlayheadError(
    'PH_STORAGE_FAILED',
    `the store was asked for ${key} from byte ${start}, and answered otherwise`,
    {
      hint: 'S3 answers a Range with just those bytes, and says which: is there a proxy before it that does not?',
      details: { key, start, answered: ContentRange },
    },
  );
}

async function describe(bucket: Bucket, key: string, options: ReadOptions): Promise<ObjectInfo> {
  const { sdk, client } = bucket;
  try {
    const head = await client.send(new sdk.HeadObjectCommand(meant(bucket, key, options)));
    return infoOf(key, lengthOf(key, head), head);
  } catch (cause) {
    throw answered(key, cause);
  }
}

function meant(bucket: Bucket, key: string, { ifMatch, versionId }: ReadOptions) {
  return {
    ...at(bucket, key),
    ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
  };
}

function answered(key: string, cause: unknown): unknown {
  if (isMissing(cause)) return missing(key);
  return statusOf(cause) === 412 ? changed(key) : cause;
}
