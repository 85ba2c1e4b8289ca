import type { EpochUnit } from './epoch.ts';

/**
 * A record type is declared once, as data; its TypeScript type, validator, JSON Schema and the columns of DuckDB,
 * Parquet, Glue and Iceberg are derived from the declaration.
 */
type FieldType =
  | {
      readonly type: 'string';
      readonly pattern?: string;
      readonly oneOf?: readonly string[];
      readonly maxLength?: number;
      readonly format?: 'iso-timestamp' | 'iso-date' | 'ipv4' | 'uuid';
    }
  | { readonly type: 'int'; readonly min?: number; readonly max?: number }
  /** `epoch`: it counts this unit since 1970, and is an instant of the years 1 to 9999. */
  | { readonly type: 'bigint'; readonly min?: number; readonly max?: number; readonly epoch?: EpochUnit }
  | { readonly type: 'double'; readonly min?: number; readonly max?: number }
  | { readonly type: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly type: 'boolean' }
  /** An instant; ISO 8601 text in JSON, a timestamp (µs, UTC) in columns. */
  | { readonly type: 'timestamp' }
  | { readonly type: 'date' }
  /** Any JSON, kept as text in columns. */
  | { readonly type: 'json' }
  | { readonly type: 'list'; readonly of: Field }
  | { readonly type: 'struct'; readonly fields: Fields }
  | { readonly type: 'map'; readonly values: Field };

export type Field = FieldType & { readonly optional?: true; readonly description?: string };
export type Fields = Readonly<Record<string, Field>>;

export interface RecordType<F extends Fields = Fields> {
  readonly name: string;
  /** Rises with every change of the fields. */
  readonly version: number;
  readonly fields: F;
}
