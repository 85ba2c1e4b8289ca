import { namedFolder } from '../partition-value.ts';
import { type InferredColumn, mergeColumns, similar } from './merge-types.ts';
import { type FolderProfile, sameKind } from './profile.ts';
import type { Finding } from './report.ts';

/** Folders that are one table, at their common prefix. */
export interface TableGroup {
  readonly location: string;
  readonly folders: readonly FolderProfile[];
}

export interface Grouping {
  readonly groups: readonly TableGroup[];
  readonly findings: readonly Finding[];
}

/**
 * Divides folders into tables as Glue does: folders of one format and of similar schemas under a prefix are one table
 * at that prefix; where they are not, each folder below it is looked at for itself. `taken` are locations of tables that
 * are settled: no table is made at a prefix that would read their objects too.
 */
export function groupFolders(path: string, folders: readonly FolderProfile[], taken: readonly string[]): Grouping {
  if (folders.length === 0) return { groups: [], findings: [] };
  const overlaps = taken.some((location) => location.startsWith(path));
  const byPartition = isPartitioned(path, folders);
  if (!overlaps && (byPartition ? sameFormat(folders) : areOneTable(folders)))
    return { groups: [{ location: path, folders }], findings: [] };
  if (byPartition) return { groups: [], findings: [mixedPartitions(path)] };
  const below = Map.groupBy(folders, (folder) => folder.prefix.slice(path.length).split('/')[0] ?? '');
  const divided = [...below].map(([name, inside]) =>
    // Folders of one prefix that are not one table can't be divided further.
    name === '' ? ownFolder(path, inside, overlaps || below.size > 1) : groupFolders(`${path}${name}/`, inside, taken),
  );
  return { groups: divided.flatMap((each) => each.groups), findings: divided.flatMap((each) => each.findings) };
}

/** `year=2025/`, `year=2026/`: whoever wrote these says himself that they are one table. */
function isPartitioned(path: string, folders: readonly FolderProfile[]): boolean {
  const keys = new Set(folders.map((folder) => namedFolder(folder.prefix.slice(path.length).split('/')[0] ?? '')?.key));
  return keys.size === 1 && !keys.has(undefined);
}

function sameFormat(folders: readonly FolderProfile[]): boolean {
  const [first] = folders;
  return first !== undefined && folders.every((folder) => sameKind(first, folder));
}

function areOneTable(folders: readonly FolderProfile[]): boolean {
  let columns: readonly InferredColumn[] | undefined;
  if (!sameFormat(folders)) return false;
  for (const folder of folders) {
    if (columns !== undefined && !similar(columns, folder.columns)) return false;
    columns = mergeColumns(columns ?? [], folder.columns);
  }
  return true;
}

function ownFolder(path: string, folders: readonly FolderProfile[], hasOthers: boolean): Grouping {
  if (!hasOthers) return { groups: [{ location: path, folders }], findings: [] };
  return {
    groups: [],
    findings: [
      {
        severity: 'warning',
        kind: 'mixed-folder',
        subject: path,
        message: `${path} holds objects, and below it folders of other tables: a table there would read those too; move the objects to a folder of their own`,
      },
    ],
  };
}

function mixedPartitions(path: string): Finding {
  return {
    severity: 'warning',
    kind: 'mixed-partitions',
    subject: path,
    message: `the partitions under ${path} are not of one format, or other tables lie among them: no table was made`,
  };
}
