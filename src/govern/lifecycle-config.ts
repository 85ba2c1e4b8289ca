import { PlayheadError } from '../base/errors.ts';
import {
  type LifecycleDefinition,
  type LifecycleRule,
  lifecycle,
  type StorageClass,
  storageClasses,
} from './lifecycle.ts';

/** What a document of the AWS CLI says (`s3api put-bucket-lifecycle-configuration --lifecycle-configuration`), as a definition. */
export interface ImportedLifecycle {
  readonly definition: LifecycleDefinition;
  /** Settings that are not taken, with the reason. */
  readonly unsupported: readonly { readonly path: string; readonly why: string }[];
}

type Json = Readonly<Record<string, unknown>>;

/** Throws PH_USAGE for a text that is no such document. */
export function importLifecycle(document: string): ImportedLifecycle {
  const parsed = parse(document);
  const unsupported: { path: string; why: string }[] = [];
  const rules = parsed.map((rule, at) => ruleOf(rule, `Rules[${at}]`, (path, why) => unsupported.push({ path, why })));
  return { definition: lifecycle(rules), unsupported };
}

function parse(document: string): readonly Json[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch (cause) {
    throw notLifecycle('it is not JSON', cause);
  }
  const rules = isJson(parsed) ? parsed['Rules'] : undefined;
  if (!Array.isArray(rules) || !rules.every(isJson)) throw notLifecycle('it has no list Rules of objects');
  return rules;
}

const takenKeys: ReadonlySet<string> = new Set([
  ...['ID', 'Status', 'Filter', 'Prefix', 'Transitions', 'Expiration'],
  ...['NoncurrentVersionExpiration', 'AbortIncompleteMultipartUpload'],
]);

function ruleOf(rule: Json, path: string, leave: (path: string, why: string) => void): LifecycleRule {
  for (const key of Object.keys(rule))
    if (!takenKeys.has(key))
      leave(
        `${path}.${key}`,
        key === 'NoncurrentVersionTransitions' ? 'versions have no storage class here' : 'not known',
      );
  const expiration = objectAt(rule, 'Expiration');
  const noncurrent = objectAt(rule, 'NoncurrentVersionExpiration');
  const abort = objectAt(rule, 'AbortIncompleteMultipartUpload');
  if (expiration?.['Date'] !== undefined) leave(`${path}.Expiration.Date`, 'a date: rules go by age here');
  const expirationDays = numberAt(expiration, 'Days');
  const noncurrentDays = numberAt(noncurrent, 'NoncurrentDays');
  const abortDays = numberAt(abort, 'DaysAfterInitiation');
  return {
    id: typeof rule['ID'] === 'string' ? rule['ID'] : path,
    enabled: rule['Status'] !== 'Disabled',
    ...filterOf(rule, path, leave),
    transitions: transitionsOf(rule['Transitions'], `${path}.Transitions`, leave),
    expiredDeleteMarkers: expiration?.['ExpiredObjectDeleteMarker'] === true,
    ...(expirationDays === undefined ? {} : { expirationDays }),
    ...(noncurrentDays === undefined
      ? {}
      : { noncurrentExpiration: { days: noncurrentDays, keep: numberAt(noncurrent, 'NewerNoncurrentVersions') ?? 0 } }),
    ...(abortDays === undefined ? {} : { abortIncompleteUploadDays: abortDays }),
  };
}

function filterOf(rule: Json, path: string, leave: (path: string, why: string) => void) {
  const filter = objectAt(rule, 'Filter') ?? {};
  const and = objectAt(filter, 'And') ?? {};
  const all = { ...filter, ...and };
  const tags = [filter['Tag'], ...(Array.isArray(and['Tags']) ? and['Tags'] : [])].flatMap((tag) =>
    isJson(tag) && typeof tag['Key'] === 'string' ? [[tag['Key'], String(tag['Value'])] as const] : [],
  );
  for (const key of Object.keys(all))
    if (!['And', 'Prefix', 'Tag', 'Tags', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'].includes(key))
      leave(`${path}.Filter.${key}`, 'not known');
  const prefix = all['Prefix'] ?? rule['Prefix'] ?? '';
  const [above, below] = [numberAt(all, 'ObjectSizeGreaterThan'), numberAt(all, 'ObjectSizeLessThan')];
  return {
    prefix: String(prefix),
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags) }),
    ...(above === undefined ? {} : { sizeGreaterThan: above }),
    ...(below === undefined ? {} : { sizeLessThan: below }),
  };
}

function transitionsOf(moves: unknown, path: string, leave: (path: string, why: string) => void) {
  return (Array.isArray(moves) ? moves : []).flatMap((move: unknown, at) => {
    const afterDays = isJson(move) ? numberAt(move, 'Days') : undefined;
    const storageClass = isJson(move) ? move['StorageClass'] : undefined;
    if (afterDays === undefined) leave(`${path}[${at}]`, 'has no Days: rules go by age here');
    else if (!storageClasses.some((known) => known === storageClass))
      leave(`${path}[${at}].StorageClass`, `${String(storageClass)} is not one of ${storageClasses.join(', ')}`);
    // It is one of them: just looked.
    else return [{ days: afterDays, storageClass: storageClass as StorageClass }];
    return [];
  });
}

function objectAt(of: Json, key: string): Json | undefined {
  const value = of[key];
  return isJson(value) ? value : undefined;
}

function numberAt(of: Json | undefined, key: string): number | undefined {
  const value = of?.[key];
  return typeof value === 'number' ? value : undefined;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notLifecycle(why: string, cause?: unknown): PlayheadError {
  return new PlayheadError('PH_USAGE', `this is no lifecycle configuration: ${why}`, {
    hint: '`aws s3api get-bucket-lifecycle-configuration --bucket NAME` prints one.',
    ...(cause === undefined ? {} : { cause }),
  });
}
