import { inverseNormal } from './inverse-normal.ts';
import type { SessionModel } from './model.ts';
import { type Titles, titlePoolNames } from './reference.ts';
import type { SessionRandom } from './session-random.ts';
import { WeightedChoice } from './weighted-choice.ts';

/** Draws a session's title: a pool, then most often one of the viewer's genres, then by popularity. */
export class TitleChoice {
  /** Chance of each title, over all viewers as far as their genres even out. */
  readonly chances: Float64Array;
  readonly #pools: WeightedChoice;
  readonly #all: readonly (WeightedChoice | undefined)[];
  readonly #byGenre: readonly (readonly (WeightedChoice | undefined)[])[];
  readonly #preferred: number;
  /** By title. */
  readonly #genres: Uint8Array;

  /** `minutesOf` is the mean minutes that a session of a title plays: popularity is in hours, draws are of sessions. */
  constructor(titles: Titles, model: SessionModel, minutesOf: (title: number) => number) {
    const weights = Float64Array.from(
      { length: titles.count },
      (_, title) => hoursOfRank(titles.ranks[title] ?? 0, titles.count, model.popularitySigma) / minutesOf(title),
    );
    const pools = poolsOf(titles, model);
    const shelf = (of: (title: number) => boolean): WeightedChoice | undefined => {
      const chosen = Array.from({ length: titles.count }, (_, title) => title).filter(of);
      if (chosen.length === 0) return undefined;
      return new WeightedChoice(
        chosen.map((title) => weights[title] ?? 0),
        chosen,
      );
    };
    this.#all = titlePoolNames.map((_, pool) => shelf((title) => pools[title] === pool));
    this.#byGenre = titlePoolNames.map((_, pool) =>
      titles.genreNames.map((genre) => shelf((title) => pools[title] === pool && titles.genres[title] === genre)),
    );
    const poolWeights = titlePoolNames.map((name, pool) =>
      this.#all[pool] === undefined ? 0 : model.titlePools[name].weight,
    );
    this.#pools = new WeightedChoice(poolWeights);
    this.#preferred = model.preferredGenre;
    this.#genres = Uint8Array.from(titles.genres, (genre) => titles.genreNames.indexOf(genre));
    this.chances = chancesOf(weights, pools, poolWeights);
  }

  draw(random: SessionRandom, preferredGenres: number): number {
    const pool = this.#pools.draw(random);
    const preferred = random.chance(this.#preferred);
    const wanted = preferred ? nthGenre(preferredGenres, random.float()) : -1;
    const shelf = this.#byGenre[pool]?.[wanted] ?? this.#all[pool];
    if (shelf === undefined) return 0;
    let title = shelf.draw(random);
    // The rest are of other genres, as often as those are watched; who likes everything gets what comes.
    for (let tries = 0; !preferred && tries < 16 && this.#isOf(title, preferredGenres); tries += 1)
      title = shelf.draw(random);
    return title;
  }

  #isOf(title: number, genres: number): boolean {
    return ((genres >> (this.#genres[title] ?? 0)) & 1) === 1;
  }
}

/** Hours of the title at a rank, as the lognormal's quantile at the middle of its place. */
function hoursOfRank(rank: number, count: number, sigma: number): number {
  return Math.exp(sigma * inverseNormal(1 - (rank + 0.5) / count));
}

function poolsOf(titles: Titles, model: SessionModel): Uint8Array {
  const { popular, regular } = model.titlePools;
  return Uint8Array.from(titles.ranks, (rank) => {
    const place = rank / titles.count;
    if (place < popular.share) return 0;
    return place < popular.share + regular.share ? 1 : 2;
  });
}

function chancesOf(weights: Float64Array, pools: Uint8Array, poolWeights: readonly number[]): Float64Array {
  const totals = new Float64Array(poolWeights.length);
  weights.forEach((weight, title) => {
    const pool = pools[title] ?? 0;
    totals[pool] = (totals[pool] ?? 0) + weight;
  });
  const sum = poolWeights.reduce((all, each) => all + each, 0);
  return weights.map((weight, title) => {
    const pool = pools[title] ?? 0;
    return ((poolWeights[pool] ?? 0) / sum) * (weight / (totals[pool] ?? 1));
  });
}

/** One of the genres set in the mask, each as likely; -1 for an empty mask. */
function nthGenre(mask: number, unit: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  let skip = Math.floor(unit * count);
  let rest = mask;
  for (; skip > 0; skip -= 1) rest &= rest - 1;
  return rest === 0 ? -1 : 31 - Math.clz32(rest & -rest);
}
