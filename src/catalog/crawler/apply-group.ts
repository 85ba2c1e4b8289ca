import type { Catalog, CatalogTable, Column, Partition } from '../catalog.ts';
import { changeTable } from '../change-table.ts';
import type { CrawlerDefinition } from '../definition.ts';
import { partitionName } from '../partition-value.ts';
import { inferPartitionKeys, partitionOf } from './partitions.ts';
import {
  type ColumnChanges,
  columnChanges,
  folderStatistics,
  inferredColumns,
  newTable,
  type Statistics,
  withColumnChanges,
  withStatistics,
} from './plan-table.ts';
import type { FolderProfile } from './profile.ts';
import type { Finding, TableReport } from './report.ts';

export interface Crawling {
  readonly definition: CrawlerDefinition;
  readonly catalog: Catalog;
  /** Goes into UPDATED_BY_CRAWLER. */
  readonly crawler: string;
}

export interface Applied {
  readonly report: TableReport;
  readonly findings: readonly Finding[];
}

/** Makes a table of folders that the catalog doesn't know. */
export async function createTable(
  name: string,
  location: string,
  folders: readonly FolderProfile[],
  { definition, catalog, crawler }: Crawling,
): Promise<Applied> {
  const partitionKeys = inferPartitionKeys(
    location,
    folders.map((folder) => folder.prefix),
  );
  const made = newTable({ database: definition.database, name, location, partitionKeys }, folders, crawler);
  const table = await catalog.putTable(made, 0);
  const { partitions } = placeFolders(table, folders);
  await catalog.addPartitions(table.database, table.name, partitions);
  return {
    report: {
      name,
      location,
      change: 'created',
      columnsAdded: table.columns,
      columnsChanged: [],
      columnsApplied: true,
      partitionsAdded: partitions.map((partition) => partitionName(table, partition.values)),
      partitionsRemoved: [],
      ...folderStatistics(folders),
    },
    findings: hiddenColumns(table, folders, partitionKeys),
  };
}

/**
 * Brings a table of the catalog up to what its folders hold. `known` are the partitions that the catalog had before the
 * lake was listed: one that was registered since is not missing.
 */
export async function updateTable(
  table: CatalogTable,
  folders: readonly FolderProfile[],
  known: readonly Partition[],
  crawling: Crawling,
): Promise<Applied> {
  const { definition, catalog, crawler } = crawling;
  const fitting = folders.filter((folder) => folder.format === table.format);
  const placed = placeFolders(table, folders);
  const partitions =
    table.series === undefined
      ? await syncPartitions(table, placed.partitions, known, crawling)
      : await compareWithCommits(table, placed.partitions, known, catalog);
  const statistics = await statisticsOf(table, folders, catalog);
  let changes: ColumnChanges = { columnsAdded: [], columnsChanged: [] };
  const columnsApplied = definition.schemaChange.update === 'update';
  await changeTable(catalog, table.database, table.name, (current) => {
    changes = columnChanges(current, inferredColumns(fitting, current.partitionKeys));
    const changed = columnsApplied ? withColumnChanges(current, changes, fitting) : current;
    return withStatistics(changed, statistics, crawler);
  });
  const { partitionsAdded, partitionsRemoved } = partitions;
  const isChanged =
    (columnsApplied && changes.columnsAdded.length + changes.columnsChanged.length > 0) ||
    partitionsAdded.length + partitionsRemoved.length > 0;
  return {
    report: {
      name: table.name,
      location: table.location,
      change: isChanged ? 'updated' : 'unchanged',
      ...changes,
      columnsApplied,
      partitionsAdded,
      partitionsRemoved,
      ...statistics,
    },
    findings: [...formatFindings(table, folders, fitting), ...placed.findings, ...partitions.findings],
  };
}

/** Commits count exactly; folders by what was sampled of them. */
async function statisticsOf(
  table: CatalogTable,
  folders: readonly FolderProfile[],
  catalog: Catalog,
): Promise<Statistics> {
  if (table.series === undefined) return folderStatistics(folders);
  let records = 0;
  let sizeBytes = 0;
  const objects = await catalog.objects(table.database, table.name);
  for (const object of objects) {
    records += object.rows;
    sizeBytes += object.sizeBytes;
  }
  return { objects: objects.length, sizeBytes, records };
}

