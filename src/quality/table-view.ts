import type { DuckSession } from '../duck/duck.ts';
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
  readonly nowMs: number;
  /** When the newest record that the run read arrived. */
  readonly arrivedMs: number;
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
