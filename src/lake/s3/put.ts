import type { CompletedPart, PutObjectCommandInput } from '@aws-sdk/client-s3';
import { mebibytes } from '../../base/units.ts';
import { changed, exists } from '../object-condition.ts';
import type { ObjectBody, ObjectInfo, PutCondition } from '../object-store.ts';
import { at, type Bucket, unquoted } from './bucket.ts';
import { nameOf, statusOf } from './failure.ts';

/** S3 takes parts of 5 MiB or more, 10,000 of them: objects of up to 80 GB. */
const partBytes = mebibytes(8);
const partsAtOnce = 4;

/** Says whose put made an object: a put whose answer was lost finds itself by it. */
const putIdHeader = 'playhead-put';

type Written = Pick<ObjectInfo, 'sizeBytes' | 'etag'>;

/**
 * What fits into one part is put at once, the rest as a multipart upload, whose last step is the conditional one: until
 * then nobody sees any of it. A condition that fails may have been met by this very put, whose answer was lost on the
 * way: then the object carries its id, and it is this put that succeeded.
 */
export async function putObject(
  bucket: Bucket,
  key: string,
  body: ObjectBody,
  condition: PutCondition,
): Promise<ObjectInfo> {
  const { random, clock } = bucket.effects;
  const putId = `${random.uint32().toString(16)}${random.uint32().toString(16)}${random.uint32().toString(16)}`;
  const head = {
    ...at(bucket, key),
    Metadata: { [putIdHeader]: putId },
    ...encryptionOf(bucket),
  };
  const conditions = conditionOf(condition);
  try {
    const written = await upload(bucket, head, conditions, body);
    return { key, modifiedMs: clock.now(), ...written };
  } catch (cause) {
    if (!isConditionFailure(cause)) throw cause;
    const found = await foundObject(bucket, key);
    if (found?.putId === putId) return found.info;
    if (condition.ifNoneMatch !== undefined) throw exists(key);
    throw changed(key);
  }
}

/** A conditional request lost against another one: 412, 409 while both were under way, 404 where If-Match finds nothing. */
function isConditionFailure(cause: unknown): boolean {
  const status = statusOf(cause);
  return (
    status === 412 ||
    nameOf(cause) === 'ConditionalRequestConflict' ||
    (status === 404 && ['NoSuchKey', 'NotFound'].includes(nameOf(cause)))
  );
}

type Head = Pick<PutObjectCommandInput, 'Bucket' | 'Key' | 'Metadata' | 'ServerSideEncryption' | 'SSEKMSKeyId'>;
type Conditions = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>;

function conditionOf({ ifMatch, ifNoneMatch }: PutCondition): Conditions {
  return {
    ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
  };
}

function encryptionOf({ settings: { encryption } }: Bucket): Pick<Head, 'ServerSideEncryption' | 'SSEKMSKeyId'> {
  if (encryption === undefined) return {};
  if (encryption.kind === 's3') return { ServerSideEncryption: 'AES256' };
  const { keyId } = encryption;
  return { ServerSideEncryption: 'aws:kms', ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }) };
}

async function upload(bucket: Bucket, head: Head, conditions: Conditions, body: ObjectBody): Promise<Written> {
  const parts = partsOf(body);
  const first = await parts.next();
  const bytes = first.done === true ? new Uint8Array() : first.value;
  const second = bytes.length < partBytes ? undefined : await parts.next();
  if (second === undefined || second.done === true) return putWhole(bucket, head, conditions, bytes);
  return putInParts(bucket, head, conditions, chain([bytes, second.value], parts));
}

async function putWhole(
  { sdk, client }: Bucket,
  head: Head,
  conditions: Conditions,
  bytes: Uint8Array,
): Promise<Written> {
  const { ETag } = await client.send(
    new sdk.PutObjectCommand({ ...head, ...conditions, Body: bytes, ChecksumAlgorithm: 'CRC32' }),
  );
  return { sizeBytes: bytes.length, etag: unquoted(ETag) };
}

async function putInParts(
  bucket: Bucket,
  head: Head,
  conditions: Conditions,
  parts: AsyncIterable<Uint8Array>,
): Promise<Written> {
  const { sdk, client } = bucket;
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ ...head, ChecksumAlgorithm: 'CRC32' }));
  const place = { Bucket: head.Bucket, Key: head.Key, UploadId };
  try {
    const { sizeBytes, completed } = await sendParts(bucket, place, parts);
    const { ETag } = await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...place, ...conditions, MultipartUpload: { Parts: [...completed] } }),
    );
    return { sizeBytes, etag: unquoted(ETag) };
  } catch (cause) {
    // Parts without their object are paid for. Where this fails too, the bucket's lifecycle ends the upload.
    await client.send(new sdk.AbortMultipartUploadCommand(place)).catch(() => {});
    throw cause;
  }
}

/** A few parts at once, so that memory is bounded whatever the object's size. */
async function sendParts(
  { sdk, client }: Bucket,
  place: {
    readonly Bucket: string | undefined;
    readonly Key: string | undefined;
    readonly UploadId: string | undefined;
  },
  parts: AsyncIterable<Uint8Array>,
): Promise<{ readonly sizeBytes: number; readonly completed: readonly CompletedPart[] }> {
  const sent: Promise<CompletedPart>[] = [];
  let sizeBytes = 0;
  for await (const Body of parts) {
    sizeBytes += Body.length;
    const PartNumber = sent.length + 1;
    const part = client
      .send(new sdk.UploadPartCommand({ ...place, PartNumber, Body, ChecksumAlgorithm: 'CRC32' }))
      .then(({ ETag, ChecksumCRC32 }) => ({ PartNumber, ETag, ChecksumCRC32 }));
    // Looked at below, in order; until then a rejection is nobody's.
    part.catch(() => {});
    sent.push(part);
    await sent[sent.length - partsAtOnce];
  }
  return { sizeBytes, completed: await Promise.all(sent) };
}

async function foundObject(
  bucket: Bucket,
  key: string,
): Promise<{ readonly info: ObjectInfo; readonly putId: string | undefined } | undefined> {
  const found = await headObject(bucket, key);
  return found && { info: found.info, putId: found.metadata[putIdHeader] };
}

export async function headObject(
  bucket: Bucket,
  key: string,
): Promise<{ readonly info: ObjectInfo; readonly metadata: Readonly<Record<string, string>> } | undefined> {
  const { sdk, client } = bucket;
  try {
    const head = await client.send(new sdk.HeadObjectCommand(at(bucket, key)));
    const info = {
      key,
      sizeBytes: head.ContentLength ?? 0,
      etag: unquoted(head.ETag),
      modifiedMs: head.LastModified?.getTime() ?? 0,
    };
    return { info, metadata: head.Metadata ?? {} };
  } catch (cause) {
    if (statusOf(cause) === 404 && nameOf(cause) !== 'NoSuchBucket') return undefined;
    throw cause;
  }
}

/** The body in parts of one size, but for the last. */
async function* partsOf(body: ObjectBody): AsyncGenerator<Uint8Array, void> {
  const pieces = body instanceof Uint8Array ? [body] : body;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (let piece of pieces) {
    while (heldBytes + piece.length >= partBytes) {
      const taken = partBytes - heldBytes;
      yield Buffer.concat([...held, piece.subarray(0, taken)]);
      piece = piece.subarray(taken);
      held = [];
      heldBytes = 0;
    }
    if (piece.length > 0) held.push(piece);
    heldBytes += piece.length;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
