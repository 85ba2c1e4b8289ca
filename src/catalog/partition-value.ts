import { parsePartitionPath, partitionPath } from '../lake/hive-layout.ts';
import type { CatalogTable } from './catalog.ts';

/** `year=2025/month=08`: how Athena names a partition. */
export function partitionName(table: Pick<CatalogTable, 'partitionKeys'>, values: readonly string[]): string {
  return partitionPath(
    table.partitionKeys.map((key) => key.name),
    values,
  ).slice(0, -1);
}

/** `year=2025` → its key in lower case and its value without escapes; undefined for a folder of another form. */
export function namedFolder(folder: string): { readonly key: string; readonly value: string } | undefined {
  const [found] = parsePartitionPath(`${folder}/`);
  return found === undefined ? undefined : { key: found.name.toLowerCase(), value: found.value };
}

/** Whether two texts are the same value of a partition column: `8` and `08` are one int and two strings. */
export function samePartitionValue(type: string, a: string, b: string): boolean {
  if (a === b) return true;
  const whole = /^[+-]?\d+$/;
  const isWhole = ['tinyint', 'smallint', 'int', 'bigint'].includes(type);
  return isWhole && whole.test(a) && whole.test(b) && BigInt(a) === BigInt(b);
}

/** Names that begin with `_` or `.` are no data: Hive, Spark and Athena skip them. */
export function isHidden(name: string): boolean {
  return name.startsWith('_') || name.startsWith('.');
}
