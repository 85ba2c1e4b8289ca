import { PlayheadError } from '../base/errors.ts';
import { formatBytes, formatCount } from '../base/units.ts';
import { partitionName } from '../catalog/partition-value.ts';
import { type DuckSession, sqlStringList } from '../duck/duck.ts';
import type { TableRead } from './read-set.ts';

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

/** Column chunks where the format has them, whole objects elsewhere. */
export function scanBound(
  reads: readonly TableRead[],
  wanted: ReadonlySet<string>,
  footers: ReadonlyMap<string, ColumnBytes>,
): ScanBound {
  let coldBytes = 0;
  let hotBytes = 0;
  for (const { table, files } of reads) {
    for (const file of files) {
      if (file.hot) hotBytes += file.sizeBytes;
      else if (table.format !== 'parquet') coldBytes += file.sizeBytes;
      else
        for (const [column, bytes] of footers.get(file.path) ?? [])
          if (wanted.has('*') || wanted.has(column)) coldBytes += bytes;
    }
  }
  return { coldBytes, hotBytes };
}

/** Refuses a query that can scan more than its workgroup allows, with the filter that would help. */
export function enforceScanLimit(
  bound: ScanBound,
  limit: { readonly workgroup: string; readonly bytes: number } | undefined,
  reads: readonly TableRead[],
): void {
  const bytes = bound.coldBytes + bound.hotBytes;
  if (limit === undefined || bytes <= limit.bytes) return;
  const hint = reads
    .map(filterThatHelps)
    .filter((text) => text !== '')
    .join(' ');
  throw new PlayheadError(
    'PH_SCAN_LIMIT',
    `this query can scan ${formatBytes(bytes)}; the workgroup ${limit.workgroup} allows ${formatBytes(limit.bytes)}`,
    {
      hint: hint === '' ? 'Name fewer columns, or run it in a workgroup with a higher limit.' : hint,
      details: { boundBytes: bytes, limitBytes: limit.bytes, workgroup: limit.workgroup },
    },
  );
}

function filterThatHelps({ table, kept, files }: TableRead): string {
  const newest = [...kept].sort(comparePartitions).at(-1);
  if (newest === undefined || kept.length < 2) return '';
  const conditions = table.partitionKeys.map((key, i) => {
    const value = newest[i] ?? '';
    const isNumber = /^(tiny|small|big)?int$/.test(key.type) && /^\d+$/.test(value);
    return `${key.name} = ${isNumber ? Number(value) : `'${value}'`}`;
  });
  const bytes = files
    .filter((file) => file.partition.join('/') === newest.join('/'))
    .reduce((sum, file) => sum + file.sizeBytes, 0);
  return `It reads ${formatCount(kept.length)} partitions of ${table.database}.${table.name}; one (${partitionName(table, newest)}) is ${formatBytes(bytes)}: WHERE ${conditions.join(' AND ')}.`;
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
