import { days } from '../base/units.ts';

/** S3's storage classes in the order in which an object may move: never back (S3's "waterfall"). */
export const storageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;

export type StorageClass = (typeof storageClasses)[number];

export interface LifecycleTransition {
  /** Age in days. */
  readonly days: number;
  readonly storageClass: StorageClass;
}

/** A rule as Amazon S3 states it: a filter, and what happens to what it takes at which age. */
export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly prefix: string;
  /** All of them: the tags that the store gives are `playhead:pipeline`, `playhead:table` and `playhead:kind`. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly sizeGreaterThan?: number;
  readonly sizeLessThan?: number;
  readonly transitions: readonly LifecycleTransition[];
  /** Age in days at which the object goes. */
  readonly expirationDays?: number;
  /** Delete markers that have no version behind them go. */
  readonly expiredDeleteMarkers: boolean;
  /** Versions that were replaced or deleted so many days ago go, but for the newest `keep`. */
  readonly noncurrentExpiration?: { readonly days: number; readonly keep: number };
  readonly abortIncompleteUploadDays?: number;
}

export interface LifecycleDefinition {
  readonly kind: 'lifecycle';
  readonly rules: readonly LifecycleRule[];
  /** What runs of the pipeline wrote into their logs goes at this age. Absent: it stays. */
  readonly logExpirationDays?: number;
}

export type LifecycleRuleSettings = Pick<LifecycleRule, 'id'> & Partial<Omit<LifecycleRule, 'id'>>;

/**
 * What happens to objects as they grow old, and to the logs of the pipeline's runs:
 * `lifecycle([{ id: 'old', prefix: 'telemetry/', expirationDays: 90 }], { logExpirationDays: 30 })`.
 */
export function lifecycle(
  rules: readonly LifecycleRuleSettings[],
  settings: Pick<LifecycleDefinition, 'logExpirationDays'> = {},
): LifecycleDefinition {
  return {
    kind: 'lifecycle',
    ...settings,
    rules: rules.map(({ id, ...rule }) => {
      return { id, enabled: true, prefix: '', transitions: [], expiredDeleteMarkers: false, ...rule };
    }),
  };
}

/** S3 moves nothing smaller unless a rule says so by size. */
const smallestMovedBytes = 128 * 1024;

const dayMs = days(1);

/** What rules look at of an object. */
export interface AgingObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** By the effects clock, where a commit says it. */
  readonly createdMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly storageClass: StorageClass;
}

export type DueAction =
  | { readonly action: 'expire'; readonly rule: string }
  | { readonly action: 'move'; readonly rule: string; readonly storageClass: StorageClass };

/** When an action of so many days is due: S3 adds the days and rounds up to the next midnight, UTC. */
export function dueMs(sinceMs: number, afterDays: number): number {
  return Math.ceil((sinceMs + afterDays * dayMs) / dayMs) * dayMs;
}

export function ruleTakes(
  rule: LifecycleRule,
  { key, sizeBytes, tags }: Omit<AgingObject, 'createdMs' | 'storageClass'>,
): boolean {
  return (
    rule.enabled &&
    key.startsWith(rule.prefix) &&
    Object.entries(rule.tags ?? {}).every(([name, value]) => tags[name] === value) &&
    (rule.sizeGreaterThan === undefined || sizeBytes > rule.sizeGreaterThan) &&
    (rule.sizeLessThan === undefined || sizeBytes < rule.sizeLessThan)
  );
}

/**
 * What is due for an object now. Where several rules take it, as in S3: expiry before a move; of moves, the cheapest class.
 * Undefined where nothing is due.
 */
export function dueFor(rules: readonly LifecycleRule[], object: AgingObject, nowMs: number): DueAction | undefined {
  const taking = rules.filter((rule) => ruleTakes(rule, object));
  const isDue = (afterDays: number): boolean => dueMs(object.createdMs, afterDays) <= nowMs;
  const expiring = taking.find(({ expirationDays }) => expirationDays !== undefined && isDue(expirationDays));
  if (expiring !== undefined) return { action: 'expire', rule: expiring.id };
  const rank = (storageClass: StorageClass): number => storageClasses.indexOf(storageClass);
  const moves = taking
    .filter(({ sizeGreaterThan, sizeLessThan }) => {
      const bySize = sizeGreaterThan !== undefined || sizeLessThan !== undefined;
      return bySize || object.sizeBytes >= smallestMovedBytes;
    })
    .flatMap((rule) => rule.transitions.map((move) => ({ rule: rule.id, ...move })))
    .filter((move) => isDue(move.days) && rank(move.storageClass) > rank(object.storageClass))
    .sort((a, b) => rank(b.storageClass) - rank(a.storageClass));
  const [cheapest] = moves;
  if (cheapest === undefined) return undefined;
  return { action: 'move', rule: cheapest.rule, storageClass: cheapest.storageClass };
}
