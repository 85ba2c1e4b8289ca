/** Shows that nobody made, in the shape in which TMDB lists them: the same ones for a seed, and the same figures for a day. */
export interface MadeUpShow {
  readonly id: number | null;
  readonly name: string;
  readonly original_name: string;
  readonly popularity: number;
  readonly vote_average: number;
  readonly vote_count?: number;
  readonly first_air_date: string;
  readonly genre_ids: readonly number[];
  readonly origin_country: readonly string[];
  readonly original_language: string;
  readonly overview: string;
  readonly poster_path: string | null;
  readonly backdrop_path: string | null;
}

/** TMDB's genres of television. */
export const genres = [
  { id: 10759, name: 'Action & Adventure' },
  { id: 16, name: 'Animation' },
  { id: 35, name: 'Comedy' },
  { id: 80, name: 'Crime' },
  { id: 99, name: 'Documentary' },
  { id: 18, name: 'Drama' },
  { id: 10751, name: 'Family' },
  { id: 10762, name: 'Kids' },
  { id: 9648, name: 'Mystery' },
  { id: 10763, name: 'News' },
  { id: 10764, name: 'Reality' },
  { id: 10765, name: 'Sci-Fi & Fantasy' },
  { id: 10766, name: 'Soap' },
  { id: 10767, name: 'Talk' },
  { id: 10768, name: 'War & Politics' },
  { id: 37, name: 'Western' },
] as const;

const firstId = 9_000_001;
const dayMs = 86_400_000;

const origins = [
  ['en', ['US']],
  ['en', ['GB']],
  ['en', ['US', 'CA']],
  ['de', ['DE']],
  ['fr', ['FR', 'BE']],
  ['ja', ['JP']],
  ['ko', ['KR']],
  ['es', ['ES']],
  ['pt', ['BR']],
  ['en', []],
] as const;

const qualities = ['Silent', 'Borrowed', 'Northern', 'Paper', 'Second', 'Hollow', 'Bright', 'Last', 'Open', 'Copper'];
const things = [
  'Harbour',
  'Orchard',
  'Ledger',
  'Signal',
  'Garden',
  'Province',
  'Lantern',
  'Verdict',
  'Station',
  'Tide',
];
const ends = ['', ' Road', ' House', ' Club', ' Diaries', ' Line'];

/** A number in [0, 1) that is the same for the same words, FNV-1a with a last mix. */
export function drawn(...words: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of words.join('/')) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

function pick<T>(from: readonly T[], ...words: readonly (string | number)[]): T {
  const picked = from[Math.floor(drawn(...words) * from.length)];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
}

/** The `n`th show as it stands on a day, counted since 1970. Its popularity drifts over weeks, and jumps on some days. */
export function madeUpShow(seed: number, n: number, day: number): MadeUpShow {
  const is = (...words: readonly (string | number)[]): number => drawn(seed, n, ...words);
  const [language, countries] = pick(origins, seed, n, 'origin');
  const name = `${pick(qualities, seed, n, 'quality')} ${pick(things, seed, n, 'thing')}${pick(ends, seed, n, 'end')}`;
  const drift = Math.sin(((day + is('phase') * 90) / 90) * 2 * Math.PI) * 0.4;
  const jump = is('jump', day) > 0.97 ? 1.5 : 0;
  const popularity = 400 * (1 - is('rank')) ** 3 * Math.exp(drift + jump + is('noise', day) * 0.1) + 1;
  const genresOf = new Set([pick(genres, seed, n, 'genre').id, pick(genres, seed, n, 'second').id]);
  return {
    id: firstId + n,
    name,
    original_name: language === 'en' ? name : `${name} (${language})`,
    popularity: Math.round(popularity * 1000) / 1000,
    vote_average: Math.round((4 + is('votes') * 5.5) * 10) / 10,
    vote_count: Math.floor(is('count') ** 2 * 4000) + (day % 1000),
    first_air_date: new Date(Date.UTC(1990, 0, 1) + Math.floor(is('start') * 12_000) * dayMs)
      .toISOString()
      .slice(0, 10),
    genre_ids: [...genresOf],
    origin_country: [...countries],
    original_language: language,
    overview: `A made-up show about a ${name.toLowerCase()}.`,
    poster_path: is('poster') > 0.05 ? `/made-up/${firstId + n}-poster.jpg` : null,
    backdrop_path: is('backdrop') > 0.1 ? `/made-up/${firstId + n}-backdrop.jpg` : null,
  };
}
