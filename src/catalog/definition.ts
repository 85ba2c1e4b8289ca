import { unknownSettings } from '../base/unknown-settings.ts';
import type { RecordType } from '../record/type.ts';

export type PartitionType = 'int' | 'bigint' | 'string' | 'date';

/** A table of the catalog: where its objects are, how they read, and how they are partitioned. */
export interface TableDefinition {
  readonly kind: 'table';
  readonly database: string;
  readonly name: string;
  /** Columns of the objects, without the partition columns. */
  readonly record: RecordType;
  /** Prefix in the lake, ends in `/`. */
  readonly location: string;
  readonly format: 'json' | 'csv' | 'parquet';
  /** Of Parquet that jobs write; absent: zstd. */
  readonly compression?: 'snappy' | 'zstd';
  /** In path order, outermost first. */
  readonly partitions: Readonly<Record<string, PartitionType>>;
  /**
   * Folders of a partition below the location, each with the value of one partition column in braces, in their order:
   * `{region}/dt={dt}/`. Absent: Hive's, `region=…/dt=…/`.
   */
  readonly layout?: string;
  /**
   * Who says which objects are the table: `commits` (a delivery or job of ours; exactly what its commit series names)
   * or `listing` (whatever lies under the location; for data that others write).
   */
  readonly objects: 'commits' | 'listing';
}

export function table(settings: {
  database: string;
  name: string;
  record: RecordType;
  location: string;
  format: 'json' | 'csv' | 'parquet';
  compression?: 'snappy' | 'zstd';
  partitions?: Record<string, PartitionType>;
  layout?: string;
  objects?: 'commits' | 'listing';
}): TableDefinition {
  return { kind: 'table', ...settings, partitions: settings.partitions ?? {}, objects: settings.objects ?? 'commits' };
}

export interface CrawlerDefinition {
  readonly kind: 'crawler';
  /** Prefix that is crawled, ends in `/`. */
  readonly path: string;
  readonly database: string;
  /** Put before table names, as Glue's TablePrefix. */
  readonly tablePrefix: string;
  /** Names the table of the path itself; default: its last folder. */
  readonly table?: string;
  readonly schemaChange: { readonly update: 'update' | 'log'; readonly delete: 'delete' | 'deprecate' | 'log' };
}

export function crawler(settings: {
  path: string;
  database: string;
  tablePrefix?: string;
  table?: string;
  schemaChange?: { update?: 'update' | 'log'; delete?: 'delete' | 'deprecate' | 'log' };
}): CrawlerDefinition {
  return {
    kind: 'crawler',
    path: settings.path,
    database: settings.database,
    tablePrefix: settings.tablePrefix ?? '',
    schemaChange: {
      update: settings.schemaChange?.update ?? 'update',
      delete: settings.schemaChange?.delete ?? 'deprecate',
    },
    ...(settings.table === undefined ? {} : { table: settings.table }),
    ...unknownSettings(settings, ['path', 'database', 'tablePrefix', 'table', 'schemaChange'], {
      schemaChange: ['update', 'delete'],
    }),
  };
}
