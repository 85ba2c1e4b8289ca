import type { Catalog, Column } from '../catalog/catalog.ts';
import type { DeliverySubject } from '../delivery/bound-delivery.ts';
import type { Duck } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { SqlValue } from '../sql/engine.ts';
import type { Stream } from '../stream/stream.ts';
import type { NamedQueryDefinition, WorkgroupDefinition } from './definition.ts';

export interface QueryPorts {
  readonly catalog: Catalog;
  readonly lake: ObjectStore;
  readonly duck: Duck;
  /** Asked for only by a fresh query. */
  readonly stream?: () => Promise<Stream>;
  /**
   * Registers in the catalog what other homes committed into these tables (`database.name`), before they are read: there where
   * the lake may be shared. Returns why that could not be done, where it couldn't.
   */
  readonly registerShared?: (tables: readonly string[]) => Promise<string | undefined>;
}

export interface QuerySettings {
  /** Database of table names that name none; default `default`. */
  readonly database?: string;
  readonly workgroups?: Readonly<Record<string, WorkgroupDefinition>>;
  readonly queries?: Readonly<Record<string, NamedQueryDefinition>>;
  /** Deliveries whose tables a fresh query reads on in the log. */
  readonly deliveries?: readonly DeliverySubject[];
  /** Full name of a table that a job makes → that of the landing table it is made from. */
  readonly landings?: ReadonlyMap<string, string>;
  /** Full names of tables that are exactly what commits name, also while there is no commit. */
  readonly committed?: ReadonlySet<string>;
  /** Where translations are kept between processes. */
  readonly cacheDirectory?: string;
}

export interface QueryOptions {
  readonly database?: string;
  /** Its scan limit holds for the query, and its prefix gets the result. */
  readonly workgroup?: string;
  /** Reads landing tables up to the last record of the log. */
  readonly fresh?: boolean;
  /** Values of the `?` in the statement, in their order, as SQL writes constants: `'Japan'`, `5`. */
  readonly parameters?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What a query cost and what is worth knowing about its answer. Complete once its rows were read. */
export interface QuerySummary {
  readonly rows: number;
  readonly elapsedMs: number;
  readonly bytesScanned: number;
  /** Of them from the log. */
  readonly hotBytes: number;
  readonly files: number;
  readonly partitions: { readonly read: number; readonly of: number };
  /** Values that read as NULL because they are not of their column's type, by `database.table.column`. */
  readonly mistyped: Readonly<Record<string, number>>;
  /** Lines that are no JSON objects and read as rows of NULLs because their table says so, by `database.table`. */
  readonly malformed: Readonly<Record<string, number>>;
  /** Functions that estimated: `approx_distinct`, `approx_percentile`. */
  readonly estimates: readonly string[];
  /** Why what other homes committed since may be lacking; absent where nothing is. */
  readonly behind?: string;
  /** Why there are no rows, or one of an aggregate over none, where that can be told. */
  readonly explanation?: string;
  /** Key of the result in the lake, where the workgroup keeps results. */
  readonly result?: string;
}

export interface QueryResult {
  readonly columns: readonly Column[];
  /** The rows are lines of text (SHOW CREATE TABLE, EXPLAIN), to be copied as they are. */
  readonly isText?: boolean;
  /** Pages of rows, once. What goes wrong after the first rows is thrown here. */
  readonly pages: AsyncIterable<readonly (readonly SqlValue[])[]>;
  /** To be asked after the last page. */
  summary(): Promise<QuerySummary>;
}
