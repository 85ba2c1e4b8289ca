import type { S3Client } from '@aws-sdk/client-s3';
import type { Effects } from '../../base/effects.ts';
import { seconds } from '../../base/units.ts';
import { type CredentialsFile, credentialsFrom, renewEndedCredentials } from './credentials.ts';
import { patience } from './patience.ts';
import type { S3Sdk } from './sdk.ts';

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
  /** Without it, the standard chain of the AWS tools: environment, files, web identity. */
  readonly credentials?: CredentialsFile;
  readonly encryption?: S3Encryption;
  /** Attempts of a request, the first included; default 10: a store may be away for a quarter of a minute. */
  readonly attempts?: number;
  /** Without a byte from the store for so long, a request is tried again; default 30 s. */
  readonly timeoutMs?: number;
}

export async function connectS3(sdk: S3Sdk, settings: S3Settings, effects: Effects): Promise<S3Client> {
  const { region, endpoint, pathStyle = false, attempts = 10, timeoutMs = seconds(30), credentials } = settings;
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    retryStrategy: patience(attempts, effects),
    requestHandler: {
      connectionTimeout: seconds(5),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeoutMs,
    },
    // Puts name their checksum themselves, and who reads compares it: the SDK can't over a body that was taken up again.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: await credentialsFrom(credentials, effects),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  renewEndedCredentials(client);
  askForChecksums(client);
  return client;
}

/** As a header, since the SDK would compare them itself if it were asked by a setting. */
function askForChecksums(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      (asked) => {
        const { request } = asked;
        const headers = typeof request === 'object' && request !== null && 'headers' in request ? request.headers : {};
        if (commandName === 'GetObjectCommand') Object.assign(headers ?? {}, { 'x-amz-checksum-mode': 'ENABLED' });
        return next(asked);
      },
    { step: 'build', name: 'askForChecksums' },
  );
}
