import type { SqliteRow } from '../base/sqlite.ts';
import type { CatalogTable, Column, TableObject } from './catalog.ts';

/** A table with the row that keeps it. */
export interface StoredTable {
  readonly id: number;
  readonly table: CatalogTable;
}

export const tableColumns = 'id, name, columns, partition_keys, location, format, parameters, series, version';

// The casts below are at a parsed boundary: only this room writes the file, and its schema is STRICT.
export function storedTable(database: string, row: SqliteRow): StoredTable {
  return {
    id: Number(row['id']),
    table: {
      database,
      name: String(row['name']),
      columns: JSON.parse(String(row['columns'])) as Column[],
      partitionKeys: JSON.parse(String(row['partition_keys'])) as Column[],
      location: String(row['location']),
      format: String(row['format']) as CatalogTable['format'],
      parameters: parseParameters(row['parameters']),
      ...(row['series'] === null ? {} : { series: String(row['series']) }),
      version: Number(row['version']),
    },
  };
}

/**
 * Pairs, not an object: `JSON.parse` of V8 12.8 and later can take an escaped key (a quotation mark) for another that
 * it met before (a backslash): nodejs/node#63785. The names of parameters are any text of the user's.
 */
export function parametersText(parameters: CatalogTable['parameters']): string {
  return JSON.stringify(Object.entries(parameters));
}

function parseParameters(text: unknown): CatalogTable['parameters'] {
  return Object.fromEntries(JSON.parse(String(text)) as [string, string][]);
}

/** What identifies a partition in the file. */
export function partitionKey(values: readonly string[]): string {
  return JSON.stringify(values);
}

export function parsePartitionKey(text: unknown): readonly string[] {
  return JSON.parse(String(text)) as string[];
}

export function tableObject(
  row: SqliteRow,
  partition: readonly string[],
  series: ReadonlyMap<unknown, string>,
): TableObject {
  return {
    key: String(row['key']),
    etag: String(row['etag']),
    rows: Number(row['row_count']),
    sizeBytes: Number(row['size_bytes']),
    partition,
    series: series.get(row['series_id']) ?? '',
    commit: Number(row['commit_number']),
  };
}
