import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { either, suggestion } from '../base/nearest.ts';
import type { Catalog, CatalogTable } from '../catalog/catalog.ts';
import { isHidden } from '../catalog/partition-value.ts';
import type { DuckSession } from '../duck/duck.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import { sqlError } from '../sql/source-position.ts';
import type { TranslatedTable } from '../sql/translation.ts';
import { versionFile } from '../table/retained.ts';
import { snapshot } from '../table/snapshot.ts';
import { prunePartitions } from './prune.ts';
import type { ReadFile, TableRead } from './read-set.ts';
import type { QuerySettings } from './settings.ts';

/** The table that a mention names. PH_TABLE_UNKNOWN and PH_DATABASE_UNKNOWN at its place in the user's SQL. */
export async function resolveTable(
  catalog: Catalog,
  mention: TranslatedTable,
  database: string,
  source: string,
): Promise<CatalogTable> {
  const owner = (mention.database ?? database).toLowerCase();
  const databases = await catalog.databases();
  if (!databases.includes(owner)) {
    const hint =
      databases.length === 0
        ? 'Nothing is applied here yet: the first command that writes (run, produce, deliver, demo) makes what is defined.'
        : ((await elsewhere(catalog, mention, databases)) ?? suggestion(owner, databases));
    throw sqlError(
      'PH_DATABASE_UNKNOWN',
      `there is no database ${owner}`,
      source,
      mention.at,
      hint === '' ? {} : { hint },
    );
  }
  const table = await catalog.table(owner, mention.name);
  if (table !== undefined) return table;
  const names = [...(await catalog.tables(owner)), ...(await catalog.views(owner))].map(({ name }) => name);
  const hint =
    (await elsewhere(catalog, mention, databases)) ??
    (suggestion(mention.name, names) || `the database ${owner} has no tables`);
  throw sqlError('PH_TABLE_UNKNOWN', `there is no table ${owner}.${mention.name}`, source, mention.at, { hint });
}

/** How to write a table's name with a database that has it. */
async function elsewhere(
  catalog: Catalog,
  { name }: TranslatedTable,
  databases: readonly string[],
): Promise<string | undefined> {
  const found: string[] = [];
  for (const database of databases)
    if ((await catalog.table(database, name)) !== undefined || (await catalog.view(database, name)) !== undefined)
      found.push(`${database}.${name}`);
  return found.length === 0 ? undefined : `There is ${either(found)}: write the database in front, FROM ${found[0]}.`;
}

export const fullName = (table: Pick<CatalogTable, 'database' | 'name'>): string => `${table.database}.${table.name}`;

/** An object that may be read, before it is known where DuckDB finds it. */
interface Candidate {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly partition: readonly string[];
}

export interface ReadPorts {
  readonly catalog: Catalog;
  readonly lake: ObjectStore;
  readonly session: DuckSession;
}

/** What a fresh query adds to a table: files of the log's records, taken together with the snapshot. */
export interface HotPart {
  readonly objects: readonly Candidate[];
  readonly files: readonly ReadFile[];
}

