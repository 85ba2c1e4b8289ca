import type { Catalog, CatalogTable, Column, Partition } from '../catalog.ts';
import { changeTable } from '../change-table.ts';
import { partitionName } from '../partition-value.ts';
import { type Crawling, compareWithCommits, placeFolders, syncPartitions } from './apply-partitions.ts';
import { inferPartitionKeys } from './partitions.ts';
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
  const partitions =
    table.series === undefined
      ? await syncPartitions(table, folders, known, crawling)
      : await compareWithCommits(table, folders, known, crawling);
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
    findings: [...formatFindings(table, folders, fitting), ...partitions.findings],
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
