import { systemEffects } from '../../src/base/effects.ts';
import { connectS3 } from '../../src/lake/s3/client.ts';
import { loadS3Sdk } from '../../src/lake/s3/sdk.ts';
import type { S3Settings } from '../../src/lake/s3/settings.ts';

/** Makes the bucket that the settings name, and has it keep versions. */
export async function makeVersionedBucket(settings: S3Settings): Promise<void> {
  const sdk = await loadS3Sdk();
  const client = await connectS3(sdk, settings, systemEffects());
  await client.send(new sdk.CreateBucketCommand({ Bucket: settings.bucket }));
  client.destroy();
  await setVersioning(settings, 'Enabled');
}

/** Has the bucket keep what is replaced from now on, or not; what it keeps by then stays. */
export async function setVersioning(settings: S3Settings, Status: 'Enabled' | 'Suspended'): Promise<void> {
  const sdk = await loadS3Sdk();
  const client = await connectS3(sdk, settings, systemEffects());
  const VersioningConfiguration = { Status } as const;
  await client.send(new sdk.PutBucketVersioningCommand({ Bucket: settings.bucket, VersioningConfiguration }));
  client.destroy();
}
