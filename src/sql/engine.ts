import type { Column } from '../catalog/catalog.ts';

/** What an engine can do, as data; nobody asks for an engine's name. */
export interface EngineCapabilities {
  /** The dialect that `submit` takes. */
  readonly dialect: 'duckdb' | 'trino' | 'spark' | 'athena';
  readonly cancel: boolean;
  /** The engine can say before the start how many bytes a query can scan. */
  readonly bound: boolean;
}

/** A query in the engine's own dialect, with its tables already resolved to exact objects. */
export interface EngineQuery {
  readonly sql: string;
  /** Statements that the query needs run before it, seen by it alone: views of its tables, its macros. */
  readonly setup?: readonly string[];
}

export type QueryState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface QueryStatus {
  readonly state: QueryState;
  readonly elapsedMs: number;
  readonly bytesScanned?: number;
  readonly error?: Error;
}

/** SQL values as plain JavaScript: null, boolean, number, bigint, string (decimals, dates, timestamps as Athena prints them), arrays, objects. */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue };

export interface ResultPage {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** Absent on the last page. */
  readonly next?: string;
}

/**
 * Runs SQL somewhere. `submit` returns at once; `poll` says how it goes; `fetch` pages the result of a query that
 * succeeded, in order, each page once; `cancel` is idempotent, and a query that it ended is `cancelled`. An engine that
 * streams counts a query as succeeded when its first rows are there; what goes wrong after that, `fetch` throws.
 * A query's failure is the `error` of its status, and what `fetch` throws: PH_SQL_SYNTAX, PH_SQL_INVALID (with
 * `details`: line, column and character offset in the SQL that was submitted), PH_SQL_FAILED.
 * Throws PH_USAGE for an id that it does not know.
 */
export interface SqlEngine {
  readonly capabilities: EngineCapabilities;
  submit(query: EngineQuery): Promise<string>;
  poll(id: string): Promise<QueryStatus>;
  /** Resolves when the query has ended, whatever way. */
  wait(id: string, signal?: AbortSignal): Promise<QueryStatus>;
  fetch(id: string, page?: string): Promise<ResultPage>;
  cancel(id: string): Promise<void>;
  close(): Promise<void>;
}
