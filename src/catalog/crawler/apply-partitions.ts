import type { Catalog, CatalogTable, Partition } from '../catalog.ts';
import type { CrawlerDefinition } from '../definition.ts';
import { partitionName } from '../partition-value.ts';
import { partitionOf } from './partitions.ts';
import type { FolderProfile } from './profile.ts';
import type { Finding } from './report.ts';

export interface Crawling {
  readonly definition: CrawlerDefinition;
  readonly catalog: Catalog;
  /** Goes into UPDATED_BY_CRAWLER. */
  readonly crawler: string;
}

/** The partitions that folders are by their names, and the folders that are none. */
export function placeFolders(
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

export interface PartitionChanges {
  readonly partitionsAdded: readonly string[];
  readonly partitionsRemoved: readonly string[];
  readonly findings: readonly Finding[];
}

/** Brings a table's partitions up to its folders; the definition's policy says what becomes of those that are gone. */
export async function syncPartitions(
  table: CatalogTable,
  folders: readonly FolderProfile[],
  known: readonly Partition[],
  { definition, catalog }: Crawling,
): Promise<PartitionChanges> {
  const nameOf = (partition: Partition): string => partitionName(table, partition.values);
  const { partitions: found, findings } = placeFolders(table, folders);
  const { added, gone } = difference(found, known, definition.path);
  await catalog.addPartitions(table.database, table.name, added);
  // A partition without objects has nothing to mark as deprecated: under `deprecate` it goes, as under `delete`.
  const dropped = definition.schemaChange.delete === 'log' ? [] : gone;
  const values = dropped.map((partition) => partition.values);
  await catalog.dropPartitions(table.database, table.name, values);
  return {
    partitionsAdded: added.map(nameOf),
    partitionsRemoved: dropped.map(nameOf),
    findings: [
      ...findings,
      ...gone
        .filter((partition) => !dropped.includes(partition))
        .map((partition) => missingObjects(table, partition, 'no object is left there')),
    ],
  };
}

/**
 * The commit series says which partitions there are, and where: their folders may have any layout. The crawler only says
 * where the lake looks different.
 */
export async function compareWithCommits(
  table: CatalogTable,
  folders: readonly FolderProfile[],
  known: readonly Partition[],
  { definition, catalog }: Crawling,
): Promise<PartitionChanges> {
  const committed = locationsOf(await catalog.partitions(table.database, table.name));
  const unseen = locationsOf(known.filter((partition) => isCrawled(partition, definition.path)));
  const uncommitted: Finding[] = [];
  for (const { prefix } of folders) {
    const inside = foldersAround(prefix, table.location);
    for (const folder of inside) unseen.delete(folder);
    if (table.partitionKeys.length > 0 && !inside.some((folder) => committed.has(folder)))
      uncommitted.push({
        severity: 'info',
        kind: 'uncommitted',
        subject: prefix,
        message: `${prefix} holds objects that no commit of ${table.series} names yet; queries don't read them`,
      });
  }
  const gone = [...unseen.values()].map((partition) =>
    missingObjects(table, partition, 'commits put objects there, and none is left'),
  );
  return { partitionsAdded: [], partitionsRemoved: [], findings: [...gone, ...uncommitted] };
}

function locationsOf(partitions: readonly Partition[]): Map<string, Partition> {
  return new Map(partitions.map((partition) => [partition.location, partition]));
}

/** A folder and those that it lies in, down from a table's location: `plays/day=1/`, `plays/day=1/late/`. */
function foldersAround(folder: string, location: string): readonly string[] {
  const around: string[] = [];
  for (let end = folder.length; end >= location.length; end = folder.lastIndexOf('/', end - 2) + 1) {
    around.push(folder.slice(0, end));
    if (end === 0) break;
  }
  return around;
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
    gone: known.filter(
      (each) => isCrawled(each, path) && !foundIds.has(id(each)) && !foundLocations.has(each.location),
    ),
  };
}

/** What lies outside of the crawled path was not looked at. */
function isCrawled({ location }: Partition, path: string): boolean {
  return location.startsWith(path);
}

function missingObjects(table: CatalogTable, partition: Partition, why: string): Finding {
  return {
    severity: 'warning',
    kind: 'missing-objects',
    subject: partition.location,
    message: `${table.name} has the partition ${partitionName(table, partition.values)}, but ${why}`,
  };
}
