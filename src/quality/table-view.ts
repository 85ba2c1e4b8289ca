import type { DuckSession } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { RecordType } from '../record/type.ts';

/** What a run made, and what stands beside it, for the checks of tables. */
export interface TableView {
  readonly session: DuckSession;
  readonly record: RecordType;
  /** `database.table`, for samples. */
  readonly name: string;
  readonly periodMs: number | undefined;
  /** Number, by the period, rows and file of each partition that the run made. */
  readonly made: readonly MadeRows[];
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

/** Partitions of the same hour (or the day) on the days before, made or standing. */
export function sameHour(
  { made, standing, periodMs }: TableView,
  bucket: number,
  days: number,
): readonly StandingRows[] {
  if (periodMs === undefined) return [];
  const perDay = 86_400_000 / periodMs;
  const all = [...standing, ...made.map((own) => ({ ...own, path: async () => own.path }))];
  return all.filter((other) => {
    const before = (bucket - other.bucket) / perDay;
    return Number.isInteger(before) && before > 0 && before <= days;
  });
}

/** Rows among which the table's newest are: late records may have been all that the run made. */
export async function newestRows({ made, standing, periodMs }: TableView): Promise<string> {
  const newestMade = made.reduce((most, { bucket }) => Math.max(most, bucket), Number.NEGATIVE_INFINITY);
  // Without a period, partitions are in no order.
  const later = periodMs === undefined ? [] : standing.filter(({ bucket }) => bucket > newestMade);
  const [newest] = later.toSorted((a, b) => b.bucket - a.bucket);
  return parquet(newest === undefined ? made.map(({ path }) => path) : [await newest.path()]);
}

/** The rows that the run made, and those of standing partitions within reach of them; `_made` tells them apart. */
export async function nearRows(
  { made, standing, periodMs }: TableView,
  withinMs: number,
): Promise<{ readonly sql: string; readonly rows: number }> {
  const reach = periodMs === undefined ? 0 : Math.ceil(withinMs / periodMs);
  const near = standing.filter(({ bucket }) => made.some((own) => Math.abs(own.bucket - bucket) <= reach));
  const parts = [`SELECT *, true AS _made FROM ${parquet(made.map(({ path }) => path))}`];
  if (near.length > 0) {
    const paths = await Promise.all(near.map(({ path }) => path()));
    parts.push(`SELECT *, false AS _made FROM ${parquet(paths)}`);
  }
  const rows = [...made, ...near].reduce((sum, partition) => sum + partition.rows, 0);
  return { sql: `(${parts.join(' UNION ALL BY NAME ')})`, rows };
}

function parquet(paths: readonly string[]): string {
  return parquetRows(paths, 'union_by_name = true');
}
