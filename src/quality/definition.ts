import { hours, minutes } from '../base/units.ts';
import { usualFreshness } from './freshness.ts';

/**
 * What a check does about what breaks it: `quarantine` keeps the record out of the table, aside with its reason; `fail`
 * keeps back the whole output; `warn` counts.
 */
export const severities = ['quarantine', 'fail', 'warn'] as const;
export type Severity = (typeof severities)[number];

interface Common {
  /** Unique in its job; stands as the reason of quarantined records. */
  readonly name: string;
  readonly severity: Severity;
}

/** Types that a text can be asked to read as. */
export const readableTypes = ['bigint', 'double', 'boolean', 'date', 'timestamp'] as const;

/** Judged on each record as it was read. A record without a value breaks none of them but `not-null`. */
export type RowCheck = Common &
  (
    | { readonly kind: 'not-null'; readonly field: string }
    | { readonly kind: 'type'; readonly field: string; readonly type: (typeof readableTypes)[number] }
    | { readonly kind: 'range'; readonly field: string; readonly min?: number; readonly max?: number }
    | { readonly kind: 'pattern'; readonly field: string; readonly pattern: string }
    | { readonly kind: 'one-of'; readonly field: string; readonly values: readonly string[] }
    /** A condition in Athena's dialect over the record's fields; as in SQL's CHECK, unknown is no fault. */
    | { readonly kind: 'row'; readonly predicate: string }
    /** The value stands in a column of another table. */
    | { readonly kind: 'reference'; readonly field: string; readonly table: string; readonly column: string }
    /** An event time is neither after its record's arrival nor long before it. */
    | { readonly kind: 'arrival'; readonly field: string; readonly aheadMs: number; readonly behindMs: number }
  );

/** Judged on what a run made, before it is published. They say of no single record that it is at fault: never `quarantine`. */
export type TableCheck = Common &
  (
    | { readonly kind: 'unique'; readonly key: readonly string[]; readonly withinMs: number }
    | {
        readonly kind: 'group';
        readonly by: readonly string[];
        /** Rows of a group are in this order; the first is its time. */
        readonly orderBy: readonly string[];
        /** Rows of one key are of one group where no gap between their partitions is longer: at least as long as a group lasts. */
        readonly withinMs: number;
        /** Columns that have one value in a group. */
        readonly same: readonly string[];
        /** The values of a column in a group, in order, each followed by a space, match this pattern. */
        readonly sequence?: { readonly field: string; readonly pattern: string };
      }
    /** The table's newest event time against the arrival clock of what feeds it. */
    | {
        readonly kind: 'freshness';
        readonly field: string;
        readonly warningMs: number;
        readonly delayedMs: number;
      }
    /** Rows of a partition that is over, none where it isn't there, against the median of the same hour of the days before. */
    | { readonly kind: 'volume'; readonly least: number; readonly most: number; readonly days: number }
    /**
     * Share of the records read that were refused: they broke their type's rules, or a check that sets aside. Of all that a
     * run read, or of each partition of its input by itself: one that is spoiled does not hide behind others that are sound,
     * and where the check fails, keeps none of them back.
     */
    | { readonly kind: 'rejected'; readonly most: number; readonly per: 'run' | 'partition' }
    /** Population stability index of a column's values against the same hour of the days before. */
    | { readonly kind: 'drift'; readonly field: string; readonly most: number; readonly days: number }
  );

export type CheckDefinition = RowCheck | TableCheck;
export type CheckKind = CheckDefinition['kind'];

const rowKinds = ['not-null', 'type', 'range', 'pattern', 'one-of', 'row', 'reference', 'arrival'] as const;

export function isRowCheck(check: CheckDefinition): check is RowCheck {
  return rowKinds.some((kind) => kind === check.kind);
}

interface Settings {
  readonly name?: string;
  readonly severity?: Severity;
}

