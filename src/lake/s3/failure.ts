import { type ErrorCode, isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { bucketRights, objectRights } from './needed-rights.ts';
import type { S3Settings } from './settings.ts';

interface Remedy {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

/** What S3 calls a failure (the error's name), and what a person can do about it. */
const remedies: Readonly<Record<string, (settings: S3Settings, cause: unknown) => Remedy>> = {
  NoSuchBucket: ({ bucket }) => ({
    code: 'PH_STORAGE_FAILED',
    what: `there is no bucket ${bucket}`,
    hint: `Create it, or correct lake.bucket in the profile: aws s3api create-bucket --bucket ${bucket}`,
  }),
  AccessDenied: ({ bucket }) => ({
    code: 'PH_STORAGE_READ_ONLY',
    what: 'access is denied',
    hint: `These credentials need ${objectRights.join(', ')} on ${bucket}/*; ${bucketRights.join(', ')} on ${bucket}.`,
  }),
  InvalidAccessKeyId: () => credentials('the store does not know the access key'),
  SignatureDoesNotMatch: () => credentials('the secret key is wrong'),
  ExpiredToken: () => credentials('the credentials have expired'),
  ExpiredTokenException: () => credentials('the credentials have expired'),
  InvalidToken: () => credentials('the session token is not valid'),
  CredentialsProviderError: (_, cause) => credentials(`there are no credentials: ${wordsOf(cause)}`),
  RequestTimeTooSkewed: () => ({
    code: 'PH_STORAGE_FAILED',
    what: "this machine's clock is off by more than the store allows (15 minutes)",
    hint: 'Set the clock: timedatectl set-ntp true.',
  }),
  PermanentRedirect: elsewhere,
  AuthorizationHeaderMalformed: elsewhere,
  IllegalLocationConstraintException: elsewhere,
  SlowDown: () => busy('the store asks for fewer requests'),
  ServiceUnavailable: () => busy('the store is overloaded'),
  InternalError: () => busy('the store failed'),
  TimeoutError: ({ timeoutMs = 30_000 }) => busy(`the store was silent for ${timeoutMs / 1000} s`),
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  EntityTooLarge: () => ({ code: 'PH_STORAGE_FAILED', what: 'the object is too large for the store', hint: '' }),
  InvalidObjectState: () => ({
    code: 'PH_STORAGE_FAILED',
    what: 'the object is archived, and not to be read at once',
    hint: 'Restore it (aws s3api restore-object), and keep what is read out of GLACIER and DEEP_ARCHIVE.',
  }),
  KMS: (_, cause) => ({
    code: 'PH_STORAGE_READ_ONLY',
    what: `the key of KMS can't be used: ${wordsOf(cause)}`,
    hint: 'See to lake.encryption.keyId, and to kms:GenerateDataKey and kms:Decrypt for these credentials.',
  }),
};

function credentials(what: string): Remedy {
  return {
    code: 'PH_STORAGE_READ_ONLY',
    what,
    hint: 'Set lake.credentials in the profile, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  };
}

function busy(what: string): Remedy {
  return { code: 'PH_STORAGE_FAILED', what, hint: 'Each attempt of lake.attempts ended so. Run it again later.' };
}

function unreachable({ endpoint, region }: S3Settings, cause: unknown): Remedy {
  return {
    code: 'PH_STORAGE_FAILED',
    what: `${endpoint ?? `S3 in ${region}`} can't be reached: ${wordsOf(cause)}`,
    hint: 'Does it run, and is lake.endpoint its address?',
  };
}

function elsewhere({ bucket, region }: S3Settings, cause: unknown): Remedy {
  const there = regionIn(cause);
  return {
    code: 'PH_STORAGE_FAILED',
    what: `the bucket ${bucket} is not in ${region}${there === undefined ? '' : ` but in ${there}`}`,
    hint:
      there === undefined
        ? `Ask where it is, and set lake.region: aws s3api get-bucket-location --bucket ${bucket}`
        : `Set lake.region to ${there} in the profile.`,
  };
}

/** S3 says where a bucket is, in the error or in a header of the answer. */
function regionIn(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('Region' in cause && typeof cause.Region === 'string') return cause.Region;
  // The SDK's own, as it came from the network: each part may be missing.
  const { $response } = cause as { $response?: { headers?: Readonly<Record<string, unknown>> } };
  const header = $response?.headers?.['x-amz-bucket-region'];
  return typeof header === 'string' ? header : undefined;
}

/** S3's name of a failure, or Node's code of a network's. */
export function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  if (cause.name === 'Error' && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.name;
}

export function statusOf(cause: unknown): number | undefined {
  const metadata = cause instanceof Error && '$metadata' in cause ? cause.$metadata : undefined;
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
  return status && typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** There is no such object, or no such version of it; that there is no such bucket is another matter. */
export function isMissing(cause: unknown): boolean {
  const name = nameOf(cause);
  // 405: the version is the mark that the object was deleted. An id that the store could not have made is no version either.
  if (statusOf(cause) === 405) return true;
  if (name === 'InvalidArgument') return /version id/i.test(wordsOf(cause));
  return statusOf(cause) === 404 && name !== 'NoSuchBucket' && name !== 'NoSuchUpload';
}

/** The object is not as the request's condition wants it: 412, or 404 where If-Match finds nothing. */
export function isLostCondition(cause: unknown): boolean {
  return statusOf(cause) === 412 || (statusOf(cause) === 404 && ['NoSuchKey', 'NotFound'].includes(nameOf(cause)));
}

/** Another conditional request for the key was under way. */
export function isConflict(cause: unknown): boolean {
  return nameOf(cause) === 'ConditionalRequestConflict';
}

/** A failure of the store as what a person can act on; a PlayheadError stays what it is. */
export function s3Failure(cause: unknown, doing: string, settings: S3Settings): PlayheadError {
  if (isPlayheadError(cause)) return cause;
  const name = nameOf(cause);
  const known = name.startsWith('KMS.') ? 'KMS' : name;
  const remedy = remedies[known] ?? (statusOf(cause) === 403 ? remedies['AccessDenied'] : undefined);
  if (remedy !== undefined) {
    const { code, what, hint } = remedy(settings, cause);
    return new PlayheadError(code, `${doing}: ${what}`, { cause, hint, details: { doing, name } });
  }
  const where = settings.endpoint ?? `S3 in ${settings.region}`;
  return new PlayheadError('PH_STORAGE_FAILED', `${doing}: ${where} failed it: ${wordsOf(cause) || name}`, {
    cause,
    details: { doing, name },
  });
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
