import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import type { Duck } from '../../duck/duck.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { nameKey } from '../canonical.ts';
import type { Catalog, CatalogTable, Partition } from '../catalog.ts';
import { changeTable } from '../change-table.ts';
import type { CrawlerDefinition } from '../definition.ts';
import { type Applied, createTable, updateTable } from './apply-group.ts';
import type { Crawling } from './apply-partitions.ts';
import { readState, stateKey, writeState } from './crawl-state.ts';
import { type Folder, listFolders } from './folders.ts';
import { groupFolders, type TableGroup } from './group.ts';
import { deprecatedKey, isMadeByCrawler } from './plan-table.ts';
import { type FolderMemory, type FolderProfile, profileFolder } from './profile.ts';
import type { CrawlReport, Finding, TableReport } from './report.ts';
import { freeName, tableName } from './table-name.ts';

export interface CrawlPorts {
  readonly lake: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
}

/** `name`: the crawler's address, which its tables carry as UPDATED_BY_CRAWLER; default: its path. */
export type NamedCrawler = CrawlerDefinition & { readonly name?: string };

/**
 * Brings the catalog up to what lies under a prefix, as a Glue crawler does: finds tables by format and schema, adds
 * partitions and columns, marks what is gone by the definition's policy, and returns all that it changed. A table that
 * follows a commit series keeps its declared columns and its registered partitions; it only gains columns that its data
 * has. Throws PH_DATABASE_*, PH_CATALOG_*, PH_STORAGE_*; broken objects are findings.
 */
export async function crawl(definition: NamedCrawler, ports: CrawlPorts, effects: Effects): Promise<CrawlReport> {
  const crawling = crawlingOf(definition, ports.catalog);
  const { database, path } = crawling.definition;
  await ports.catalog.createDatabase(database, { ifNotExists: true });
  const before = await tablesUnder(crawling);
  const key = stateKey(database, path);
  const earlier = await readState(ports.lake, key);
  const listing = await listFolders(ports.lake, path, watchedKeys(earlier.values()));
  const { memories, sampled, unchanged } = await profileFolders(listing.folders, earlier, ports, effects);
  if (unchanged < memories.length || earlier.size !== memories.length) await writeState(ports.lake, key, memories);
  const profiles = memories.flatMap((memory) => memory.profile ?? []);
  const settled = before.filter(({ table }) => !isMadeByCrawler(table));
  const { groups, findings } = divide(path, profiles, settled);
  const applied: Applied[] = [];
  for (const each of settled) applied.push(await updateSettled(each, profiles, settled, crawling));
  for (const group of groups) applied.push(await applyGroup(group, before, crawling));
  const gone = before.filter(
    ({ table }) => isMadeByCrawler(table) && !groups.some((group) => group.location === table.location),
  );
  for (const { table } of gone) applied.push(await retire(table, crawling, effects));
  const found = listing.folders.reduce((sum, folder) => sum + folder.objects, 0);
  const nothingRead = found === 0 && before.length > 0;
  if (nothingRead)
    effects.log.log('warn', 'crawl found no objects where tables are', { path, tables: before.map(nameOf) });
  return {
    database,
    path,
    objects: {
      found,
      sizeBytes: listing.folders.reduce((sum, folder) => sum + folder.sizeBytes, 0),
      hidden: listing.hidden,
      empty: listing.empty,
      sampled,
    },
    folders: { found: listing.folders.length, unchanged },
    tables: applied.map((each) => each.report).sort((a, b) => (a.name < b.name ? -1 : 1)),
    findings: [
      ...(nothingRead ? [nothingFinding(path, before)] : []),
      ...standingFindings(memories),
      ...findings,
      ...applied.flatMap((each) => each.findings),
    ],
    nothingRead,
  };
}

/** A table of the catalog that a crawl has to do with, and its partitions before the lake was listed. */
interface KnownTable {
  readonly table: CatalogTable;
  readonly partitions: readonly Partition[];
}

const nameOf = ({ table }: KnownTable): string => table.name;

function crawlingOf(definition: NamedCrawler, catalog: Catalog): Crawling {
  const path = definition.path === '' || definition.path.endsWith('/') ? definition.path : `${definition.path}/`;
  const { name = path, ...rest } = definition;
  return { definition: { ...rest, path, database: nameKey(definition.database) }, catalog, crawler: name };
}

async function tablesUnder({ definition, catalog }: Crawling): Promise<readonly KnownTable[]> {
  const { database, path } = definition;
  const known: KnownTable[] = [];
  for (const table of await catalog.tables(database)) {
    // A declared table may begin above the crawled path: the folders are then some of its partitions.
    const concerns = table.location.startsWith(path) || (!isMadeByCrawler(table) && path.startsWith(table.location));
    if (concerns) known.push({ table, partitions: await catalog.partitions(database, table.name) });
  }
  return known;
}

