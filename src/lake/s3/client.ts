import type * as Sdk from '@aws-sdk/client-s3';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { seconds } from '../../base/units.ts';

/** How objects are encrypted by the store itself. */
export type S3Encryption = { readonly kind: 's3' } | { readonly kind: 'kms'; readonly keyId?: string };

export interface S3Settings {
  readonly bucket: string;
  /** Every key lies under it; empty, or ending in a slash. */
  readonly prefix?: string;
  readonly region: string;
  /** Another store than AWS's. */
  readonly endpoint?: string;
  /** `http://host/bucket` in place of `http://bucket.host`. */
  readonly pathStyle?: boolean;
  /** A file as the AWS tools keep it, and the profile in it; without it, the standard chain: environment, files, web identity. */
  readonly credentials?: { readonly file: string; readonly profile?: string };
  readonly encryption?: S3Encryption;
  /** Attempts of a request, the first included; default 8. */
  readonly attempts?: number;
  /** Without a byte from the store for so long, a request is tried again; default 30 s. */
  readonly timeoutMs?: number;
}

export type S3Sdk = typeof Sdk;

/** The SDK is loaded where a profile asks for S3, and nowhere else. */
export async function loadS3Sdk(): Promise<S3Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw new PlayheadError('PH_CONFIG_INVALID', 'the profile binds the lake to S3, and the AWS SDK is not installed', {
      hint: 'npm install @aws-sdk/client-s3',
      cause,
    });
  }
}

/** A client whose retries have jitter (the SDK's standard mode: full jitter, doubled each time, to 20 s). */
export async function connectS3(sdk: S3Sdk, settings: S3Settings, effects: Effects): Promise<Sdk.S3Client> {
  const { region, endpoint, pathStyle = false, attempts = 8, timeoutMs = seconds(30), credentials } = settings;
  return new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    maxAttempts: attempts,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: seconds(5),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
    // Puts name their checksum themselves: the SDK's own choice is CRC64 in native code that is not installed.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: await credentialsIn(credentials, effects) }),
  });
}

async function credentialsIn(
  { file, profile = 'default' }: NonNullable<S3Settings['credentials']>,
  { fs }: Effects,
): Promise<NonNullable<Sdk.S3ClientConfig['credentials']>> {
  await fs.access(file).catch((cause: unknown) => {
    throw new PlayheadError('PH_SECRET_MISSING', `the credentials file ${file} can't be read`, { cause });
  });
  const { fromIni } = await import('@aws-sdk/credential-provider-ini');
  return fromIni({ filepath: file, profile, ignoreCache: true });
}
