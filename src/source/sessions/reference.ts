import { PlayheadError } from '../../base/errors.ts';
import { hashText, mix32 } from './session-random.ts';

export const viewerPoolNames = ['active', 'regular', 'new'] as const;
export type ViewerPool = (typeof viewerPoolNames)[number];
export const titlePoolNames = ['popular', 'regular', 'niche'] as const;
export type TitlePool = (typeof titlePoolNames)[number];

/** The active viewers, column by column, in a fixed order: a viewer's place in it is its number. */
export interface Viewers {
  readonly count: number;
  readonly ids: readonly string[];
  readonly tiers: readonly string[];
  readonly countries: readonly string[];
  readonly timezones: readonly string[];
  /** Index into `viewerPoolNames`. */
  readonly pools: Uint8Array;
  /** Bit i: prefers genre i of the titles' `genreNames`. */
  readonly preferredGenres: Int32Array;
  /** Further columns that a mapping names, as text. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

/** All titles, column by column, in a fixed order. */
export interface Titles {
  readonly count: number;
  readonly ids: readonly string[];
  readonly types: readonly string[];
  readonly genres: readonly string[];
  /** At most 31, sorted. */
  readonly genreNames: readonly string[];
  readonly seconds: Int32Array;
  /** 0 for the most popular. */
  readonly ranks: Int32Array;
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

export interface Reference {
  readonly viewers: Viewers;
  readonly titles: Titles;
}

/** One word that differs when the reference data does: other viewers or titles make other sessions. */
export function fingerprint({ viewers, titles }: Reference): number {
  let word = mix32(viewers.count) ^ mix32(titles.count + 1);
  for (let i = 0; i < viewers.count; i += 1)
    word = mix32(word + hashText(viewers.ids[i] ?? '') + (viewers.pools[i] ?? 0) + (viewers.preferredGenres[i] ?? 0));
  for (let i = 0; i < titles.count; i += 1)
    word = mix32(word + hashText(titles.ids[i] ?? '') + (titles.seconds[i] ?? 0) + (titles.ranks[i] ?? 0));
  return word >>> 0;
}

/** Throws PH_REFERENCE_MISSING where there is no viewer or no title to draw from: ids are never invented. */
export function checkReference(reference: Reference): Reference {
  const { viewers, titles } = reference;
  if (viewers.count === 0) throw new PlayheadError('PH_REFERENCE_MISSING', 'the viewers table has no active viewer');
  if (titles.count === 0) throw new PlayheadError('PH_REFERENCE_MISSING', 'the titles table has no title');
  if (viewers.count > 2 ** 24)
    throw new PlayheadError('PH_CONFIG_INVALID', `${viewers.count} viewers: at most 16,777,216`);
  if (titles.genreNames.length > 31)
    throw new PlayheadError('PH_CONFIG_INVALID', `the titles have ${titles.genreNames.length} genres: at most 31`);
  return reference;
}
