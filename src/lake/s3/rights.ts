import { at, type Bucket } from './bucket.ts';
import { nameOf, statusOf } from './failure.ts';
import { currentRules, tryRules } from './lifecycle.ts';
import type { NeededRight } from './needed-rights.ts';

/** What of a bucket only some have. */
interface Kept {
  readonly versioning: boolean;
  readonly lifecycles: boolean;
}

/**
 * The rights of those that Playhead needs that these credentials lack, by their names in IAM: each is tried with a request
 * that needs it and no other, on an object of this trial's own. Leaves the bucket as it was.
 */
export async function missingRights(bucket: Bucket, { versioning, lifecycles }: Kept): Promise<readonly NeededRight[]> {
  const { sdk, client, settings, effects } = bucket;
  const object = at(bucket, `_playhead/doctor/${effects.random.uint32().toString(16)}`);
  const within = { Bucket: settings.bucket, Prefix: settings.prefix ?? '' };
  const trial = new Trial();
  const read = async (VersionId?: string): Promise<unknown> =>
    (await client.send(new sdk.GetObjectCommand({ ...object, VersionId }))).Body?.transformToByteArray();

  await trial.of('s3:ListBucket', client.send(new sdk.ListObjectsV2Command({ ...within, MaxKeys: 1 })));
  await trial.of('s3:ListBucketMultipartUploads', client.send(new sdk.ListMultipartUploadsCommand(within)));
  const asked = new sdk.GetBucketVersioningCommand({ Bucket: settings.bucket });
  await trial.of('s3:GetBucketVersioning', client.send(asked));
  const rules = lifecycles ? await trial.of('s3:GetLifecycleConfiguration', currentRules(bucket)) : undefined;
  if (rules !== undefined) await trial.of('s3:PutLifecycleConfiguration', tryRules(bucket, rules, object.Key));
  const put = await trial.of('s3:PutObject', client.send(new sdk.PutObjectCommand({ ...object, Body: 'doctor' })));
  await trial.of('s3:GetObject', read());
  const upload = put && (await client.send(new sdk.CreateMultipartUploadCommand(object)));
  if (upload !== undefined) {
    const { UploadId } = upload;
    await trial.of(
      's3:AbortMultipartUpload',
      client.send(new sdk.AbortMultipartUploadCommand({ ...object, UploadId })),
    );
  }
  const deleted = await trial.of('s3:DeleteObject', client.send(new sdk.DeleteObjectCommand(object)));
  if (!versioning) return trial.missing;

  await trial.of('s3:ListBucketVersions', client.send(new sdk.ListObjectVersionsCommand({ ...within, MaxKeys: 1 })));
  if (put?.VersionId !== undefined) await trial.of('s3:GetObjectVersion', read(put.VersionId));
  for (const { VersionId } of [put, deleted].filter((each) => each !== undefined)) {
    const version = new sdk.DeleteObjectCommand({ ...object, VersionId });
    if (VersionId !== undefined) await trial.of('s3:DeleteObjectVersion', client.send(version));
  }
  return trial.missing;
}

/** What was refused so far. */
class Trial {
  readonly #missing = new Set<NeededRight>();

  get missing(): readonly NeededRight[] {
    return [...this.#missing];
  }

  /** What a request that needs this right alone was answered; undefined where it was refused. Throws where the store fails. */
  async of<T>(right: NeededRight, request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (cause) {
      if (nameOf(cause) === 'AccessDenied') this.#missing.add(right);
      else if (!isAnswer(cause)) throw cause;
      return undefined;
    }
  }
}

/** That something is not there, or that a store has no such thing, was answered to one who may ask. */
function isAnswer(cause: unknown): boolean {
  const status = statusOf(cause) ?? 0;
  return (status === 404 && nameOf(cause) !== 'NoSuchBucket') || status === 501 || nameOf(cause) === 'NotImplemented';
}
