import type { Column } from '../../catalog/catalog.ts';
import type { SourcePosition } from '../source-position.ts';

export interface TableName {
  /** Absent: the session's database. */
  readonly database?: string;
  readonly name: string;
  readonly place: SourcePosition;
}

export interface DatabaseName {
  readonly name: string;
  readonly place: SourcePosition;
}

/** `year=2025, month='08'`: values as text, as written. */
export interface PartitionSpec {
  readonly values: readonly { readonly key: string; readonly value: string }[];
  readonly place: SourcePosition;
}

export type RowFormat =
  | { readonly kind: 'serde'; readonly serde: string; readonly properties: Readonly<Record<string, string>> }
  /** Delimited text: settings as LazySimpleSerDe names them (`field.delim`, `escape.delim`, …). */
  | { readonly kind: 'delimited'; readonly properties: Readonly<Record<string, string>> };

export type StoredAs =
  | { readonly kind: 'named'; readonly format: string }
  | { readonly kind: 'classes'; readonly input: string; readonly output: string };

export interface CreateTable {
  readonly kind: 'create-table';
  readonly table: TableName;
  readonly ifNotExists: boolean;
  readonly columns: readonly Column[];
  readonly comment?: string;
  readonly partitionKeys: readonly Column[];
  readonly rowFormat?: RowFormat;
  readonly storedAs?: StoredAs;
  /** `s3://bucket/prefix/` or a prefix in the lake, as written. */
  readonly location: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly place: SourcePosition;
}

/** Athena's data definition, as far as a lake of Hive tables has a meaning for it. */
export type DdlStatement =
  | {
      readonly kind: 'create-database';
      readonly database: DatabaseName;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'drop-database';
      readonly database: DatabaseName;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | CreateTable
  | { readonly kind: 'drop-table'; readonly table: TableName; readonly ifExists: boolean }
  | { readonly kind: 'drop-view'; readonly view: TableName; readonly ifExists: boolean }
  | {
      readonly kind: 'add-partitions';
      readonly table: TableName;
      readonly ifNotExists: boolean;
      readonly partitions: readonly { readonly spec: PartitionSpec; readonly location?: string }[];
    }
  | {
      readonly kind: 'drop-partitions';
      readonly table: TableName;
      readonly ifExists: boolean;
      readonly partitions: readonly PartitionSpec[];
    }
  | { readonly kind: 'add-columns'; readonly table: TableName; readonly columns: readonly Column[] }
  | { readonly kind: 'replace-columns'; readonly table: TableName; readonly columns: readonly Column[] }
  | {
      readonly kind: 'set-location';
      readonly table: TableName;
      readonly partition?: PartitionSpec;
      readonly location: string;
    }
  | {
      readonly kind: 'set-properties';
      readonly table: TableName;
      readonly properties: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'repair-table'; readonly table: TableName }
  | { readonly kind: 'describe'; readonly table: TableName; readonly extended: boolean }
  | { readonly kind: 'show-databases'; readonly pattern?: string }
  | { readonly kind: 'show-tables'; readonly database?: DatabaseName; readonly pattern?: string }
  | { readonly kind: 'show-views'; readonly database?: DatabaseName; readonly pattern?: string }
  | { readonly kind: 'show-partitions'; readonly table: TableName }
  | { readonly kind: 'show-columns'; readonly table: TableName }
  | { readonly kind: 'show-properties'; readonly table: TableName; readonly property?: string }
  | { readonly kind: 'show-create-table'; readonly table: TableName }
  | { readonly kind: 'show-create-view'; readonly view: TableName };

export type DdlKind = DdlStatement['kind'];
