import { days } from '../base/units.ts';
import { unknownSettings } from '../base/unknown-settings.ts';
import type { CheckDefinition } from '../quality/definition.ts';

export const rowsMade = ['one-to-one', 'aggregate'] as const;
export const keeps = ['first', 'last', 'latest'] as const;

/** A list of the row, whose elements are the records; each has the named fields of its row besides its own. */
export interface RecordsInRow {
  readonly of: string;
  readonly with: readonly string[];
}

/** By the time in a field, or as the input is: a record belongs where the partition of its object says. */
export type Incremental = { readonly by: 'hour' | 'day'; readonly field: string } | { readonly by: 'partition' };

/** A job that makes one table from others by SQL, incrementally. */
export interface JobDefinition {
  readonly kind: 'job';
  /** Address of the table it reads, whose new commits drive it; the SQL names it as `database.table`. */
  readonly from: string;
  /** Address of the table it writes. */
  readonly into: string;
  /** The SELECT, in Athena's dialect; text, loaded from the pipeline's folder, with the path it came from. */
  readonly sql: string;
  readonly sqlPath: string;
  /** Each row read holds many records, which are what the job reads. Absent: a row is a record. */
  readonly each?: RecordsInRow;
  /**
   * `one-to-one`: each row read is written, quarantined or deduplicated, and the account says so. `aggregate`: of the rows
   * of a partition others are made, for a job that reads another job's table.
   */
  readonly rows: (typeof rowsMade)[number];
  /**
   * New commits → event hours that they touch → those partitions are restated. Absent: the table has one partition; or the
   * job reads another job's table, whose partitions say which ones of its own are made anew.
   */
  readonly incremental?: Incremental;
  /**
   * One row a key: of records of one key whose event times lie no further than `within` (ms; rounded up to whole
   * partitions) from each other, the first or last to arrive becomes a row, and the others are set aside where they say
   * something else. `latest`: each object is a report of its own. The latest one that has a key gives its row, what stood in
   * those before is superseded; a key that one object has twice is a duplicate, of which the first counts.
   */
  readonly unique?: {
    readonly key: readonly string[];
    /** What the key's columns are called in the table that the job writes, where it is otherwise. */
    readonly as?: readonly string[];
    readonly keep: (typeof keeps)[number];
    readonly within: number | 'unlimited' | 'partition';
  };
  /** Of a job over another job's table, whose partitions are days: how many days before its own each is made from, too. */
  readonly daysBefore?: number;
  /** Addresses of tables that the SQL joins besides, as they stand when a partition is made; a change of theirs makes none anew. */
  readonly lookUps?: readonly string[];
  /** What must hold of the records read and of what the job makes of them; judged before anything is published. */
  readonly checks?: readonly CheckDefinition[];
}

/** Producers send again within minutes, and what is older than a day is late by any account. */
const defaultWithinMs = days(1);

export function byHour(field: string): { by: 'hour'; field: string } {
  return { by: 'hour', field };
}

export function byDay(field: string): { by: 'day'; field: string } {
  return { by: 'day', field };
}

export function byPartition(): { by: 'partition' } {
  return { by: 'partition' };
}

export function sqlJob(settings: {
  from: string;
  into: string;
  sql: { text: string; path: string };
  each?: { of: string; with?: readonly string[] };
  rows?: (typeof rowsMade)[number];
  incremental?: Incremental;
  unique?: {
    key: readonly string[];
    as?: readonly string[];
    keep?: (typeof keeps)[number];
    within?: number | 'unlimited' | 'partition';
  };
  daysBefore?: number;
  lookUps?: readonly string[];
  checks?: readonly CheckDefinition[];
}): JobDefinition {
  return {
    kind: 'job',
    from: settings.from,
    into: settings.into,
    sql: settings.sql.text,
    sqlPath: settings.sql.path,
    ...(settings.each === undefined ? {} : { each: { of: settings.each.of, with: settings.each.with ?? [] } }),
    rows: settings.rows ?? 'one-to-one',
    ...(settings.incremental === undefined ? {} : { incremental: settings.incremental }),
    ...(settings.unique === undefined
      ? {}
      : {
          unique: {
            key: settings.unique.key,
            ...(settings.unique.as === undefined ? {} : { as: settings.unique.as }),
            keep: settings.unique.keep ?? 'first',
            within:
              settings.unique.within ?? (settings.incremental?.by === 'partition' ? 'partition' : defaultWithinMs),
          },
        }),
    ...(settings.daysBefore === undefined ? {} : { daysBefore: settings.daysBefore }),
    ...(settings.lookUps === undefined ? {} : { lookUps: settings.lookUps }),
    ...(settings.checks === undefined ? {} : { checks: settings.checks }),
    ...unknownSettings(
      settings,
      ['from', 'into', 'sql', 'each', 'rows', 'incremental', 'unique', 'daysBefore', 'lookUps', 'checks'],
      {
        each: ['of', 'with'],
        unique: ['key', 'as', 'keep', 'within'],
      },
    ),
  };
}

/** The field whose time says which partition a record belongs in; undefined where none does. */
export function timeField({ incremental }: Pick<JobDefinition, 'incremental'>): string | undefined {
  return incremental === undefined || incremental.by === 'partition' ? undefined : incremental.field;
}

/** Columns by which a row of the job's table is known, in the order of its key's fields. */
export function keyColumns({ unique }: Pick<JobDefinition, 'unique'>): readonly string[] {
  return unique?.as ?? unique?.key ?? [];
}
