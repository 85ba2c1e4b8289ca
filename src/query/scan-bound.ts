import { PlayheadError } from '../base/errors.ts';
import { formatBytes, formatCount } from '../base/units.ts';
import { partitionName } from '../catalog/partition-value.ts';
import { type DuckSession, sqlStringList } from '../duck/duck.ts';
import type { ReadFile, TableRead } from './read-set.ts';

/** Of a Parquet file: compressed bytes of each top-level column, by name in lower case. Empty for a file without rows. */
export type ColumnBytes = ReadonlyMap<string, number>;

/** Reads the footers of Parquet files. Objects never change under a path and an etag, so that what is read is kept. */
export interface Footers {
  columnBytes(session: DuckSession, paths: readonly string[]): Promise<ReadonlyMap<string, ColumnBytes>>;
}

export function openFooters(): Footers {
  const known = new Map<string, ColumnBytes>();
  return {
    columnBytes: async (session, paths) => {
      const missing = paths.filter((path) => !known.has(path));
      if (missing.length > 0) {
        const found = await session.all(
          `SELECT file_name, lower(split_part(path_in_schema, ', ', 1)), CAST(sum(total_compressed_size) AS DOUBLE) FROM parquet_metadata(${sqlStringList(missing)}) GROUP BY ALL`,
        );
        const columns = new Map<string, Map<string, number>>(missing.map((path) => [path, new Map()]));
        for (const [path, column, bytes] of found.rows)
          if (column !== null) columns.get(String(path))?.set(String(column), Number(bytes));
        for (const [path, of] of columns) known.set(path, of);
      }
      return new Map(paths.map((path) => [path, known.get(path) ?? new Map()]));
    },
  };
}

export interface ScanBound {
  /** Bytes that the query can scan at the most, the log's not counted. */
  readonly coldBytes: number;
  readonly hotBytes: number;
}

/** Bytes of a file that a query can scan: column chunks where the format has them, whole objects elsewhere. */
export type FileBytes = (read: TableRead, file: ReadFile) => number;

export function fileBytes(wanted: ReadonlySet<string>, footers: ReadonlyMap<string, ColumnBytes>): FileBytes {
  return ({ table }, file) => {
    if (file.hot || table.format !== 'parquet') return file.sizeBytes;
    let bytes = 0;
    for (const [column, size] of footers.get(file.path) ?? []) if (wanted.has('*') || wanted.has(column)) bytes += size;
    return bytes;
  };
}

export function scanBound(reads: readonly TableRead[], bytesOf: FileBytes): ScanBound {
  let coldBytes = 0;
  let hotBytes = 0;
  for (const read of reads) {
    for (const file of read.files) {
      if (file.hot) hotBytes += bytesOf(read, file);
      else coldBytes += bytesOf(read, file);
    }
  }
  return { coldBytes, hotBytes };
}

/** Refuses a query that can scan more than its workgroup allows, with the filter that would help. */
export function enforceScanLimit(
  bound: ScanBound,
  limit: { readonly workgroup: string; readonly bytes: number } | undefined,
  reads: readonly TableRead[],
  bytesOf: FileBytes,
): void {
  const bytes = bound.coldBytes + bound.hotBytes;
  if (limit === undefined || bytes <= limit.bytes) return;
  const advice = reads.filter(({ kept }) => kept.length > 1).map((read) => adviceOn(read, bytes, limit.bytes, bytesOf));
  const helping = advice.filter(({ helps }) => helps);
  const general = 'Name fewer columns, or run it in a workgroup with a higher limit.';
  const shown = helping.length > 0 ? helping : advice;
  throw new PlayheadError(
    'PH_SCAN_LIMIT',
    `this query can scan ${formatBytes(bytes)}; the workgroup ${limit.workgroup} allows ${formatBytes(limit.bytes)}`,
    {
      hint: [...shown.map(({ text }) => text), ...(helping.length > 0 ? [] : [general])].join(' '),
      details: { boundBytes: bytes, limitBytes: limit.bytes, workgroup: limit.workgroup },
    },
  );
}

/** The newest partition that alone keeps the query within the limit, else how small the smallest is. */
function adviceOn(
  read: TableRead,
  queryBytes: number,
  limitBytes: number,
  bytesOf: FileBytes,
): { readonly helps: boolean; readonly text: string } {
  const { table, kept, files } = read;
  const sizes = new Map(kept.map((values) => [values.join('/'), { values, bytes: 0 }]));
  let tableBytes = 0;
  for (const file of files) {
    const size = bytesOf(read, file);
    tableBytes += size;
    const of = sizes.get(file.partition.join('/'));
    if (of !== undefined) of.bytes += size;
  }
  const otherBytes = queryBytes - tableBytes;
  const partitions = [...sizes.values()].filter(({ bytes }) => bytes > 0);
  const fitting = partitions.filter(({ bytes }) => bytes + otherBytes <= limitBytes);
  const newest = fitting.sort((a, b) => comparePartitions(a.values, b.values)).at(-1);
  const name = `${table.database}.${table.name}`;
  if (newest !== undefined) {
    const where = conditionsOf(table, newest.values);
    const one = `one (${partitionName(table, newest.values)}) is ${formatBytes(newest.bytes)}`;
    return { helps: true, text: `It reads ${formatCount(kept.length)} partitions of ${name}; ${one}: WHERE ${where}.` };
  }
  const [smallest] = partitions.sort((a, b) => a.bytes - b.bytes);
  const size =
    smallest === undefined
      ? ''
      : `: the smallest (${partitionName(table, smallest.values)}) is ${formatBytes(smallest.bytes)}`;
  const others = otherBytes > 0 ? `, and the rest of the query ${formatBytes(otherBytes)}` : '';
  return { helps: false, text: `No single partition of ${name} is small enough${size}${others}.` };
}

function conditionsOf(table: TableRead['table'], values: readonly string[]): string {
  const conditions = table.partitionKeys.map((key, i) => {
    const value = values[i] ?? '';
    const isNumber = /^(tiny|small|big)?int$/.test(key.type) && /^\d+$/.test(value);
    return `${key.name} = ${isNumber ? Number(value) : `'${value}'`}`;
  });
  return conditions.join(' AND ');
}

/** By value where both are whole numbers, else by text, outermost key first. */
export function comparePartitions(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const [left, right] = [a[i] ?? '', b[i] ?? ''];
    if (left === right) continue;
    const numbers = /^\d+$/.test(left) && /^\d+$/.test(right) ? Number(left) - Number(right) : 0;
    return numbers !== 0 ? numbers : left < right ? -1 : 1;
  }
  return 0;
}
