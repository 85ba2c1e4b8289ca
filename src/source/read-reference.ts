import { PlayheadError } from '../base/errors.ts';
import { type DuckSession, sqlIdentifier, sqlString, sqlStringList } from '../duck/duck.ts';
import type { SessionsSource } from './definition.ts';
import { pooledTitles, pooledViewers } from './reference-groups.ts';
import { factsOf } from './sessions/fields.ts';
import { checkReference, type Reference, type Titles, type Viewers, viewerPoolNames } from './sessions/reference.ts';

/** SQL that stands for each reference table in a FROM: `read_parquet([...])`. */
export interface ReferenceRelations {
  readonly viewers: string;
  readonly titles: string;
}

/**
 * Reads all active viewers and all titles, the columns that the simulation needs alone. PH_REFERENCE_MISSING where there
 * are none.
 */
export async function readReference(
  session: DuckSession,
  source: SessionsSource,
  relations: ReferenceRelations,
): Promise<Reference> {
  const titles = await readTitles(session, source, relations.titles);
  const viewers = await readViewers(session, source, relations.viewers, titles.genreNames);
  return checkReference({ viewers, titles });
}

/** Columns that the mapping asks for beyond those with a part of their own. */
export function furtherColumns(source: SessionsSource, table: 'viewer' | 'title'): string[] {
  const start = `${table}.columns.`;
  const named = factsOf(source.fields).filter(({ fact }) => fact.startsWith(start));
  return [...new Set(named.map(({ fact }) => fact.slice(start.length)))];
}

async function readTitles(session: DuckSession, source: SessionsSource, relation: string): Promise<Titles> {
  const { id, type, genre, durationMinutes } = source.titles;
  const name = sqlIdentifier;
  const further = furtherColumns(source, 'title');
  const rows = await columnsOf(
    session,
    `SELECT ${name(id)}, ${name(type)}, ${name(genre)}, CAST(${name(durationMinutes)} * 60 AS INTEGER),
      CAST(popularity_rank - 1 AS INTEGER) ${textColumns(further)}
    FROM (${pooledTitles(source.titles, source.model, relation)}) ORDER BY ${name(id)}`,
    5 + further.length,
  );
  const [ids = [], types = [], genres = [], seconds = [], ranks = [], ...rest] = rows;
  return {
    count: ids.length,
    ids: ids.map(String),
    types: types.map(String),
    genres: genres.map(String),
    genreNames: [...new Set(genres.map(String))].sort(),
    seconds: Int32Array.from(seconds, wholeNumber('duration')),
    ranks: Int32Array.from(ranks, wholeNumber('rank')),
    columns: named(further, rest),
  };
}

async function readViewers(
  session: DuckSession,
  source: SessionsSource,
  relation: string,
  genreNames: readonly string[],
): Promise<Viewers> {
  const { id, tier, country, timezone, preferredGenres } = source.viewers;
  const name = sqlIdentifier;
  const further = furtherColumns(source, 'viewer');
  const pool = `list_position(${sqlStringList(viewerPoolNames)}, pool) - 1`;
  // One bit a genre; genres that no title has are left out.
  const genres = `coalesce(list_sum(list_transform(list_filter(${name(preferredGenres)}, lambda g:
    list_contains(${sqlStringList(genreNames)}, g)), lambda g: 1 << (list_position(${sqlStringList(genreNames)}, g) - 1))), 0)`;
  const rows = await columnsOf(
    session,
    `SELECT ${name(id)}, ${name(tier)}, ${name(country)}, ${name(timezone)}, CAST(${pool} AS INTEGER),
      CAST(${genres} AS INTEGER) ${textColumns(further)}
    FROM (${pooledViewers(source.viewers, source.model, relation)}) ORDER BY ${name(id)}`,
    6 + further.length,
  );
  const [ids = [], tiers = [], countries = [], timezones = [], pools = [], preferred = [], ...rest] = rows;
  return {
    count: ids.length,
    ids: ids.map(String),
    tiers: tiers.map(String),
    countries: countries.map(String),
    timezones: timezones.map(String),
    pools: Uint8Array.from(pools, wholeNumber('pool')),
    preferredGenres: Int32Array.from(preferred, wholeNumber('preferred genres')),
    columns: named(further, rest),
  };
}

function textColumns(names: readonly string[]): string {
  return names.map((name) => `, coalesce(CAST(${sqlIdentifier(name)} AS VARCHAR), ${sqlString('')})`).join('');
}

async function columnsOf(session: DuckSession, sql: string, width: number): Promise<unknown[][]> {
  const columns: unknown[][] = Array.from({ length: width }, () => []);
  for await (const { rows } of session.stream(sql)) {
    for (const row of rows) {
      for (let i = 0; i < width; i += 1) columns[i]?.push(row[i]);
    }
  }
  return columns;
}

function wholeNumber(what: string): (value: unknown) => number {
  return (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value))
      throw new PlayheadError('PH_CONFIG_INVALID', `the ${what} of a reference row is ${String(value)}`);
    return value;
  };
}

function named(names: readonly string[], columns: readonly unknown[][]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name, i) => [name, (columns[i] ?? []).map(String)]));
}