async function profileFolders(
  folders: readonly Folder[],
  earlier: ReadonlyMap<string, FolderMemory>,
  { lake, duck }: CrawlPorts,
  effects: Effects,
): Promise<{ readonly memories: readonly FolderMemory[]; readonly sampled: number; readonly unchanged: number }> {
  const memories: FolderMemory[] = [];
  let sampled = 0;
  let unchanged = 0;
  await using session = await duck.connect();
  const spoolFile = join(duck.temporaryDirectory, `crawl-${effects.random.uint32().toString(16)}.sample`);
  try {
    for (const folder of folders) {
      const known = earlier.get(folder.prefix);
      const result = await profileFolder(folder, known, { lake, session, spoolFile }, effects);
      if (result.memory === known) unchanged += 1;
      sampled += result.sampled;
      memories.push(result.memory);
    }
  } finally {
    await effects.fs.rm(spoolFile, { force: true });
  }
  return { memories, sampled, unchanged };
}

/** What was wrong with opened objects, and stays so until they change. */
function standingFindings(memories: readonly FolderMemory[]): readonly Finding[] {
  return memories.flatMap((memory) => Object.values(memory.opened).flatMap((opened) => opened.findings));
}

function watchedKeys(memories: Iterable<FolderMemory>): ReadonlySet<string> {
  const watched = new Set<string>();
  for (const memory of memories)
    for (const [key, opened] of Object.entries(memory.opened)) if (opened.findings.length > 0) watched.add(key);
  return watched;
}

/** Folders under a settled table's location are that table's; the rest is divided by format and schema. */
function divide(path: string, profiles: readonly FolderProfile[], settled: readonly KnownTable[]) {
  const rest = profiles.filter((folder) => ownerOf(folder, settled) === undefined);
  return groupFolders(
    path,
    rest,
    settled.map(({ table }) => table.location),
  );
}

function ownerOf(folder: FolderProfile, settled: readonly KnownTable[]): KnownTable | undefined {
  return settled
    .filter(({ table }) => folder.prefix.startsWith(table.location))
    .sort((a, b) => b.table.location.length - a.table.location.length)[0];
}

function updateSettled(
  known: KnownTable,
  profiles: readonly FolderProfile[],
  settled: readonly KnownTable[],
  crawling: Crawling,
): Promise<Applied> {
  // Two declared tables may share a location: both then have its folders.
  const folders = profiles.filter((folder) => ownerOf(folder, settled)?.table.location === known.table.location);
  return updateTable(known.table, folders, known.partitions, crawling);
}

async function applyGroup(group: TableGroup, before: readonly KnownTable[], crawling: Crawling): Promise<Applied> {
  const { definition, catalog } = crawling;
  const known = before.find(({ table }) => isMadeByCrawler(table) && table.location === group.location);
  if (known !== undefined) return updateTable(known.table, group.folders, known.partitions, crawling);
  const wanted =
    group.location === definition.path && definition.table !== undefined
      ? definition.table.toLowerCase()
      : tableName(definition.tablePrefix, group.location, definition.database);
  const taken = new Set((await catalog.tables(definition.database)).map((table) => table.name));
  const name = freeName(wanted, group.location, (each) => taken.has(each));
  return createTable(name, group.location, group.folders, crawling);
}

/** Nothing is left of a table that a crawler made: the definition's policy says what becomes of it. */
async function retire(table: CatalogTable, { definition, catalog }: Crawling, effects: Effects): Promise<Applied> {
  const policy = definition.schemaChange.delete;
  const change = ({ delete: 'deleted', deprecate: 'deprecated', log: 'missing' } as const)[policy];
  if (policy === 'delete') await catalog.dropTable(table.database, table.name);
  if (policy === 'deprecate' && table.parameters[deprecatedKey] === undefined)
    await changeTable(catalog, table.database, table.name, (current) => ({
      ...current,
      parameters: { ...current.parameters, [deprecatedKey]: String(effects.clock.now()) },
    }));
  const report: TableReport = {
    name: table.name,
    location: table.location,
    change,
    columnsAdded: [],
    columnsChanged: [],
    columnsApplied: true,
    partitionsAdded: [],
    partitionsRemoved: [],
    objects: 0,
    sizeBytes: 0,
    records: 0,
  };
  const message = `nothing is left of ${table.name} under ${table.location}: it is ${change}`;
  return { report, findings: [{ severity: 'warning', kind: 'missing-objects', subject: table.name, message }] };
}

function nothingFinding(path: string, tables: readonly KnownTable[]): Finding {
  return {
    severity: 'warning',
    kind: 'nothing-read',
    subject: path,
    message: `no object under ${path}, where the catalog has ${tables.map(nameOf).join(', ')}: the source, the delivery or the path is at fault`,
  };
}
