import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { RecordType } from '../record/type.ts';

const dayMs = 86_400_000;

/** Why records were refused: a field that broke a rule, how often, and the first of them. */
export interface Refusal {
  /** Empty where the rule is of the whole record. */
  readonly path: string;
  readonly rule: string;
  readonly times: number;
  /** What stood there, and in which record. */
  readonly got: string;
  readonly place: string;
}

/** Records of one partition of the input, and those among them that were refused. */
export interface ReadRecords {
  /** Its values, as in a path; empty where the input has no partitions. */
  readonly partition: string;
  readonly records: number;
  readonly rejected: number;
  /** The most frequent ones. */
  readonly reasons: readonly Refusal[];
}

/** What a run made, and what stands beside it, for the checks of tables. */
export interface TableView {
  readonly session: DuckSession;
  readonly record: RecordType;
  /** `database.table`, for samples. */
  readonly name: string;
  readonly periodMs: number | undefined;
  /** Number, by the period, rows and file of each partition that the run made. */
  readonly made: readonly MadeRows[];
  /** Records that the run read, by partition of its input; absent of a run that reads none anew. */
  readonly read?: readonly ReadRecords[];
  /** Partitions of the table that the run leaves as they are. */
  readonly standing: readonly StandingRows[];
  /** The time on the arrival clock of what feeds the table, ms since 1970 UTC. */
  now(): Promise<number>;
  /** When the newest record that was ever read for the table arrived; 0 where no commit says. */
  readonly arrivedMs: number;
  /** The same, before this run; absent of the first. */
  readonly arrivedBeforeMs?: number;
}

export interface MadeRows {
  readonly bucket: number;
  readonly rows: number;
  readonly path: string;
}

export interface StandingRows {
  readonly bucket: number;
  readonly rows: number;
  path(): Promise<string>;
}

/** When a partition begins, UTC: `2025-08-11 10:00`, `2025-08-11` of a day. */
export function startOf(bucket: number, periodMs: number): string {
  const start = new Date(bucket * periodMs).toISOString();
  return periodMs % dayMs === 0 ? start.slice(0, 10) : start.slice(0, 16).replace('T', ' ');
}

/** Partitions of the same hour (or the day) on the days before, made or standing. */
export function sameHour(
  { made, standing, periodMs }: TableView,
  bucket: number,
  days: number,
): readonly StandingRows[] {
  if (periodMs === undefined) return [];
  const perDay = dayMs / periodMs;
  const all = [...standing, ...made.map((own) => ({ ...own, path: async () => own.path }))];
  return all.filter((other) => {
    const before = (bucket - other.bucket) / perDay;
    return Number.isInteger(before) && before > 0 && before <= days;
  });
}

/** The view of a run that made the table's newest partition, though it left it as it is; undefined of an empty table. */
export async function newestAsMade(view: TableView): Promise<TableView | undefined> {
  const [newest, ...others] = view.standing.toSorted((a, b) => b.bucket - a.bucket);
  if (newest === undefined) return undefined;
  const { bucket, rows } = newest;
  return { ...view, made: [{ bucket, rows, path: await newest.path() }], standing: others };
}

/** Rows among which the table's newest are: late records may have been all that the run made. */
export async function newestRows({ made, standing, periodMs }: TableView): Promise<string> {
  const newestMade = made.reduce((most, { bucket }) => Math.max(most, bucket), Number.NEGATIVE_INFINITY);
  // Without a period, partitions are in no order.
  const later = periodMs === undefined ? [] : standing.filter(({ bucket }) => bucket > newestMade);
  const [newest] = later.toSorted((a, b) => b.bucket - a.bucket);
  return parquetRows(
    newest === undefined ? made.map(({ path }) => path) : [await newest.path()],
    'union_by_name = true',
  );
}

/** Rows of the table as a relation, each with the number of its partition, `_bucket`, and whether the run made it, `_made`. */
export interface NearRows {
  readonly sql: string;
  readonly rows: number;
  /** How many partitions apart two rows may lie and still be compared. */
  readonly reach: number;
  /** Number of partitions from the first to the last of them. */
  readonly span: number;
}

/** The rows that the run made, and those of standing partitions within reach of them. */
export async function nearRows({ made, standing, periodMs }: TableView, withinMs: number): Promise<NearRows> {
  const reach = periodMs === undefined ? 0 : Math.ceil(withinMs / periodMs);
  const near = standing.filter(({ bucket }) => made.some((own) => Math.abs(own.bucket - bucket) <= reach));
  const placed = made.map(({ path, bucket }) => ({ path, bucket, made: true }));
  for (const { path, bucket } of near) placed.push({ path: await path(), bucket, made: false });
  const buckets = placed.map(({ bucket }) => bucket).sort((a, b) => a - b);
  const places = placed.map((one) => `(${sqlString(one.path)}, CAST(${one.bucket} AS BIGINT), ${one.made})`);
  const files = parquetRows(
    placed.map(({ path }) => path),
    'union_by_name = true',
    `filename = '_path'`,
  );
  return {
    sql: `(SELECT * EXCLUDE (_path) FROM ${files} JOIN (VALUES ${places.join(', ')}) AS _places(_path, _bucket, _made) USING (_path))`,
    rows: [...made, ...near].reduce((sum, partition) => sum + partition.rows, 0),
    reach,
    span: (buckets.at(-1) ?? 0) - (buckets[0] ?? 0) + 1,
  };
}
