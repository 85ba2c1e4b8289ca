import type { CompletedPart, PutObjectCommandInput } from '@aws-sdk/client-s3';
import { mebibytes } from '../../base/units.ts';
import type { BodyParts } from '../body-parts.ts';
import type { ObjectInfo } from '../object-store.ts';
import { type Bucket, unquoted } from './bucket.ts';

/** S3 takes parts of 5 MiB or more, 10,000 of them: objects of up to 80 GB. */
export const partBytes = mebibytes(8);
const partsAtOnce = 4;

export type Head = Pick<PutObjectCommandInput, 'Bucket' | 'Key' | 'Metadata' | 'ServerSideEncryption' | 'SSEKMSKeyId'>;
export type Conditions = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>;

type Place = Pick<PutObjectCommandInput, 'Bucket' | 'Key'> & { readonly UploadId: string | undefined };

/** The pieces of a body in parts of one size, but for the last; each is seen once, in order. */
export async function* partsOf(pieces: BodyParts, see: (part: Uint8Array) => void): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const joined = (): Uint8Array => {
    const [only] = held;
    const part = held.length === 1 && only !== undefined ? only : Buffer.concat(held);
    see(part);
    held = [];
    heldBytes = 0;
    return part;
  };
  for await (let piece of pieces) {
    while (heldBytes + piece.length >= partBytes) {
      const taken = partBytes - heldBytes;
      held.push(piece.subarray(0, taken));
      yield joined();
      piece = piece.subarray(taken);
    }
    if (piece.length > 0) held.push(piece);
    heldBytes += piece.length;
  }
  if (heldBytes > 0) yield joined();
}

/** The checksum is of the whole object, so that who reads it can tell a damaged one, as of one that was put at once. */
export async function putInParts(
  bucket: Bucket,
  head: Head,
  conditions: Conditions,
  parts: AsyncIterable<Uint8Array>,
): Promise<Pick<ObjectInfo, 'sizeBytes' | 'etag'>> {
  const { sdk, client } = bucket;
  const { UploadId } = await client.send(
    new sdk.CreateMultipartUploadCommand({ ...head, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
  );
  const place = { Bucket: head.Bucket, Key: head.Key, UploadId };
  try {
    const { sizeBytes, completed } = await sendParts(bucket, place, parts);
    const { ETag } = await client.send(
      new sdk.CompleteMultipartUploadCommand({
        ...place,
        ...conditions,
        ChecksumType: 'FULL_OBJECT',
        MultipartUpload: { Parts: [...completed] },
      }),
    );
    return { sizeBytes, etag: unquoted(ETag) };
  } catch (cause) {
    // Parts without their object are paid for. Where this fails too, a lifecycle rule of the bucket ends the upload, or a scrub.
    await client.send(new sdk.AbortMultipartUploadCommand(place)).catch(() => {});
    throw cause;
  }
}

/** A few parts at once, so that memory is bounded whatever the object's size. */
async function sendParts(
  { sdk, client }: Bucket,
  place: Place,
  parts: AsyncIterable<Uint8Array>,
): Promise<{ readonly sizeBytes: number; readonly completed: readonly CompletedPart[] }> {
  const sent: Promise<CompletedPart>[] = [];
  let sizeBytes = 0;
  try {
    for await (const Body of parts) {
      sizeBytes += Body.length;
      const PartNumber = sent.length + 1;
      const part = client
        .send(new sdk.UploadPartCommand({ ...place, PartNumber, Body, ChecksumAlgorithm: 'CRC32' }))
        .then(({ ETag, ChecksumCRC32 }) => ({ PartNumber, ETag, ChecksumCRC32 }));
      // Looked at in order; until then a rejection is nobody's, and would end the process.
      part.catch(() => {});
      sent.push(part);
      await sent[sent.length - partsAtOnce];
    }
    return { sizeBytes, completed: await Promise.all(sent) };
  } finally {
    // An upload that is ended while parts are on their way keeps those that come after.
    await Promise.allSettled(sent);
  }
}
