import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { holding } from '../lake/object-store.ts';
import { macroStatements } from '../sql/duckdb/macros/registry.ts';
import { engineError } from '../sql/engine-error.ts';
import { pathColumn } from '../sql/hidden-column.ts';
import type { TranslatedTable, Translation } from '../sql/translation.ts';
import type { Translations } from '../sql/translation-cache.ts';
import type { Archives } from './archives.ts';
import type { FreshOptions, FreshParts } from './fresh.ts';
import { informationSchema, systemView } from './information-schema.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { queryFailure } from './query-failure.ts';
import type { TableRead } from './read-set.ts';
import { fullName, type HotPart, notFresh, readTable, resolveTable } from './read-tables.ts';
import { readViews } from './read-views.ts';
import { type ColumnBytes, enforceScanLimit, type Footers, fileBytes, scanBound } from './scan-bound.ts';
import type { QueryOptions, QueryPorts, QuerySettings } from './settings.ts';
import { tableView } from './table-view.ts';

export interface QueryKernel {
  readonly ports: QueryPorts;
  readonly settings: QuerySettings;
  readonly translations: Translations;
  readonly footers: Footers;
  readonly archives: Archives;
  readonly fresh: FreshParts;
  readonly effects: Effects;
}

/**
 * Translates, takes one snapshot of each table, prunes its partitions and bounds what the query can scan. Throws what
 * the parts do, and PH_SCAN_LIMIT.
 */
export async function prepareQuery(kernel: QueryKernel, source: string, options: QueryOptions): Promise<PreparedQuery> {
  await using held = new AsyncDisposableStack();
  const prepared = await prepareHeld(kernel, source, options, held);
  return { ...prepared, held: held.move() };
}

async function prepareHeld(
  kernel: QueryKernel,
  source: string,
  options: QueryOptions,
  held: AsyncDisposableStack,
): Promise<Omit<PreparedQuery, 'held'>> {
  const { ports, settings, effects } = kernel;
  const lake = holding(ports.lake, held);
  const database = options.database ?? settings.database ?? 'default';
  const translation = await translated(kernel, source, database, options.parameters ?? []);
  await ports.duck.share(macroStatements(translation.macros, 'database'));
  const [system, mentions] = divided(translation.tables);
  const systemViews = await Promise.all(system.map((mention) => systemView(mention, ports.catalog, source)));
  const tables: CatalogTable[] = [];
  for (const mention of mentions) tables.push(await resolveTable(ports.catalog, mention, database, source));
  const behind = tables.length === 0 ? undefined : await ports.registerShared?.(tables.map(fullName));
  const limit = limitOf(options, settings);
  // What a limit is held to, and the path of a row, must not hang on which queries ran before.
  const committedCold = limit !== undefined || translation.columns.includes(pathColumn);
  const hot =
    options.fresh === true ? await hotParts(kernel, tables, { committedCold, held }) : new Map<string, HotPart>();
  await using session = await ports.duck.connect();
  const reads: TableRead[] = [];
  for (const [i, mention] of mentions.entries()) {
    const table = tables[i];
    if (table === undefined) continue;
    const part = hot.get(fullName(table));
    reads.push(await readTable(mention, table, part, { ...ports, lake, session }, settings));
  }
  const wanted = new Set(translation.columns);
  const footers = await footersOf(kernel, session, reads).catch(async (error: unknown) => {
    throw await queryFailure(engineError(error, ''), { reads, source, translation }, effects);
  });
  const bytesOf = fileBytes(wanted, footers);
  const bound = scanBound(reads, bytesOf);
  enforceScanLimit(bound, limit, reads, bytesOf);
  await kernel.archives.check(reads, options.signal);
  const present = new Map([...footers].map(([path, columns]) => [path, new Set(columns.keys())]));
  const queryId = effects.random.uint32().toString(36);
  const views = reads.map((read) => tableView(withRows(read, present), wanted, present, queryId));
  const now = new Date(effects.clock.now()).toISOString();
  return {
    source,
    translation,
    reads,
    bound,
    behind,
    setup: [
      `SET VARIABLE athena_now = TIMESTAMPTZ ${sqlString(now)}`,
      ...views.flatMap(({ statements }) => statements),
      ...systemViews,
    ],
    counters: new Map(views.flatMap(({ counters }) => [...counters])),
  };
}

