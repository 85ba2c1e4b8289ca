import { byPartition, check, defineRecord, field, onCreated, run, sqlFile, sqlJob, table } from '../../src/index.ts';

const folder = import.meta.dirname;
const { optional } = field;

/** A show of one list on one day. */
const silverShow = defineRecord('silver-show', {
  fields: {
    show_id: field.bigint(),
    title: field.string(),
    original_title: optional(field.string()),
    popularity: field.double(),
    vote_average: field.double(),
    vote_count: field.bigint(),
    first_air_date: optional(field.string()),
    genre_ids: optional(field.list(field.bigint())),
    origin_country: optional(field.list(field.string())),
    poster_path: optional(field.string()),
    backdrop_path: optional(field.string()),
    overview: optional(field.string()),
    original_language: optional(field.string()),
    ingestion_date: field.string(),
    data_type: field.string(),
  },
});

const parquet = { database: 'tally_dev', format: 'parquet', compression: 'snappy' } as const;

export const silverTables = {
  'silver-shows': table({
    ...parquet,
    name: 'silver_shows',
    record: silverShow,
    location: 'silver/shows/',
    partitions: { data_type: 'string', dt: 'string' },
    layout: '{data_type}/dt={dt}/',
  }),
  genres: table({
    ...parquet,
    name: 'genres',
    record: defineRecord('genre', { fields: { genre_id: field.bigint(), name: field.string() } }),
    location: 'silver/genres/',
  }),
};

export const silverJobs = {
  'name-genres': sqlJob({
    from: 'bronze-genres',
    into: 'genres',
    each: { of: 'genres' },
    sql: sqlFile(folder, 'jobs/genres.sql'),
    unique: { key: ['id'], as: ['genre_id'], keep: 'latest', within: 'unlimited' },
  }),
  silver: sqlJob({
    from: 'bronze',
    into: 'silver-shows',
    each: { of: 'results', with: ['_metadata'] },
    sql: sqlFile(folder, 'jobs/silver.sql'),
    incremental: byPartition(),
    unique: { key: ['id'], as: ['show_id'], keep: 'latest' },
    checks: [
      check.row('has_title', "coalesce(nullif(name, ''), original_name, '') <> ''"),
      check.range('popularity', { min: 0 }, { name: 'popularity_not_negative' }),
      check.rejected({ most: 0.1, per: 'partition' }),
    ],
  }),
};

/** As soon as an answer is in the lake; names first, which gold asks for. */
export const silverTriggers = {
  'genres-named': onCreated({ table: 'bronze-genres', run: run('name-genres') }),
  etl: onCreated({ table: 'bronze', run: run('silver') }),
};
