import { createHash } from 'node:crypto';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { PlayheadError } from '../../base/errors.ts';
import { bodyParts, isLocalFile } from '../body-parts.ts';
import { changed, exists } from '../object-condition.ts';
import type { ObjectBody, ObjectInfo, PutCondition } from '../object-store.ts';
import { at, type Bucket, unquoted } from './bucket.ts';
import { isConflict, isLostCondition, nameOf } from './failure.ts';
import { hashHeader, headObject, putIdHeader } from './head.ts';
import { type Conditions, type Head, partBytes, partsOf, putInParts } from './multipart.ts';
import { backOff } from './patience.ts';

/** How often a put from memory or a file is made again that the store refused although nothing stands in its way. */
const refusalsRiddenOut = 5;
const conflictMs = 100;

type Written = Pick<ObjectInfo, 'sizeBytes' | 'etag' | 'sha256'>;

/**
 * What fits into one part is put at once, the rest as a multipart upload, whose last step is the conditional one: until
 * then nobody sees any of it. A put that was refused may have been carried out before, and its answer lost on the way: the
 * object then carries its id, and it is this put that succeeded.
 */
export async function putObject(
  bucket: Bucket,
  key: string,
  body: ObjectBody,
  condition: PutCondition,
): Promise<ObjectInfo> {
  const { random, clock } = bucket.effects;
  const putId = [0, 1, 2].map(() => random.uint32().toString(16).padStart(8, '0')).join('');
  const head: Head = { ...at(bucket, key), Metadata: { [putIdHeader]: putId }, ...encryptionOf(bucket) };
  for (let refusals = 0; ; refusals += 1) {
    try {
      const written = await upload(bucket, head, conditionsOf(condition), body);
      return { key, modifiedMs: clock.now(), ...written };
    } catch (cause) {
      if (!isLostCondition(cause) && !isConflict(cause) && nameOf(cause) !== 'NoSuchUpload') throw cause;
      const found = await headObject(bucket, key);
      if (found?.putId === putId) return found.info;
      const again = (body instanceof Uint8Array || isLocalFile(body)) && refusals < refusalsRiddenOut;
      if (!again || !isUnfounded(cause, condition, found !== undefined))
        throw refusal(key, cause, condition, found?.info.etag);
      // A put that is under way takes its time: asked at once, the store would say the same.
      await backOff(refusals, conflictMs, random);
    }
  }
}

/** Another put of the key was under way, or the object that was in the way is gone: who asks again may well succeed. */
function isUnfounded(cause: unknown, { ifNoneMatch }: PutCondition, isThere: boolean): boolean {
  return isConflict(cause) || (isLostCondition(cause) && ifNoneMatch !== undefined && !isThere);
}

function refusal(
  key: string,
  cause: unknown,
  { ifMatch, ifNoneMatch }: PutCondition,
  found: string | undefined,
): unknown {
  const isThere = found !== undefined;
  if (ifMatch !== undefined && !(isConflict(cause) && found === ifMatch)) return changed(key);
  if (isConflict(cause) && !(ifNoneMatch !== undefined && isThere)) return contended(key, cause);
  if (ifNoneMatch === undefined || nameOf(cause) === 'NoSuchUpload') return cause;
  if (isThere) return exists(key, cause);
  return new PlayheadError(
    'PH_STORAGE_FAILED',
    `the store will not create ${key}, and says that there is no such object`,
    {
      hint: 'It takes the marker of a deleted object for an object, which S3 does not: use a bucket without versioning there.',
      details: { key },
      cause,
    },
  );
}

function contended(key: string, cause: unknown): PlayheadError {
  return new PlayheadError(
    'PH_STORAGE_FAILED',
    `other writes of ${key} were under way each time it was to be written`,
    {
      hint: 'Nothing was written. Run it again.',
      details: { key },
      cause,
    },
  );
}

function conditionsOf({ ifMatch, ifNoneMatch }: PutCondition): Conditions {
  return {
    ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
  };
}

function encryptionOf({
  settings: { encryption },
}: Bucket): Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'> {
  if (encryption === undefined) return {};
  if (encryption.kind === 's3') return { ServerSideEncryption: 'AES256' };
  const { keyId } = encryption;
  return { ServerSideEncryption: 'aws:kms', ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }) };
}

async function upload(bucket: Bucket, head: Head, conditions: Conditions, body: ObjectBody): Promise<Written> {
  const hash = createHash('sha256');
  const parts = partsOf(bodyParts(body, bucket.effects), (part) => hash.update(part));
  try {
    const first = await parts.next();
    const bytes = first.done === true ? new Uint8Array() : first.value;
    const second = bytes.length < partBytes ? undefined : await parts.next();
    if (second === undefined || second.done === true)
      return await putWhole(bucket, head, conditions, bytes, hash.digest('hex'));
    const written = await putInParts(bucket, head, conditions, chain([bytes, second.value], parts));
    return { ...written, sha256: hash.digest('hex') };
  } finally {
    // Ends the source where the store failed first.
    await parts.return();
  }
}

async function putWhole(
  { sdk, client }: Bucket,
  head: Head,
  conditions: Conditions,
  bytes: Uint8Array,
  sha256: string,
): Promise<Written> {
  const Metadata = { ...head.Metadata, [hashHeader]: sha256 };
  const { ETag } = await client.send(
    new sdk.PutObjectCommand({ ...head, Metadata, ...conditions, Body: bytes, ChecksumAlgorithm: 'CRC32' }),
  );
  return { sizeBytes: bytes.length, etag: unquoted(ETag), sha256 };
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