/** The files of one mention: exactly what the commits name, or what lies under the partitions' locations. */
export async function readTable(
  mention: TranslatedTable,
  table: CatalogTable,
  hot: HotPart | undefined,
  ports: ReadPorts,
  settings: QuerySettings,
): Promise<TableRead> {
  const { catalog, lake, session } = ports;
  const prune = (partitions: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> =>
    prunePartitions(session, table, partitions, mention.filter);
  const known = await catalog.partitions(table.database, table.name);
  const partitions = distinct([
    ...known.map(({ values }) => values),
    ...(hot?.files ?? []).map((file) => file.partition),
  ]);
  const kept = await prune(partitions);
  const isKept = new Set(kept.map(keyOf));
  const inKept = (partition: readonly string[]): boolean =>
    table.partitionKeys.length === 0 || isKept.has(keyOf(partition));
  const isCommitted = table.series !== undefined || settings.committed?.has(fullName(table)) === true;
  let isListed = false;
  let objects: readonly Candidate[] = hot?.objects.filter((object) => inKept(object.partition)) ?? [];
  if (hot === undefined) {
    const restricted = kept.length < partitions.length ? { partitions: kept } : {};
    objects = (await snapshot(catalog, table.database, table.name, restricted)).objects;
    isListed = objects.length === 0 && !isCommitted && !(await hasObjects(catalog, table));
    if (isListed)
      objects = await listed(
        lake,
        table,
        known.filter(({ values }) => isKept.has(keyOf(values))),
      );
  }
  const cold = await Promise.all(
    objects.map(async (object): Promise<ReadFile> => {
      const { key, sizeBytes, partition, etag } = object;
      const path = await fileOf(lake, object, table);
      return { path, key, sizeBytes, partition, hot: false, ...(isListed ? { etag } : {}) };
    }),
  );
  const files = [...cold, ...(hot?.files ?? []).filter((file) => inKept(file.partition))].filter(
    (file) => file.sizeBytes > 0,
  );
  return { mention, table, files, partitions, kept };
}

/** What a catalog names and the lake no longer has was changed by someone else: says which, and what helps. */
async function fileOf(lake: ObjectStore, object: Candidate, table: CatalogTable): Promise<string> {
  try {
    return await versionFile(lake, object);
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_CHANGED') && !isPlayheadError(error, 'PH_OBJECT_MISSING')) throw error;
    const happened = error.code === 'PH_OBJECT_CHANGED' ? 'replaced' : 'deleted';
    throw new PlayheadError(error.code, `${object.key} of ${fullName(table)} was ${happened} outside Playhead`, {
      hint: 'playhead repair puts back what was delivered; playhead doctor says what else differs; playhead rebuild makes the catalog anew from the commits.',
      details: { ...error.details, key: object.key, table: fullName(table) },
      cause: error,
    });
  }
}

async function hasObjects(catalog: Catalog, table: CatalogTable): Promise<boolean> {
  return (await catalog.objects(table.database, table.name)).length > 0;
}

async function listed(
  lake: ObjectStore,
  table: CatalogTable,
  partitions: readonly { readonly values: readonly string[]; readonly location: string }[],
): Promise<readonly Candidate[]> {
  const places = table.partitionKeys.length === 0 ? [{ values: [], location: table.location }] : partitions;
  const found: Candidate[] = [];
  for (const { values, location } of places) {
    for await (const { key, etag, sizeBytes } of listAll(lake, location)) {
      const hidden = key.slice(location.length).split('/').some(isHidden);
      if (!hidden && !key.endsWith('/')) found.push({ key, etag, sizeBytes, partition: values });
    }
  }
  return found;
}

const keyOf = (values: readonly string[]): string => JSON.stringify(values);

function distinct(partitions: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(partitions.map((values) => [keyOf(values), values])).values()];
}

/** `--fresh` of a table that no delivery lands: says which table to ask instead. */
export function notFresh(names: readonly string[], settings: QuerySettings): PlayheadError {
  const derived = names.flatMap((name) => {
    const landing = settings.landings?.get(name);
    return landing === undefined ? [] : [{ name, landing }];
  });
  const [first] = derived;
  const message =
    first === undefined
      ? `--fresh reads on in the log, and no delivery lands ${names.join(', ') || 'what this query reads'}`
      : `--fresh reads on in the log, but ${first.name} is made by a job`;
  const hint =
    first === undefined
      ? `Tables that can be read fresh: ${
          (settings.deliveries ?? [])
            .flatMap(({ table }) => table ?? [])
            .map(fullName)
            .join(', ') || 'none'
        }.`
      : `Query its landing table ${first.landing} with --fresh, or ${first.name} without.`;
  return new PlayheadError('PH_USAGE', message, { hint });
}
