import { days } from '../base/units.ts';
import { unknownSettings } from '../base/unknown-settings.ts';
import type { CheckDefinition } from '../quality/definition.ts';

export const rowsMade = ['one-to-one', 'aggregate'] as const;

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
  /**
   * `one-to-one`: each row read is written, quarantined or deduplicated, and the account says so. `aggregate`: of the rows
   * of a partition others are made, for a job that reads another job's table.
   */
  readonly rows: (typeof rowsMade)[number];
  /**
   * New commits → event hours that they touch → those partitions are restated. Absent: the table has one partition; or the
   * job reads another job's table, whose partitions say which ones of its own are made anew.
   */
  readonly incremental?: { readonly by: 'hour' | 'day'; readonly field: string };
  /**
   * One row a key: of records of one key whose event times lie no further than `within` (ms; rounded up to whole
   * partitions) from each other, the first or last to arrive becomes a row.
   */
  readonly unique?: {
    readonly key: readonly string[];
    readonly keep: 'first' | 'last';
    readonly within: number | 'unlimited';
  };
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

export function sqlJob(settings: {
  from: string;
  into: string;
  sql: { text: string; path: string };
  rows?: (typeof rowsMade)[number];
  incremental?: { by: 'hour' | 'day'; field: string };
  unique?: { key: readonly string[]; keep?: 'first' | 'last'; within?: number | 'unlimited' };
  checks?: readonly CheckDefinition[];
}): JobDefinition {
  return {
    kind: 'job',
    from: settings.from,
    into: settings.into,
    sql: settings.sql.text,
    sqlPath: settings.sql.path,
    rows: settings.rows ?? 'one-to-one',
    ...(settings.incremental === undefined ? {} : { incremental: settings.incremental }),
    ...(settings.unique === undefined
      ? {}
      : {
          unique: {
            key: settings.unique.key,
            keep: settings.unique.keep ?? 'first',
            within: settings.unique.within ?? defaultWithinMs,
          },
        }),
    ...(settings.checks === undefined ? {} : { checks: settings.checks }),
    ...unknownSettings(settings, ['from', 'into', 'sql', 'rows', 'incremental', 'unique', 'checks'], {
      unique: ['key', 'keep', 'within'],
    }),
  };
}
