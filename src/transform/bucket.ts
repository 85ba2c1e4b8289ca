import { PlayheadError } from '../base/errors.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { sqlIdentifier } from '../duck/duck.ts';
import { epochUnits } from '../record/epoch.ts';
import type { Field } from '../record/type.ts';
import type { Incremental } from './definition.ts';
import { partitionMap } from './derive/partition-map.ts';
import { hashOf } from './fingerprint.ts';

/** How rows fall into the partitions of an incremental job's table: by hour or day of one field, or not at all. */
export interface Buckets {
  /** SQL over the input's typed columns: the bucket's number, NULL where the row has none. */
  readonly sql: string;
  /** The field that the bucket comes from; absent where the table has one partition only. */
  readonly field?: string;
  /** Partition values of a bucket, in the table's order, zero-padded. */
  valuesOf(bucket: number): readonly string[];
  /** The bucket of partition values: the inverse of `valuesOf`. */
  bucketOf(values: readonly string[]): number;
  /** Length of a bucket in event time; absent where the table has one partition only, or follows its input's. */
  readonly periodMs?: number;
  /** Bucket of the partition that an input object is in, where that says it; `sql` is `_place` then. */
  readonly ofInput?: (partition: readonly string[]) => number;
}

const periodsMs = { hour: 3_600_000, day: 86_400_000 } as const;

const two = (n: number): string => String(n).padStart(2, '0');

/** What a partition column may be called, and its value from the start of the period. */
const partitionParts: Readonly<Record<string, { finest: 'hour' | 'day'; of: (start: Date) => string }>> = {
  year: { finest: 'day', of: (start) => String(start.getUTCFullYear()).padStart(4, '0') },
  month: { finest: 'day', of: (start) => two(start.getUTCMonth() + 1) },
  day: { finest: 'day', of: (start) => two(start.getUTCDate()) },
  hour: { finest: 'hour', of: (start) => two(start.getUTCHours()) },
  date: { finest: 'day', of: (start) => start.toISOString().slice(0, 10) },
  dt: { finest: 'day', of: (start) => start.toISOString().slice(0, 10) },
};

/**
 * The table's partition columns must be those of the job's period, all of them: a bucket is one partition. Throws
 * PH_CONFIG_INVALID, naming the columns that it knows.
 */
export function bucketsOf(
  incremental: Incremental | undefined,
  source: TableDefinition,
  target: TableDefinition,
  job: string,
): Buckets {
  const names = Object.keys(target.partitions);
  if (names.length === 0) return { sql: 'CAST(0 AS BIGINT)', valuesOf: () => [], bucketOf: () => 0 };
  if (incremental?.by === 'partition') return bucketsAsRead(source, target, job);
  const { by, field } = incremental ?? { by: undefined, field: undefined };
  if (by === undefined || !identifies(names, by)) {
    throw new PlayheadError(
      'PH_CONFIG_INVALID',
      `job ${job}: ${target.database}.${target.name} is partitioned by ${names.join(', ')}, which ${by === undefined ? 'needs an incremental job' : `does not name each ${by}`}`,
      {
        hint: 'Partition by year, month, day and hour with byHour, by year, month and day (or date) with byDay.',
        details: { job, partitions: names, incremental: incremental ?? null },
      },
    );
  }
  const periodMs = periodsMs[by];
  return {
    field,
    periodMs,
    sql: bucketSql(field, source.record.fields[field], periodMs),
    ...periodsOf(names, periodMs),
  };
}

/** Numbers of periods, and the partition values that name them. */
function periodsOf(names: readonly string[], periodMs: number): Pick<Buckets, 'valuesOf' | 'bucketOf'> {
  return {
    valuesOf: (bucket) => {
      const start = new Date(bucket * periodMs);
      return names.map((name) => partitionParts[name]?.of(start) ?? '');
    },
    bucketOf: bucketOf(names, periodMs),
  };
}

/**
 * One bucket for each partition of the table, into which whole partitions of the input go. Its number is a hash of the
 * values, so that it is the same in every run; values are known of the buckets that were asked for.
 */
function bucketsAsRead(source: TableDefinition, target: TableDefinition, job: string): Buckets {
  const map = partitionMap(source, target, job);
  const known = new Map<number, readonly string[]>();
  const bucketOf = (values: readonly string[]): number => {
    const text = JSON.stringify(values);
    const bucket = Number(hashOf(text) >> 11n);
    const other = known.get(bucket) ?? values;
    if (JSON.stringify(other) !== text) throw new RangeError(`${text} and ${JSON.stringify(other)} are one bucket`);
    known.set(bucket, values);
    return bucket;
  };
  return {
    sql: '_place',
    ofInput: (partition) => bucketOf(map(partition)),
    bucketOf,
    valuesOf: (bucket) => {
      const values = known.get(bucket);
      if (values === undefined) throw new RangeError(`nobody asked for bucket ${bucket}`);
      return values;
    },
  };
}

/** How partition columns tell hours or days apart; undefined where they name no period, or something else besides. */
export function calendarOf(
  names: readonly string[],
): Required<Pick<Buckets, 'periodMs' | 'bucketOf' | 'valuesOf'>> | undefined {
  const by = (['hour', 'day'] as const).find((period) => identifies(names, period));
  return by === undefined ? undefined : { periodMs: periodsMs[by], ...periodsOf(names, periodsMs[by]) };
}

function bucketOf(names: readonly string[], periodMs: number): Buckets['bucketOf'] {
  return (values) => {
    const part = (name: string): string | undefined => values[names.indexOf(name)];
    const date = part('date') ?? part('dt') ?? `${part('year')}-${part('month')}-${part('day')}`;
    return Date.parse(`${date}T${part('hour') ?? '00'}:00:00Z`) / periodMs;
  };
}

/** Whole periods since 1970, of ISO text, an instant or a count since then. */
function bucketSql(name: string, of: Field | undefined, periodMs: number): string {
  const column = sqlIdentifier(name);
  if (of?.type === 'bigint' && of.epoch !== undefined)
    return `CAST(floor(${column} / ${(periodMs * epochUnits[of.epoch]) / 1000}) AS BIGINT)`;
  return `CAST(floor(epoch_ms(TRY_CAST(${column} AS TIMESTAMPTZ)) / ${periodMs}) AS BIGINT)`;
}

/** True where each period has values of its own, and no column is finer than the period. */
function identifies(names: readonly string[], by: 'hour' | 'day'): boolean {
  const known = names.every((name) => partitionParts[name] !== undefined);
  const day =
    names.includes('date') || names.includes('dt') || ['year', 'month', 'day'].every((n) => names.includes(n));
  return known && day && names.includes('hour') === (by === 'hour');
}
