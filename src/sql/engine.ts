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
 * succeeded; `cancel` is idempotent. Throws PH_SQL_SYNTAX, PH_SQL_INVALID (with line and column in the SQL that was
 * submitted), PH_SQL_FAILED.
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