function placeFolders(
  table: CatalogTable,
  folders: readonly FolderProfile[],
): { readonly partitions: readonly Partition[]; readonly findings: readonly Finding[] } {
  if (table.partitionKeys.length === 0) return { partitions: [], findings: [] };
  const partitions = new Map<string, Partition>();
  const findings: Finding[] = [];
  for (const { prefix } of folders) {
    const partition = partitionOf(table.location, prefix, table.partitionKeys);
    if (partition !== undefined) partitions.set(partition.location, partition);
    else
      findings.push({
        severity: 'warning',
        kind: 'partitions-differ',
        subject: prefix,
        message: `${prefix} is no partition of ${table.name} by ${table.partitionKeys.map((key) => key.name).join(', ')}: its objects are not read`,
      });
  }
  return { partitions: [...partitions.values()], findings };
}

interface PartitionChanges {
  readonly partitionsAdded: readonly string[];
  readonly partitionsRemoved: readonly string[];
  readonly findings: readonly Finding[];
}

async function syncPartitions(
  table: CatalogTable,
  found: readonly Partition[],
  known: readonly Partition[],
  { definition, catalog }: Crawling,
): Promise<PartitionChanges> {
  const nameOf = (partition: Partition): string => partitionName(table, partition.values);
  const { added, gone } = difference(found, known, definition.path);
  await catalog.addPartitions(table.database, table.name, added);
  // A partition without objects has nothing to mark as deprecated: under `deprecate` it goes, as under `delete`.
  const dropped = definition.schemaChange.delete === 'log' ? [] : gone;
  const values = dropped.map((partition) => partition.values);
  await catalog.dropPartitions(table.database, table.name, values);
  return {
    partitionsAdded: added.map(nameOf),
    partitionsRemoved: dropped.map(nameOf),
    findings: gone
      .filter((partition) => !dropped.includes(partition))
      .map((partition) => missingObjects(table, partition, 'no object is left there')),
  };
}

/** The commit series says which partitions there are; the crawler only says where the lake looks different. */
async function compareWithCommits(
  table: CatalogTable,
  found: readonly Partition[],
  known: readonly Partition[],
  catalog: Catalog,
): Promise<PartitionChanges> {
  const now = await catalog.partitions(table.database, table.name);
  const uncommitted = difference(found, now, table.location).added;
  const { gone } = difference(found, known, table.location);
  return {
    partitionsAdded: [],
    partitionsRemoved: [],
    findings: [
      ...gone.map((partition) => missingObjects(table, partition, 'commits put objects there, and none is left')),
      ...uncommitted.map(
        (partition): Finding => ({
          severity: 'info',
          kind: 'uncommitted',
          subject: partition.location,
          message: `${partition.location} holds objects that no commit of ${table.series} names yet; queries don't read them`,
        }),
      ),
    ],
  };
}

function difference(
  found: readonly Partition[],
  known: readonly Partition[],
  path: string,
): { readonly added: readonly Partition[]; readonly gone: readonly Partition[] } {
  const id = (partition: Partition): string => JSON.stringify(partition.values);
  const knownIds = new Set(known.map(id));
  const knownLocations = new Set(known.map((partition) => partition.location));
  const foundIds = new Set(found.map(id));
  const foundLocations = new Set(found.map((partition) => partition.location));
  return {
    added: found.filter((each) => !knownIds.has(id(each)) && !knownLocations.has(each.location)),
    // What lies outside of the crawled path was not looked at.
    gone: known.filter(
      (each) => each.location.startsWith(path) && !foundIds.has(id(each)) && !foundLocations.has(each.location),
    ),
  };
}

function missingObjects(table: CatalogTable, partition: Partition, why: string): Finding {
  return {
    severity: 'warning',
    kind: 'missing-objects',
    subject: partition.location,
    message: `${table.name} has the partition ${partitionName(table, partition.values)}, but ${why}`,
  };
}

function formatFindings(
  table: CatalogTable,
  folders: readonly FolderProfile[],
  fitting: readonly FolderProfile[],
): Finding[] {
  return folders
    .filter((folder) => !fitting.includes(folder))
    .map((folder) => ({
      severity: 'warning',
      kind: 'format-differs',
      subject: folder.prefix,
      message: `${folder.prefix} holds ${folder.format}, but ${table.name} is a table of ${table.format}`,
    }));
}

function hiddenColumns(table: CatalogTable, folders: readonly FolderProfile[], keys: readonly Column[]): Finding[] {
  const all = inferredColumns(folders, []).map((column) => column.name.toLowerCase());
  return keys
    .filter((key) => all.includes(key.name))
    .map((key) => ({
      severity: 'info',
      kind: 'column-is-partition',
      subject: table.name,
      message: `${key.name} is in the objects of ${table.name} and in their path: the path counts`,
    }));
}
