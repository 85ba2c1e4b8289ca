import { isDeepStrictEqual } from 'node:util';
import type { GetBucketLifecycleConfigurationOutput, LifecycleRule } from '@aws-sdk/client-s3';
import { PlayheadError } from '../../base/errors.ts';
import type { StoreRule } from '../object-store.ts';
import type { Bucket } from './bucket.ts';
import { nameOf, statusOf } from './failure.ts';

/** Parts of an upload whose process was killed go after so many days. */
const uploadsEndAfterDays = 7;

/** Whether the bucket takes rules at all: servers that only speak S3's protocol often don't. */
export async function takesLifecycles(bucket: Bucket): Promise<boolean> {
  try {
    await currentRules(bucket);
    return true;
  } catch (cause) {
    if (statusOf(cause) === 501 || nameOf(cause) === 'NotImplemented') return false;
    // Who may not look at the rules may still have objects expire by them.
    if (nameOf(cause) === 'AccessDenied') return true;
    throw cause;
  }
}

/**
 * Puts an owner's rules in place of those that it had, and one that ends uploads of killed processes. S3 keeps all rules of a
 * bucket as one document, so everybody else's are written back as they were. It has no condition for that: who changes
 * others' rules in the same moment is found out afterwards, PH_OBJECT_CHANGED.
 */
export async function applyLifecycle(bucket: Bucket, owner: string, rules: readonly StoreRule[]): Promise<void> {
  const { settings } = bucket;
  const root = settings.prefix ?? '';
  const own = `playhead:${root}${owner}:`;
  const uploads: LifecycleRule = {
    ID: `playhead:${root}:uploads`,
    Status: 'Enabled',
    Filter: { Prefix: root },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploadsEndAfterDays },
  };
  const before = await currentRules(bucket);
  const isOthers = ({ ID = '' }: LifecycleRule): boolean => !ID.startsWith(own) && ID !== uploads.ID;
  const others = before.rules.filter(isOthers);
  const Rules = [...others, ...rules.flatMap((rule) => bucketRules(`${own}${rule.id}`, root, rule)), uploads];
  await putRules(bucket, Rules, before);
  const after = await currentRules(bucket);
  if (!isDeepStrictEqual(byId(after.rules.filter(isOthers)), byId(others))) throw changedMeanwhile(settings.bucket);
}

/**
 * Asks for these rules once more and one that does nothing, which S3 takes from nobody: of those who may set rules it refuses
 * that one, and nothing changes. A store that takes it is given its rules again. Throws AccessDenied where these credentials
 * may not set rules.
 */
export async function tryRules(bucket: Bucket, before: BucketRules, nowhere: string): Promise<void> {
  const idle: LifecycleRule = { ID: 'playhead:doctor', Status: 'Disabled', Filter: { Prefix: nowhere } };
  try {
    await putRules(bucket, [...before.rules, idle], before);
  } catch (cause) {
    if (statusOf(cause) === 400) return;
    throw cause;
  }
  const { sdk, client, settings } = bucket;
  if (before.rules.length > 0) await putRules(bucket, before.rules, before);
  else await client.send(new sdk.DeleteBucketLifecycleCommand({ Bucket: settings.bucket }));
}

async function putRules(
  { sdk, client, settings }: Bucket,
  rules: readonly LifecycleRule[],
  { setting }: BucketRules,
): Promise<void> {
  const LifecycleConfiguration = { Rules: [...rules] };
  const whole = { LifecycleConfiguration, ChecksumAlgorithm: 'CRC32', ...setting } as const;
  await client.send(new sdk.PutBucketLifecycleConfigurationCommand({ Bucket: settings.bucket, ...whole }));
}

/** What a bucket's lifecycle document holds; the setting is of the bucket, and a put without it sets S3's own default. */
export interface BucketRules {
  readonly rules: readonly LifecycleRule[];
  readonly setting: Pick<GetBucketLifecycleConfigurationOutput, 'TransitionDefaultMinimumObjectSize'>;
}

export async function currentRules({ sdk, client, settings }: Bucket): Promise<BucketRules> {
  try {
    const request = new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: settings.bucket });
    const { Rules = [], TransitionDefaultMinimumObjectSize } = await client.send(request);
    const isSet = TransitionDefaultMinimumObjectSize !== undefined;
    return { rules: Rules, setting: isSet ? { TransitionDefaultMinimumObjectSize } : {} };
  } catch (cause) {
    if (nameOf(cause) === 'NoSuchLifecycleConfiguration') return { rules: [], setting: {} };
    throw cause;
  }
}

function byId(rules: readonly LifecycleRule[]): readonly LifecycleRule[] {
  return rules.toSorted((a, b) => ((a.ID ?? '') < (b.ID ?? '') ? -1 : 1));
}

function changedMeanwhile(bucket: string): PlayheadError {
  return new PlayheadError(
    'PH_OBJECT_CHANGED',
    `the lifecycle rules of others in ${bucket} changed while ours were set`,
    {
      hint: 'One change may be undone: compare aws s3api get-bucket-lifecycle-configuration with what they should be. Then run it again.',
      details: { bucket },
    },
  );
}

/** S3 takes an end of delete markers only in a rule of its own, without sizes. */
function bucketRules(id: string, root: string, rule: StoreRule): readonly LifecycleRule[] {
  const { transitions, expirationDays, noncurrentExpiration, abortIncompleteUploadDays } = rule;
  const Status = rule.enabled ? ('Enabled' as const) : ('Disabled' as const);
  const Prefix = `${root}${rule.prefix}`;
  const sizes = {
    ...(rule.sizeGreaterThan === undefined ? {} : { ObjectSizeGreaterThan: rule.sizeGreaterThan }),
    ...(rule.sizeLessThan === undefined ? {} : { ObjectSizeLessThan: rule.sizeLessThan }),
  };
  const bySize = Object.keys(sizes).length > 0;
  const actions: Pick<
    LifecycleRule,
    'Transitions' | 'Expiration' | 'NoncurrentVersionExpiration' | 'AbortIncompleteMultipartUpload'
  > = {
    ...(transitions.length === 0
      ? {}
      : { Transitions: transitions.map(({ days: Days, storageClass: StorageClass }) => ({ Days, StorageClass })) }),
    ...(expirationDays === undefined ? {} : { Expiration: { Days: expirationDays } }),
    ...(noncurrentExpiration === undefined ? {} : { NoncurrentVersionExpiration: noncurrent(noncurrentExpiration) }),
    ...(abortIncompleteUploadDays === undefined || bySize
      ? {}
      : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortIncompleteUploadDays } }),
  };
  const Filter = bySize ? { And: { Prefix, ...sizes } } : { Prefix };
  const rules: LifecycleRule[] = [];
  if (Object.keys(actions).length > 0) rules.push({ ID: id, Status, Filter, ...actions });
  if (rule.expiredDeleteMarkers)
    rules.push({ ID: `${id}:markers`, Status, Filter: { Prefix }, Expiration: { ExpiredObjectDeleteMarker: true } });
  return rules;
}

function noncurrent({ days, keep }: NonNullable<StoreRule['noncurrentExpiration']>) {
  return { NoncurrentDays: days, ...(keep === 0 ? {} : { NewerNoncurrentVersions: keep }) };
}
