import type { S3Client } from '@aws-sdk/client-s3';
import type { Effects } from '../../base/effects.ts';
import { seconds } from '../../base/units.ts';
import { credentialsFrom, renewEndedCredentials } from './credentials.ts';
import { patience } from './patience.ts';
import type { S3Sdk } from './sdk.ts';
import type { S3Settings } from './settings.ts';

export async function connectS3(sdk: S3Sdk, settings: S3Settings, effects: Effects): Promise<S3Client> {
  const { region, endpoint, pathStyle = false, attempts = 8, timeoutMs = seconds(30), credentials } = settings;
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    retryStrategy: patience(attempts, effects),
    requestHandler: {
      connectionTimeout: seconds(5),
      // Of silence, both ways. `requestTimeout` would count the upload of the body too, and end a slow one each time anew.
      socketTimeout: timeoutMs,
      socketAcquisitionWarningTimeout: timeoutMs + seconds(5),
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
