import { join, relative, sep } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { fileParts } from '../base/file-parts.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { hiveNull, parsePartitionPath, partitionPath } from '../lake/hive-layout.ts';
import type { ObjectStore } from '../lake/object-store.ts';

export interface FileShape {
  readonly format: 'parquet' | 'json' | 'csv';
  /** DuckDB's name of it. */
  readonly compression: 'snappy' | 'zstd' | 'gzip' | 'none';
  /** Partition columns, outermost first; they stand in the keys and not in the files. */
  readonly partitionedBy: readonly string[];
  /** CSV: what stands between fields, and for NULL. */
  readonly delimiter?: string;
  readonly nullText?: string;
  readonly header?: boolean;
}

export interface WrittenObject {
  readonly key: string;
  readonly partition: readonly string[];
}

export interface Written {
  readonly rows: number;
  readonly objects: readonly WrittenObject[];
}

/**
 * Writes a query's rows as objects under a prefix, each created with if-none-match. DuckDB writes to a folder of its
 * own first: rows that fail half way leave nothing in the lake. `name` goes into each key, so that two writers never
 * meet. Where a put fails, what was put before it is taken back.
 */
export async function writeFiles(
  session: DuckSession,
  lake: ObjectStore,
  sql: string,
  prefix: string,
  shape: FileShape,
  name: string,
  folder: string,
  effects: Effects,
): Promise<Written> {
  const { fs } = effects;
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const rows = await copyTo(session, sql, folder, shape, effects);
    const objects: WrittenObject[] = [];
    for (const path of rows === 0 ? [] : await filesUnder(folder, effects)) {
      const local = relative(folder, path).split(sep).join('/');
      const values = parsePartitionPath(local).map(({ value }) => (value === 'NULL' ? hiveNull : value));
      const directory = local.includes('/') ? local.slice(0, local.lastIndexOf('/') + 1) : '';
      const key = `${prefix}${directory}${name}-${objects.length}${extension(shape)}`;
      try {
        await lake.put(key, fileParts(path, effects), { ifNoneMatch: '*' });
      } catch (error) {
        for (const object of objects) await lake.delete(object.key);
        throw error;
      }
      objects.push({ key, partition: values });
    }
    return { rows, objects };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Returns the rows written. DuckDB divides Parquet and CSV by partition itself, JSON it does not. */
async function copyTo(
  session: DuckSession,
  sql: string,
  folder: string,
  shape: FileShape,
  effects: Effects,
): Promise<number> {
  const copy = (query: string, target: string): Promise<number> =>
    session.run(`COPY (${query}) TO ${sqlString(target)} (${copyOptions(shape).join(', ')})`);
  if (shape.partitionedBy.length === 0) return copy(sql, join(folder, `0${extension(shape)}`));
  if (shape.format !== 'json') return copy(sql, folder);
  const keys = shape.partitionedBy.map((name) => sqlIdentifier(name)).join(', ');
  await session.run(`CREATE TEMP TABLE athena_written AS ${sql}`);
  const found = await session.all(
    `SELECT DISTINCT ${shape.partitionedBy.map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`).join(', ')} FROM athena_written`,
  );
  let rows = 0;
  for (const cells of found.rows) {
    const values = cells.map((cell) => (cell === null ? null : String(cell)));
    const directory = join(folder, partitionPath(shape.partitionedBy, values));
    await effects.fs.mkdir(directory, { recursive: true });
    const same = shape.partitionedBy.map((name, i) => {
      const value = values[i];
      return `CAST(${sqlIdentifier(name)} AS VARCHAR) IS NOT DISTINCT FROM ${value === null || value === undefined ? 'NULL' : sqlString(value)}`;
    });
    const query = `SELECT * EXCLUDE (${keys}) FROM athena_written WHERE ${same.join(' AND ')}`;
    rows += await copy(query, join(directory, `0${extension(shape)}`));
  }
  return rows;
}

function copyOptions(shape: FileShape): readonly string[] {
  const partitioned =
    shape.partitionedBy.length === 0 || shape.format === 'json'
      ? []
      : [
          `PARTITION_BY (${shape.partitionedBy.map((name) => sqlIdentifier(name)).join(', ')})`,
          `FILE_EXTENSION ${sqlString(extension(shape).slice(1))}`,
        ];
  const csv = [
    `HEADER ${shape.header === true}`,
    `DELIMITER ${sqlString(shape.delimiter ?? '\u0001')}`,
    `NULLSTR ${sqlString(shape.nullText ?? '\\N')}`,
  ];
  return [
    `FORMAT ${shape.format}`,
    `COMPRESSION ${shape.compression === 'none' && shape.format === 'parquet' ? 'uncompressed' : shape.compression}`,
    ...(shape.format === 'csv' ? csv : []),
    ...partitioned,
  ];
}

function extension({ format, compression }: FileShape): string {
  return format !== 'parquet' && compression === 'gzip' ? `.${format}.gz` : `.${format}`;
}

async function filesUnder(folder: string, effects: Effects): Promise<string[]> {
  const entries = await effects.fs.readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(path, effects) : [path];
    }),
  );
  return found.flat().sort();
}