/** The builders of checks. Record rules quarantine and table rules warn, unless told otherwise. */
export const check = {
  notNull: (field: string, settings: Settings = {}): RowCheck => ({
    kind: 'not-null',
    field,
    ...named(`${field}_not_null`, 'quarantine', settings),
  }),
  type: (field: string, type: (typeof readableTypes)[number], settings: Settings = {}): RowCheck => ({
    kind: 'type',
    field,
    type,
    ...named(`${field}_type`, 'quarantine', settings),
  }),
  range: (field: string, bounds: { min?: number; max?: number }, settings: Settings = {}): RowCheck => ({
    kind: 'range',
    field,
    ...bounds,
    ...named(`${field}_range`, 'quarantine', settings),
  }),
  pattern: (field: string, pattern: string, settings: Settings = {}): RowCheck => ({
    kind: 'pattern',
    field,
    pattern,
    ...named(`${field}_pattern`, 'quarantine', settings),
  }),
  oneOf: (field: string, values: readonly string[], settings: Settings = {}): RowCheck => ({
    kind: 'one-of',
    field,
    values,
    ...named(`${field}_one_of`, 'quarantine', settings),
  }),
  row: (name: string, predicate: string, settings: Omit<Settings, 'name'> = {}): RowCheck => ({
    kind: 'row',
    predicate,
    ...named(name, 'quarantine', settings),
  }),
  reference: (field: string, to: { table: string; column: string }, settings: Settings = {}): RowCheck => ({
    kind: 'reference',
    field,
    ...to,
    ...named(`${field}_reference`, 'quarantine', settings),
  }),
  arrival: (field: string, limits: { ahead?: number; behind: number }, settings: Settings = {}): RowCheck => ({
    kind: 'arrival',
    field,
    aheadMs: limits.ahead ?? minutes(5),
    behindMs: limits.behind,
    ...named(`${field}_arrival`, 'quarantine', settings),
  }),
  unique: (key: readonly string[], settings: Settings & { within?: number } = {}): TableCheck => ({
    kind: 'unique',
    key,
    withinMs: settings.within ?? 0,
    ...named(`${key.join('_')}_unique`, 'fail', settings),
  }),
  group: (
    name: string,
    rule: {
      by: readonly string[];
      orderBy: readonly string[];
      within?: number;
      same?: readonly string[];
      sequence?: { field: string; pattern: string };
    },
    settings: Omit<Settings, 'name'> = {},
  ): TableCheck => ({
    kind: 'group',
    by: rule.by,
    orderBy: rule.orderBy,
    withinMs: rule.within ?? hours(2),
    same: rule.same ?? [],
    ...(rule.sequence === undefined ? {} : { sequence: rule.sequence }),
    ...named(name, 'warn', settings),
  }),
  freshness: (
    field: string,
    limits: { warning?: number; delayed?: number } = {},
    settings: Settings = {},
  ): TableCheck => ({
    kind: 'freshness',
    field,
    warningMs: limits.warning ?? usualFreshness.warningMs,
    delayedMs: limits.delayed ?? usualFreshness.delayedMs,
    ...named(`${field}_freshness`, 'warn', settings),
  }),
  volume: (limits: { least?: number; most?: number; days?: number } = {}, settings: Settings = {}): TableCheck => ({
    kind: 'volume',
    least: limits.least ?? 0.5,
    most: limits.most ?? 2,
    days: limits.days ?? 7,
    ...named('volume', 'warn', settings),
  }),
  rejected: (limits: { most: number; per?: 'run' | 'partition' }, settings: Settings = {}): TableCheck => ({
    kind: 'rejected',
    most: limits.most,
    per: limits.per ?? 'run',
    ...named('rejected', 'fail', settings),
  }),
  drift: (field: string, limits: { most?: number; days?: number } = {}, settings: Settings = {}): TableCheck => ({
    kind: 'drift',
    field,
    // The usual reading of the index: below 0.1 nothing, above 0.25 another population.
    most: limits.most ?? 0.25,
    days: limits.days ?? 7,
    ...named(`${field}_drift`, 'warn', settings),
  }),
};

function named(name: string, severity: Severity, settings: Settings): Common {
  return { name: settings.name ?? name, severity: settings.severity ?? severity };
}
