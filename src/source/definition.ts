import { unknownSettings } from '../base/unknown-settings.ts';
import type { RestSource } from './rest/definition.ts';
import type { FieldMapping } from './sessions/fields.ts';
import type { SessionModel } from './sessions/model.ts';

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
  /** Address of the table. */
  readonly table: string;
  readonly id: string;
  readonly tier: string;
  readonly country: string;
  /** IANA zone: `Europe/Berlin`. */
  readonly timezone: string;
  /** Boolean: only active viewers watch. */
  readonly active: string;
  /** List of genres. */
  readonly preferredGenres: string;
  /** Newest first, these make the pool `new`. */
  readonly startDate: string;
  /** Last sign of life: latest first, these make the pool `active`. */
  readonly lastActive: string;
}

export interface TitleColumns {
  /** Address of the table. */
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
  /** Events of a weekday, all countries together; each country follows its own local-time curve. */
  readonly eventsPerDay: number;
  /** Record field → session fact, in the order in which the fields are written. */
  readonly fields: FieldMapping;
  /** Shares, curves and tails that the pipeline's facts give. */
  readonly model: SessionModel;
}

export function sessions(settings: {
  into: string;
  viewers: ViewerColumns;
  titles: TitleColumns;
  /** Default 42. */
  seed?: number;
  eventsPerDay: number;
  fields: FieldMapping;
  model: SessionModel;
}): SessionsSource {
  const { into, viewers, titles, eventsPerDay, fields, model } = settings;
  return {
    kind: 'source',
    source: 'sessions',
    into,
    viewers,
    titles,
    seed: settings.seed ?? 42,
    eventsPerDay,
    fields,
    model,
    ...unknownSettings(settings, ['into', 'viewers', 'titles', 'seed', 'eventsPerDay', 'fields', 'model']),
  };
}

export type SourceDefinition = SeedTableSource | SessionsSource | RestSource;

/** Addresses of the tables or the stream that a source writes, each once. */
export function writtenBy(source: SourceDefinition): readonly string[] {
  if (source.source !== 'rest') return [source.into];
  return [...new Set(Object.values(source.endpoints).map(({ into }) => into))];
}
