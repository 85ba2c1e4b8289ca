import { restSource, seconds, table } from '../../src/index.ts';
import { genresPage, showsPage } from './record.ts';

/** What the names of buckets, tables and metrics end in. */
export const environment = 'dev';

/** Fields of a show without which TMDB has changed, though a show may lack any of them. */
const shownOfEachPage = ['id', 'name', 'popularity', 'vote_average', 'vote_count', 'genre_ids', 'original_language'];

const listOfShows = {
  into: 'bronze',
  records: 'results',
  pages: { by: 'number', parameter: 'page', number: 'page', total: 'total_pages' },
  maxPages: 5,
  expects: shownOfEachPage,
} as const;

/** Every list of shows that is taken. One more is one entry: `on_the_air: shows('/tv/on_the_air')`. */
export function shows(path: string) {
  return { path, ...listOfShows };
}

/** TMDB, version 3. The key is in the environment; without one, `playhead demo` shows the same against a stand-in. */
export const tmdb = restSource({
  baseUrl: { env: 'TMDB_BASE_URL', otherwise: 'https://api.themoviedb.org/3' },
  auth: { query: 'api_key', secret: { env: 'TMDB_API_KEY' } },
  timeout: seconds(30),
  retries: { times: 3, backoff: 2, statuses: [429, 500, 502, 503, 504] },
  requestsPerSecond: 40,
  errorFields: ['status_code', 'status_message'],
  endpoints: {
    popular_shows: shows('/tv/popular'),
    trending_shows: shows('/trending/tv/week'),
    airing_today: shows('/tv/airing_today'),
    genres: { path: '/genre/tv/list', into: 'bronze-genres', records: 'genres' },
  },
  contract: 'evolve',
  values: { data_type: '{endpoint}', dt: '{date}' },
  objectName: { first: '{execution_id}.json', further: '{execution_id}-p{page}.json' },
  metadata: {
    ingestion_timestamp: '{time}',
    execution_id: '{execution_id}',
    data_type: '{data_type}',
    environment,
    api_version: '3',
    source: 'tmdb',
  },
});

/** Answers as they came, by what they list and by day. */
export const bronze = table({
  database: 'tally_dev',
  name: 'bronze_shows',
  record: showsPage,
  location: 'bronze/tmdb/shows/',
  format: 'json',
  partitions: { data_type: 'string', dt: 'string' },
  layout: '{data_type}/dt={dt}/',
});

export const bronzeGenres = table({
  database: 'tally_dev',
  name: 'bronze_genres',
  record: genresPage,
  location: 'bronze/tmdb/genres/',
  format: 'json',
  partitions: { dt: 'string' },
});
