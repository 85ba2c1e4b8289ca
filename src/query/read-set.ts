import type { CatalogTable } from '../catalog/catalog.ts';
import type { TranslatedTable } from '../sql/translation.ts';

/** An object, or a piece of the log, that a query reads: where DuckDB finds it and what partition its rows are in. */
export interface ReadFile {
  readonly path: string;
  /** Where it lies in the lake; absent for a piece of the log. */
  readonly key?: string;
  readonly sizeBytes: number;
  /** Of an object that was found by listing: no commit says what must be in it. */
  readonly etag?: string;
  readonly partition: readonly string[];
  /** From the log: not delivered yet. */
  readonly hot: boolean;
}

/** What one mention of a table reads, after pruning. */
export interface TableRead {
  readonly mention: TranslatedTable;
  readonly table: CatalogTable;
  readonly files: readonly ReadFile[];
  /** Every partition that the table has, and those that the query can need. */
  readonly partitions: readonly (readonly string[])[];
  readonly kept: readonly (readonly string[])[];
}
