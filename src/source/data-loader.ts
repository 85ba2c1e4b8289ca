import { createHash } from 'node:crypto';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { type ObjectStore, readAll } from '../lake/object-store.ts';
import type { SqlValue } from '../sql/engine.ts';
import type { SessionsSource } from './definition.ts';
import { furtherColumns } from './read-reference.ts';
import { pooledTitles, pooledViewers } from './reference-groups.ts';
import { type ReferenceTable, referenceMissing } from './reference-relations.ts';
import { type TitlePool, titlePoolNames, type ViewerPool, viewerPoolNames } from './sessions/reference.ts';

/** A title of the loader's choice; `columns` are the further ones that the mapping names. */
export interface LoadedTitle {
  readonly id: string;
  readonly type: string;
  readonly genre: string;
  readonly durationMinutes: number;
  /** 1 for the most popular of all titles. */
  readonly rank: number;
  readonly columns: Readonly<Record<string, string>>;
}

export interface LoadedViewer {
  readonly id: string;
  readonly tier: string;
  readonly country: string;
  readonly timezone: string;
  readonly preferredGenres: readonly string[];
  readonly columns: Readonly<Record<string, string>>;
}

/** A bounded choice of the reference data, in groups by quantile: real ids to make a few records with. */
export interface ReferenceData {
  readonly titles: Readonly<Record<TitlePool, readonly LoadedTitle[]>>;
  readonly viewers: Readonly<Record<ViewerPool, readonly LoadedViewer[]>>;
}

export interface LoadedReference {
  readonly data: ReferenceData;
  /** Whether the cache was used, and since when it holds what it holds. */
  readonly fromCache: boolean;
  readonly loadedAtMs: number;
}

export interface DataLoaderSettings {
  readonly definition: SessionsSource;
  readonly viewers: ReferenceTable;
  readonly titles: ReferenceTable;
  /** Object in the lake. Default `cache/reference-data.json`. */
  readonly cacheKey?: string;
  /** How long the cache is good for; default one hour. */
  readonly cacheMs?: number;
  readonly forceRefresh?: boolean;
}

/** Runs SQL in Athena's dialect and gives the rows: the query engine, whichever it is. */
export type RunSql = (sql: string) => Promise<readonly (readonly SqlValue[])[]>;

interface CachedReference {
  readonly inputs: string;
  readonly loadedAtMs: number;
  readonly data: ReferenceData;
}

/**
 * Chooses and groups titles (popular, regular, niche) and active viewers (active, regular, new) through the query
 * engine, at most the model's caps of each, and keeps them in the lake's cache. Ids are never invented:
 * PH_REFERENCE_MISSING, with the command that makes the tables, where there is nothing to choose from.
 */
export async function loadReferenceData(
  settings: DataLoaderSettings,
  runSql: RunSql,
  store: ObjectStore,
  effects: Effects,
): Promise<LoadedReference> {
  const cacheKey = settings.cacheKey ?? 'cache/reference-data.json';
  const queries = { titles: titlesSql(settings), viewers: viewersSql(settings) };
  const inputs = createHash('sha256').update(JSON.stringify(queries)).digest('hex');
  const nowMs = effects.clock.now();
  if (settings.forceRefresh !== true) {
    const cached = await readCache(store, cacheKey);
    const ageMs = nowMs - (cached?.loadedAtMs ?? 0);
    // A cache from the future was written before the clock jumped back: nobody knows how old it is.
    if (cached?.inputs === inputs && ageMs >= 0 && ageMs < (settings.cacheMs ?? 3_600_000)) {
      effects.log.log('info', 'reference data from the cache', { cacheKey, ageMs });
      return { data: cached.data, fromCache: true, loadedAtMs: cached.loadedAtMs };
    }
  }
  const found = {
    titles: await rowsOf(runSql, queries.titles),
    viewers: await rowsOf(runSql, queries.viewers),
  };
  const missing = (['titles', 'viewers'] as const).filter((name) => found[name].length === 0);
  if (missing.length > 0) throw referenceMissing(missing.map((name) => settings[name]));
  const titles = found.titles.map((row) => loadedTitle(row, settings));
  const viewers = found.viewers.map((row) => loadedViewer(row, settings));
  const data: ReferenceData = { titles: grouped(titlePoolNames, titles), viewers: grouped(viewerPoolNames, viewers) };
  const cached: CachedReference = { inputs, loadedAtMs: nowMs, data };
  await store.put(cacheKey, Buffer.from(JSON.stringify(cached)));
  effects.log.log('info', 'reference data loaded', { cacheKey, titles: titles.length, viewers: viewers.length });
  return { data, fromCache: false, loadedAtMs: nowMs };
}