/** Mentions of what the catalog says of itself, and those of tables. */
function divided(
  tables: readonly TranslatedTable[],
): readonly [readonly TranslatedTable[], readonly TranslatedTable[]] {
  const isSystem = ({ database }: TranslatedTable): boolean => database === informationSchema;
  return [tables.filter(isSystem), tables.filter((mention) => !isSystem(mention))];
}

/** The query with its views' in their place. Which names are views is known once it was read. */
async function translated(
  { ports, translations }: QueryKernel,
  source: string,
  database: string,
  parameters: readonly string[],
): Promise<Translation> {
  const asked = { from: 'athena', to: 'duckdb', ...(parameters.length === 0 ? {} : { parameters }) } as const;
  const plain = await translations.translate(source, asked);
  const views = await readViews(plain, database, ports.catalog, translations);
  return views === undefined ? plain : translations.translate(source, { ...asked, views });
}

/** One part a table, though the query names it twice: both mentions see one snapshot. */
async function hotParts(
  { ports, settings, fresh }: QueryKernel,
  tables: readonly CatalogTable[],
  options: FreshOptions,
): Promise<ReadonlyMap<string, HotPart>> {
  const parts = new Map<string, HotPart>();
  const derived = tables.map(fullName).filter((name) => settings.landings?.has(name) === true);
  if (derived.length > 0) throw notFresh(derived, settings);
  for (const table of tables) {
    const name = fullName(table);
    const subject = settings.deliveries?.find(
      (delivery) => delivery.table !== undefined && fullName(delivery.table) === name,
    );
    if (subject === undefined || parts.has(name)) continue;
    if (ports.stream === undefined)
      throw new PlayheadError('PH_USAGE', '--fresh needs a log, and this profile has none');
    const source = { subject, table, stream: await ports.stream(), directory: ports.duck.temporaryDirectory };
    parts.set(name, await fresh.part(source, ports.lake, options));
  }
  if (parts.size === 0) throw notFresh(tables.map(fullName), settings);
  return parts;
}

async function footersOf(
  { footers }: QueryKernel,
  session: DuckSession,
  reads: readonly TableRead[],
): Promise<ReadonlyMap<string, ColumnBytes>> {
  const paths = reads
    .filter(({ table }) => table.format === 'parquet')
    .flatMap(({ files }) => files.filter(({ hot }) => !hot).map(({ path }) => path));
  return paths.length === 0 ? new Map() : footers.columnBytes(session, [...new Set(paths)]);
}

/** Without the Parquet files that have no rows: they say nothing, not even which columns they have. */
function withRows(read: TableRead, present: ReadonlyMap<string, ReadonlySet<string>>): TableRead {
  if (read.table.format !== 'parquet') return read;
  return { ...read, files: read.files.filter(({ path }) => (present.get(path)?.size ?? 0) > 0) };
}

function limitOf(
  { workgroup }: QueryOptions,
  settings: QuerySettings,
): { readonly workgroup: string; readonly bytes: number } | undefined {
  if (workgroup === undefined) return undefined;
  const definition = settings.workgroups?.[workgroup];
  if (definition === undefined)
    throw new PlayheadError('PH_ADDRESS_UNKNOWN', `there is no workgroup ${workgroup}`, {
      hint: `Workgroups: ${Object.keys(settings.workgroups ?? {}).join(', ') || 'none are defined'}.`,
    });
  return definition.scanLimitBytes === undefined ? undefined : { workgroup, bytes: definition.scanLimitBytes };
}
