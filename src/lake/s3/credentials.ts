import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { nameOf } from './failure.ts';
import { loadProfiles, loadStandardChain } from './sdk.ts';
import type { CredentialsFile } from './settings.ts';

/**
 * Those of the file, or the standard chain: environment, files and processes that they name, web identity, container,
 * machine. Those that say when they end are asked for anew before they do.
 */
export async function credentialsFrom(
  from: CredentialsFile | undefined,
  { fs }: Effects,
): Promise<NonNullable<S3ClientConfig['credentials']>> {
  if (from === undefined) return (await loadStandardChain()).defaultProvider({ ignoreCache: true });
  const { file, profile = 'default' } = from;
  await fs.access(file).catch((cause: unknown) => {
    throw new PlayheadError('PH_SECRET_MISSING', `the credentials file ${file} can't be read`, { cause });
  });
  return (await loadProfiles()).fromIni({ filepath: file, profile, ignoreCache: true });
}

/** What a store calls credentials that were good, and are no more. */
const ended: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
  'InvalidAccessKeyId',
]);

/**
 * Credentials that end without having said so (a file that a tool writes anew each hour) are read again, once for a request:
 * an upload of many parts goes on with the new ones.
 */
export function renewEndedCredentials(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (request) => {
      try {
        return await next(request);
      } catch (cause) {
        if (!ended.has(nameOf(cause))) throw cause;
        await client.config.credentials({ forceRefresh: true });
        return next(request);
      }
    },
    { step: 'initialize', name: 'renewEndedCredentials' },
  );
}
