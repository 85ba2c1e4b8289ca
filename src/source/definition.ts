import { unknownSettings } from '../base/unknown-settings.ts';

/** A reference table made by a deterministic SELECT; its SQL sees `$rows`, `$seed` and `$as_of`. */
export interface SeedTableSource {
  readonly kind: 'source';
  readonly source: 'seed-table';
  /** Address of the table that it writes, whole. */
  readonly into: string;
  /** DuckDB SQL: reference data is made locally whatever the profile. */
  readonly sql: string;
  readonly sqlPath: string;
  readonly rows: number;
  readonly seed: number;
  /** ISO date that "the last 3 years" counts from; never the wall clock. */
  readonly asOf: string;
}

export function seedTable(settings: {
  into: string;
  sql: { text: string; path: string };
  rows: number;
  seed?: number;
  asOf: string;
}): SeedTableSource {
  return {
    kind: 'source',
    source: 'seed-table',
    into: settings.into,
    sql: settings.sql.text,
    sqlPath: settings.sql.path,
    rows: settings.rows,
    seed: settings.seed ?? 42,
    asOf: settings.asOf,
    ...unknownSettings(settings, ['into', 'sql', 'rows', 'seed', 'asOf']),
  };
}

/** Which columns of a table play which part for the simulator. */
export interface ViewerColumns {
  readonly table: string;
  readonly id: string;
  readonly tier: string;
  readonly country: string;
  readonly timezone: string;
  readonly active: string;
  readonly preferredGenres: string;
  readonly startDate: string;
}
export interface TitleColumns {
  readonly table: string;
  readonly id: string;
  readonly type: string;
  readonly genre: string;
  readonly durationMinutes: string;
  readonly popularity: string;
}

/** Stateful viewing sessions: neutral facts that a pipeline maps to its own fields, as data. */
export interface SessionsSource {
  readonly kind: 'source';
  readonly source: 'sessions';
  /** Address of the stream. */
  readonly into: string;
  readonly viewers: ViewerColumns;
  readonly titles: TitleColumns;
  readonly seed: number;
  /** Events a day, all countries together; each country follows its own local-time curve. */
  readonly eventsPerDay: number;
  /** Record field → session fact (`viewer.id`, `viewer.columns.city`, `playhead.seconds`, `device.os` …). */
  readonly fields: Readonly<Record<string, string>>;
  /** Shares, curves and tails that the pipeline's facts give. */
  readonly model: SessionModel;
}

// biome-ignore lint/suspicious/noEmptyInterface: the simulator's owner fills it
export interface SessionModel {}

export type SourceDefinition = SeedTableSource | SessionsSource;
