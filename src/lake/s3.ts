import type { Effects } from '../base/effects.ts';
import { gibibytes } from '../base/units.ts';
import { changed, missing } from './object-condition.ts';
import { checkKey } from './object-key.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { at, type Bucket, type Reporting } from './s3/bucket.ts';
import { connectS3 } from './s3/client.ts';
import { isMissing, s3Failure, statusOf } from './s3/failure.ts';
import { headObject } from './s3/head.ts';
import { applyLifecycle, takesLifecycles } from './s3/lifecycle.ts';
import { listObjects } from './s3/list.ts';
import { localCopies } from './s3/local-copies.ts';
import { putObject } from './s3/put.ts';
import { getObject } from './s3/read.ts';
import { missingRights } from './s3/rights.ts';
import { loadS3Sdk } from './s3/sdk.ts';
import type { S3Settings } from './s3/settings.ts';
import { listUploads } from './s3/uploads.ts';
import { keepsVersions, s3Versions } from './s3/versions.ts';

export interface S3CacheSettings {
  /** Where copies lie for who reads by path; shared by the processes of a home. */
  readonly folder: string;
  /** Default 20 GiB. */
  readonly limitBytes?: number;
}

/**
 * A bucket of S3, or of a store that speaks its protocol and keeps its promises: strong consistency and conditional puts.
 * Requests are tried again with jitter; a conditional put whose answer was lost finds out whether it was its own. Bodies
 * stream: memory is bounded by a few parts of 8 MiB.
 */
export async function openS3Store(
  settings: S3Settings,
  cache: S3CacheSettings,
  effects: Effects,
): Promise<ObjectStore> {
  const sdk = await loadS3Sdk();
  const client = await connectS3(sdk, settings, effects);
  const bucket: Bucket = { sdk, client, settings, effects };
  const copies = localCopies(cache.folder, cache.limitBytes ?? gibibytes(20), effects);
  const reporting: Reporting = async (doing, work) => {
    try {
      return await work();
    } catch (cause) {
      throw s3Failure(cause, doing, settings);
    }
  };
  const [versioning, lifecycles] = await reporting(`opening the bucket ${settings.bucket}`, () =>
    Promise.all([keepsVersions(bucket), takesLifecycles(bucket)]),
  );
  return {
    capabilities: { localFiles: false, shared: true, versioning, lifecycles },
    ...(versioning ? { versions: s3Versions(bucket, reporting) } : {}),
    ...(lifecycles
      ? { applyLifecycle: (...rules) => reporting('setting lifecycle rules', () => applyLifecycle(bucket, ...rules)) }
      : {}),
    put: (key, body, condition = {}) => reporting(`writing ${key}`, () => putObject(bucket, key, body, condition)),
    get: (key, options = {}) => reporting(`reading ${key}`, () => getObject(bucket, key, options)),
    head: (key) => reporting(`reading ${key}`, async () => (await headObject(bucket, key))?.info),
    list: (prefix, options = {}) => reporting(`listing ${prefix}`, () => listObjects(bucket, prefix, options)),
    delete: (key, { ifMatch } = {}) => reporting(`deleting ${key}`, () => deleteObject(bucket, key, ifMatch)),
    localFile: (key, etag, held) =>
      reporting(`reading ${key}`, async () => {
        checkKey(key);
        const content = { key, etag: etag ?? (await present(bucket, key)).etag };
        return copies.path(content, () => getObject(bucket, key, { ifMatch: content.etag }), held);
      }),
    uploads: (prefix) => listUploads(bucket, prefix, reporting),
    missingRights: () => reporting('asking for rights', () => missingRights(bucket, { versioning, lifecycles })),
    close: async () => {
      client.destroy();
      await copies.close();
    },
  };
}

async function present(bucket: Bucket, key: string): Promise<ObjectInfo> {
  const head = await headObject(bucket, key);
  if (head === undefined) throw missing(key);
  return head.info;
}

async function deleteObject(bucket: Bucket, key: string, ifMatch: string | undefined): Promise<void> {
  const { sdk, client } = bucket;
  try {
    await client.send(
      new sdk.DeleteObjectCommand({
        ...at(bucket, key),
        ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
      }),
    );
  } catch (cause) {
    if (statusOf(cause) === 412) throw changed(key);
    if (!isMissing(cause)) throw cause;
  }
}
