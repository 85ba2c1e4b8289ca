import { defineRecord, field, sqlFile, sqlJob, table } from '../../src/index.ts';

const folder = import.meta.dirname;
const { optional } = field;
const daily = { database: 'tally_dev', format: 'parquet', partitions: { dt: 'string' } } as const;

export const goldTables = {
  'gold-popularity': table({
    ...daily,
    name: 'gold_popularity',
    record: defineRecord('show-popularity', {
      fields: {
        show_id: field.bigint(),
        title: field.string(),
        popularity: field.double(),
        popularity_rank: field.bigint(),
        change_1d: optional(field.double()),
        change_7d: optional(field.double()),
        trend_7d: optional(field.double()),
      },
    }),
    location: 'gold/popularity/',
  }),
  'gold-genres': table({
    ...daily,
    name: 'gold_genres',
    record: defineRecord('genre-day', {
      fields: {
        genre_id: field.bigint(),
        genre: field.string(),
        shows: field.bigint(),
        avg_popularity: field.double(),
        avg_rating: field.double(),
        votes: field.bigint(),
        share: field.double(),
      },
    }),
    location: 'gold/genres/',
  }),
};

/** A day changes what the seven after it compare with. */
export const goldJobs = {
  'popularity-trends': sqlJob({
    from: 'silver-shows',
    into: 'gold-popularity',
    sql: sqlFile(folder, 'jobs/gold-popularity.sql'),
    rows: 'aggregate',
    daysBefore: 7,
  }),
  'genre-analytics': sqlJob({
    from: 'silver-shows',
    into: 'gold-genres',
    sql: sqlFile(folder, 'jobs/gold-genres.sql'),
    rows: 'aggregate',
    lookUps: ['genres'],
  }),
};
