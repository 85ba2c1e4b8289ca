import { escapeSegment, hiveNull, unescapeSegment } from '../lake/hive-layout.ts';
import type { TableDefinition } from './definition.ts';

/** What says where a table's partitions lie. */
export type PartitionedTable = Pick<TableDefinition, 'partitions' | 'layout'>;

/** A folder of a layout: the partition column that it tells, and the text around its value. */
interface Folder {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The folder of a partition, below the table's location: `popular/dt=2026-11-23/`. Empty of a table without partitions. */
export function partitionFolder(table: PartitionedTable, values: readonly string[]): string {
  const folders = foldersOf(table);
  if (folders.length !== values.length)
    throw new RangeError(`${folders.length} partition keys, ${values.length} values`);
  return folders.map(({ before, after }, i) => `${before}${escapeSegment(values[i] || hiveNull)}${after}/`).join('');
}

/**
 * The partition values of an object, from its key below the table's location: those of the first folders that fit the
 * layout, in the table's order. Undefined where a folder is missing. Hive's own layout passes over folders that name no
 * partition column.
 */
export function partitionValues(table: PartitionedTable, path: string): readonly string[] | undefined {
  const levels = path.split('/').slice(0, -1);
  const values: string[] = [];
  for (const [at, folder] of foldersOf(table).entries()) {
    const level = table.layout === undefined ? levels.find((each) => holds(each, folder)) : levels[at];
    if (level === undefined || !holds(level, folder)) return undefined;
    values.push(unescapeSegment(level.slice(folder.before.length, level.length - folder.after.length)));
  }
  return values;
}

/** Why a layout is none for these partition columns; undefined where it is one. */
export function layoutProblem({ partitions, layout }: PartitionedTable): string | undefined {
  if (layout === undefined) return undefined;
  const names = Object.keys(partitions);
  const folders = layout.split('/').slice(0, -1).map(parseFolder);
  const told = folders.map((folder) => folder?.name);
  if (layout.endsWith('/') && names.length > 0 && told.length === names.length && names.every((n, i) => n === told[i]))
    return undefined;
  const example = names.map((name) => `${name}={${name}}/`).join('');
  return `"${layout}" must have one folder for each partition column, in their order, each with its value in braces, as ${example || 'nothing: the table has none'}`;
}

function foldersOf({ partitions, layout }: PartitionedTable): readonly Folder[] {
  if (layout === undefined)
    return Object.keys(partitions).map((name) => ({ name, before: `${escapeSegment(name)}=`, after: '' }));
  // Validation holds each folder to this form.
  return layout.split('/').flatMap((folder) => parseFolder(folder) ?? []);
}

function parseFolder(folder: string): Folder | undefined {
  const found = /^([^{}]*)\{([^{}]+)\}([^{}]*)$/.exec(folder);
  if (found === null) return undefined;
  const [, before = '', name = '', after = ''] = found;
  return { name, before, after };
}

/** Hive's folders have names without regard to case. */
function holds(level: string, { before, after }: Folder): boolean {
  if (level === '' || level.length < before.length + after.length) return false;
  return level.toLowerCase().startsWith(before.toLowerCase()) && level.endsWith(after);
}
