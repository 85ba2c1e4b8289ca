import { hiveNull } from '../../lake/hive-layout.ts';
import type { Column, Partition } from '../catalog.ts';
import { namedFolder } from '../partition-value.ts';

/**
 * The partition keys that folders under a location mean, outermost first: `year=2025/` gives `year`, an int where all
 * its values are whole numbers; other names give `partition_0`, `partition_1` … by their level, always strings, so that
 * `08` stays `08`. Levels that not all folders have are no keys.
 */
export function inferPartitionKeys(location: string, folders: readonly string[]): readonly Column[] {
  const paths = folders.map((folder) => segments(location, folder));
  const depth = Math.min(...paths.map((path) => path.length));
  return Array.from({ length: depth === Number.POSITIVE_INFINITY ? 0 : depth }, (_, level) => {
    const names = paths.map((path) => namedFolder(path[level] ?? ''));
    const key = names[0]?.key;
    if (key === undefined || names.some((name) => name?.key !== key))
      return { name: `partition_${level}`, type: 'string' };
    return { name: key, type: valueType(names.map((name) => name?.value ?? '')) };
  });
}

/** The partitions that the folders are; undefined where a folder doesn't fit the keys. */
export function partitionOf(location: string, folder: string, keys: readonly Column[]): Partition | undefined {
  const path = segments(location, folder);
  if (path.length < keys.length) return undefined;
  const values: string[] = [];
  for (const [level, key] of keys.entries()) {
    const segment = path[level] ?? '';
    const named = namedFolder(segment);
    if (named?.key === key.name) values.push(named.value);
    else if (/^partition_\d+$/.test(key.name)) values.push(segment);
    else return undefined;
  }
  const inside = path.slice(0, keys.length).map((segment) => `${segment}/`);
  return { values, location: `${location}${inside.join('')}` };
}

function segments(location: string, folder: string): string[] {
  return folder.slice(location.length).split('/').slice(0, -1);
}

function valueType(values: readonly string[]): 'int' | 'bigint' | 'string' {
  const given = values.filter((value) => value !== hiveNull);
  if (given.length === 0 || given.some((value) => !/^-?\d{1,18}$/.test(value))) return 'string';
  return given.every((value) => Math.abs(Number(value)) < 2 ** 31) ? 'int' : 'bigint';
}
