import { defineRecord, field } from '../../src/index.ts';

/** What the sync adds to every answer. */
const metadata = field.struct({
  ingestion_timestamp: field.string(),
  execution_id: field.string(),
  data_type: field.string(),
  environment: field.string(),
  api_version: field.string(),
  source: field.string(),
});

/** A show as TMDB lists it. Any one of these may be missing from one show. */
const listedShow = field.struct({
  id: field.optional(field.bigint()),
  name: field.optional(field.string()),
  original_name: field.optional(field.string()),
  popularity: field.optional(field.double()),
  vote_average: field.optional(field.double()),
  vote_count: field.optional(field.bigint()),
  first_air_date: field.optional(field.string()),
  genre_ids: field.optional(field.list(field.bigint())),
  origin_country: field.optional(field.list(field.string())),
  poster_path: field.optional(field.string()),
  backdrop_path: field.optional(field.string()),
  overview: field.optional(field.string()),
  original_language: field.optional(field.string()),
  adult: field.optional(field.boolean()),
  media_type: field.optional(field.string()),
});

/** A page of shows: one answer, one row of bronze. */
export const showsPage = defineRecord('shows-page', {
  fields: {
    page: field.bigint(),
    results: field.list(listedShow),
    total_pages: field.bigint(),
    total_results: field.bigint(),
    _metadata: metadata,
  },
});

/** The list of genres: one answer, one row. */
export const genresPage = defineRecord('genres-page', {
  fields: {
    genres: field.list(field.struct({ id: field.bigint(), name: field.string() })),
    _metadata: metadata,
  },
});
