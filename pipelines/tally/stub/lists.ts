import { drawn, type MadeUpShow, madeUpShow } from './made-up-shows.ts';

/** Shows that there are. */
const shows = 240;
const perPage = 20;

/** A list that the API offers: which shows are on it on a day, in what order, and what an entry has besides. */
interface ShowList {
  readonly of: (seed: number, day: number) => readonly MadeUpShow[];
  readonly besides?: Readonly<Record<string, unknown>>;
}

const all = (seed: number, day: number): readonly MadeUpShow[] =>
  Array.from({ length: shows }, (_, n) => madeUpShow(seed, n, day));

const byPopularity = (list: readonly MadeUpShow[]): readonly MadeUpShow[] =>
  list.toSorted((a, b) => b.popularity - a.popularity);

const airsOn = (seed: number, { name }: MadeUpShow, day: number, days: number): boolean =>
  (day + Math.floor(drawn(seed, name, 'slot') * 7)) % 7 < days;

export const showLists: Readonly<Record<string, ShowList>> = {
  '/tv/popular': { of: (seed, day) => byPopularity(all(seed, day)) },
  '/trending/tv/week': {
    of: (seed, day) => {
      const before = new Map(all(seed, day - 7).map(({ id, popularity }) => [id, popularity]));
      const rise = ({ id, popularity }: MadeUpShow): number => popularity / (before.get(id) ?? popularity);
      return all(seed, day).toSorted((a, b) => rise(b) - rise(a));
    },
    besides: { adult: false, media_type: 'tv' },
  },
  '/tv/airing_today': {
    of: (seed, day) => byPopularity(all(seed, day)).filter((show) => airsOn(seed, show, day, 1)),
  },
  '/tv/on_the_air': {
    of: (seed, day) => byPopularity(all(seed, day)).filter((show) => airsOn(seed, show, day, 3)),
  },
};

/** A page as TMDB answers it, `day` counted since 1970. With the faults that its records have now and then. */
export function showsPageOf(list: ShowList, seed: number, day: number, page: number): Record<string, unknown> {
  const listed = list.of(seed, day);
  const results = listed
    .slice((page - 1) * perPage, page * perPage)
    .map((show, i) => ({ ...list.besides, ...spoiled(show, page, i, day) }));
  // A list that moves while it is read shows an entry twice.
  const [first] = results;
  if (page === 1 && day % 3 === 0 && first !== undefined) results.splice(1, 0, first);
  return { page, results, total_pages: Math.ceil(listed.length / perPage), total_results: listed.length };
}

/** One in a hundred lacks what it should have. */
function spoiled(show: MadeUpShow, page: number, i: number, day: number): Partial<MadeUpShow> {
  if (page !== 2 || i !== day % perPage) return show;
  const { vote_count: _, ...withoutVotes } = show;
  const faults: readonly Partial<MadeUpShow>[] = [
    { ...show, id: null },
    { ...show, name: '', original_name: '' },
    { ...show, popularity: -1 },
    { ...show, name: '' },
    withoutVotes,
  ];
  return faults[day % faults.length] ?? show;
}
