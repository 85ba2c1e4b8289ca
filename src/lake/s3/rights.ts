import { at, type Bucket } from './bucket.ts';
import { nameOf, statusOf } from './failure.ts';

/**
 * The rights of those that Playhead needs that these credentials lack, by their names in IAM: each is tried with a request
 * that needs it and no other, on an object of this trial's own. Leaves the bucket as it was.
 */
export async function missingRights(bucket: Bucket, versioned: boolean): Promise<readonly string[]> {
  const { sdk, client, settings, effects } = bucket;
  const object = at(bucket, `_playhead/doctor/${effects.random.uint32().toString(16)}`);
  const within = { Bucket: settings.bucket, Prefix: settings.prefix ?? '' };
  const missing: string[] = [];
  const tried = async <T>(action: string, request: Promise<T>): Promise<T | undefined> => {
    try {
      return await request;
    } catch (cause) {
      if (nameOf(cause) === 'AccessDenied') missing.push(action);
      else if (!isAnswer(cause)) throw cause;
      return undefined;
    }
  };
  const read = async (VersionId?: string): Promise<unknown> =>
    (await client.send(new sdk.GetObjectCommand({ ...object, VersionId }))).Body?.transformToByteArray();

  await tried('s3:ListBucket', client.send(new sdk.ListObjectsV2Command({ ...within, MaxKeys: 1 })));
  await tried('s3:ListBucketMultipartUploads', client.send(new sdk.ListMultipartUploadsCommand(within)));
  const rules = new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: settings.bucket });
  await tried('s3:GetLifecycleConfiguration', client.send(rules));
  const put = await tried('s3:PutObject', client.send(new sdk.PutObjectCommand({ ...object, Body: 'doctor' })));
  await tried('s3:GetObject', read());
  const upload = put && (await client.send(new sdk.CreateMultipartUploadCommand(object)));
  if (upload !== undefined) {
    const { UploadId } = upload;
    await tried('s3:AbortMultipartUpload', client.send(new sdk.AbortMultipartUploadCommand({ ...object, UploadId })));
  }
  const deleted = await tried('s3:DeleteObject', client.send(new sdk.DeleteObjectCommand(object)));
  if (!versioned) return missing;

  await tried('s3:ListBucketVersions', client.send(new sdk.ListObjectVersionsCommand({ ...within, MaxKeys: 1 })));
  if (put?.VersionId !== undefined) await tried('s3:GetObjectVersion', read(put.VersionId));
  for (const { VersionId } of [put, deleted].filter((each) => each !== undefined)) {
    const version = new sdk.DeleteObjectCommand({ ...object, VersionId });
    if (VersionId !== undefined) await tried('s3:DeleteObjectVersion', client.send(version));
  }
  return [...new Set(missing)];
}

/** That something is not there, or that a store has no such thing, was answered to one who may ask. */
function isAnswer(cause: unknown): boolean {
  const status = statusOf(cause) ?? 0;
  return (status === 404 && nameOf(cause) !== 'NoSuchBucket') || status === 501 || nameOf(cause) === 'NotImplemented';
}