/** Undefined where there is none, or what is there is not a cache of ours: it is made anew then. */
async function readCache(store: ObjectStore, key: string): Promise<CachedReference | undefined> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from((await readAll(store, key)).bytes).toString());
    const cached = parsed as CachedReference; // `inputs` is compared with a digest: nothing else has it
    return typeof cached?.inputs === 'string' ? cached : undefined;
  } catch (error) {
    if (isPlayheadError(error, 'PH_OBJECT_MISSING') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** None where the table is not there. */
async function rowsOf(runSql: RunSql, sql: string): Promise<readonly (readonly SqlValue[])[]> {
  try {
    return await runSql(sql);
  } catch (error) {
    const missing = isPlayheadError(error, 'PH_TABLE_UNKNOWN') || isPlayheadError(error, 'PH_DATABASE_UNKNOWN');
    if (!missing) throw error;
    return [];
  }
}

const titlesSql = ({ definition, titles }: DataLoaderSettings): string => {
  const { id, type, genre, durationMinutes } = definition.titles;
  const further = furtherColumns(definition, 'title');
  const pools = pooledTitles(definition.titles, definition.model, tableName(titles));
  return cappedSql({
    columns: [id, type, genre, durationMinutes, 'popularity_rank', ...further],
    pools,
    order: 'popularity_rank',
    caps: definition.model.titlePools,
  });
};

const viewersSql = ({ definition, viewers }: DataLoaderSettings): string => {
  const { id, tier, country, timezone, preferredGenres } = definition.viewers;
  const further = furtherColumns(definition, 'viewer');
  const pools = pooledViewers(definition.viewers, definition.model, tableName(viewers));
  return cappedSql({
    columns: [id, tier, country, timezone, preferredGenres, ...further],
    pools,
    order: 'pool_rank',
    caps: definition.model.viewerPools,
  });
};

function cappedSql(choice: {
  readonly columns: readonly string[];
  readonly pools: string;
  readonly order: string;
  readonly caps: Readonly<Record<string, { readonly cap: number }>>;
}): string {
  const caps = Object.entries(choice.caps).map(([pool, { cap }]) => `WHEN pool = ${sqlString(pool)} THEN ${cap}`);
  return `SELECT pool, ${choice.columns.map(sqlIdentifier).join(', ')}
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY pool ORDER BY ${choice.order}) AS place
  FROM (${choice.pools}) pooled
) placed
WHERE place <= CASE ${caps.join(' ')} ELSE 0 END
ORDER BY pool, place`;
}

function tableName({ table }: ReferenceTable): string {
  return `${table.database}.${table.name}`;
}

type Pooled<T> = { readonly pool: string } & T;

function loadedTitle(row: readonly SqlValue[], { definition }: DataLoaderSettings): Pooled<LoadedTitle> {
  const [pool, id, type, genre, minutes, rank, ...further] = row;
  return {
    pool: String(pool),
    id: String(id),
    type: String(type),
    genre: String(genre),
    durationMinutes: Number(minutes),
    rank: Number(rank),
    columns: namedTexts(furtherColumns(definition, 'title'), further),
  };
}

function loadedViewer(row: readonly SqlValue[], { definition }: DataLoaderSettings): Pooled<LoadedViewer> {
  const [pool, id, tier, country, timezone, genres, ...further] = row;
  if (!Array.isArray(genres))
    throw new PlayheadError(
      'PH_CONFIG_INVALID',
      `the column ${definition.viewers.preferredGenres} of ${definition.viewers.table} is no list`,
    );
  return {
    pool: String(pool),
    id: String(id),
    tier: String(tier),
    country: String(country),
    timezone: String(timezone),
    preferredGenres: genres.map(String),
    columns: namedTexts(furtherColumns(definition, 'viewer'), further),
  };
}

function namedTexts(names: readonly string[], values: readonly SqlValue[]): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] === null ? '' : String(values[i])]));
}

function grouped<P extends string, T>(pools: readonly P[], rows: readonly Pooled<T>[]): Record<P, readonly T[]> {
  const groups = {} as Record<P, readonly T[]>; // filled just below, one entry for each name
  for (const name of pools) groups[name] = rows.filter(({ pool }) => pool === name);
  return groups;
}
