import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { S3Settings } from '../../lake/s3/settings.ts';
import type { OpenHome } from './home.ts';
import type { Profile } from './profile.ts';

/**
 * A bucket that no profile binds, to be read: with the region, endpoint and credentials of the profile's lake where that is
 * on S3, else as the AWS tools find theirs. Throws PH_USAGE where nothing says which region it is in.
 */
export async function openOtherBucket(
  bucket: string,
  home: OpenHome,
  { lake }: Profile,
  effects: Effects,
): Promise<ObjectStore> {
  const { openS3Store } = await import('../../lake/s3.ts');
  const settings: S3Settings =
    lake.backend === 's3' ? { ...lake, bucket, prefix: '' } : { bucket, region: regionIn(effects.env, bucket) };
  return openS3Store(settings, { folder: join(home.cache, 'objects') }, effects);
}

function regionIn(env: Effects['env'], bucket: string): string {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region !== undefined && region !== '') return region;
  throw new PlayheadError('PH_USAGE', `s3://${bucket}: nothing says which region it is in`, {
    hint: 'Set AWS_REGION, or name a profile whose lake is on S3: --profile services.',
  });
}
