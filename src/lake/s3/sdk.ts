import type * as Sdk from '@aws-sdk/client-s3';
import type * as Profiles from '@aws-sdk/credential-provider-ini';
import type * as StandardChain from '@aws-sdk/credential-provider-node';
import { PlayheadError } from '../../base/errors.ts';

export type S3Sdk = typeof Sdk;

const packages = ['@aws-sdk/client-s3', '@aws-sdk/credential-provider-ini', '@aws-sdk/credential-provider-node'];

/** What of the AWS SDK is needed: optional peer dependencies, loaded where a profile asks for S3 and nowhere else. */
export const loadS3Sdk = (): Promise<S3Sdk> => installed(() => import('@aws-sdk/client-s3'));
export const loadProfiles = (): Promise<typeof Profiles> => installed(() => import('@aws-sdk/credential-provider-ini'));
export const loadStandardChain = (): Promise<typeof StandardChain> =>
  installed(() => import('@aws-sdk/credential-provider-node'));

async function installed<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new PlayheadError('PH_DEPENDENCY_MISSING', 'the profile binds to S3, and the AWS SDK is not installed', {
      hint: `npm install ${packages.join(' ')}`,
      cause,
    });
  }
}
