import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { PlayheadError } from '../base/errors.ts';
import { duckError } from './duck-error.ts';

interface DuckColumn {
  readonly name: string;
  /** DuckDB's own type text: `VARCHAR`, `BIGINT`, `DECIMAL(18,3)`, `STRUCT(a INTEGER)`. */
  readonly type: string;
}

export interface DuckResult {
  readonly columns: readonly DuckColumn[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/**
 * The local kernel: one DuckDB in the process, shared by delivery, crawler, jobs and queries. Each caller takes a
 * connection of its own; a connection runs one statement at a time. SQL texts are built by our own code only, from
 * checked parts (`sqlString`, `sqlIdentifier`). Times are in UTC.
 */
export interface Duck {
  connect(): Promise<DuckSession>;
  /**
   * Runs each statement once in the life of this database, one after the other: for what every session sees. One that
   * failed is run again by the next call.
   */
  share(statements: readonly string[]): Promise<void>;
  readonly temporaryDirectory: string;
  /** Interrupts what still runs, closes every session, then the database. Idempotent. */
  close(): Promise<void>;
}

/** Throws PH_SQL_SYNTAX, PH_SQL_INVALID, PH_SQL_FAILED, PH_STORAGE_FULL; PH_INTERRUPTED after `interrupt`. */
export interface DuckSession extends AsyncDisposable {
  /** Runs one or more statements and drops their results. Returns rows changed by the last. */
  run(sql: string): Promise<number>;
  /** The whole result in memory: for small ones. */
  all(sql: string): Promise<DuckResult>;
  /** First row, first column. */
  value(sql: string): Promise<DuckDBValue | undefined>;
  /** Chunks of rows as DuckDB makes them: memory stays flat. At least one chunk, empty where there are no rows. */
  stream(sql: string): AsyncGenerator<DuckResult>;
  /** Ends the running statement, if any, with PH_INTERRUPTED. */
  interrupt(): void;
}

export interface DuckSettings {
  readonly memoryBytes: number;
  readonly threads: number;
  /** Where DuckDB spills; made by the caller, private to it. */
  readonly temporaryDirectory: string;
  /** Encrypts what is spilled, by a key that only this process ever holds. Default: no. */
  readonly encryptsSpill?: boolean;
}

/** Opens an empty database in memory that spills to `temporaryDirectory`, and loads no extension from anywhere. */
export async function openDuck(settings: DuckSettings): Promise<Duck> {
  // Loaded by the first who needs it: it takes a process a fifth of its start, and many commands never ask it anything.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(settings.threads),
    memory_limit: `${Math.floor(settings.memoryBytes / 1024 ** 2)}MiB`,
    temp_directory: settings.temporaryDirectory,
    // The setting is called unsafe as DuckDB's own random numbers, of which it makes keys without its OpenSSL extension, are
    // no cryptographic ones. A spill's key lives as long as its process, and what it guards is otherwise plain.
    ...(settings.encryptsSpill === true ? { temp_file_encryption: 'true', force_mbedtls_unsafe: 'true' } : {}),
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const open = new Set<DuckSession>();
  let closed = false;
  const connect = async (): Promise<DuckSession> => {
    if (closed) throw new PlayheadError('PH_INTERNAL', 'the local engine is closed');
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    const session: DuckSession = duckSession(connection, () => open.delete(session));
    open.add(session);
    return session;
  };
  return {
    temporaryDirectory: settings.temporaryDirectory,
    connect,
    share: sharer(connect),
    close: async () => {
      if (closed) return;
      closed = true;
      for (const session of [...open]) {
        session.interrupt();
        await session[Symbol.asyncDispose]();
      }
      instance.closeSync();
    },
  };
}

/** Statements of all sessions in one queue: two transactions that make the same thing would conflict. */
function sharer(connect: () => Promise<DuckSession>): Duck['share'] {
  const done = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
  return (statements) => {
    const next = last.then(async () => {
      const missing = statements.filter((statement) => !done.has(statement));
      if (missing.length === 0) return;
      await using session = await connect();
      for (const statement of missing) {
        await session.run(statement);
        done.add(statement);
      }
    });
    // Its own caller is told of a failure; who comes after it tries again.
    last = next.catch(() => undefined);
    return next;
  };
}

function duckSession(connection: DuckDBConnection, onClose: () => void): DuckSession {
  let closed = false;
  /** A closed native handle must not be touched: what comes late is an error of ours, not a crash. */
  const guarded = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    if (closed) throw new PlayheadError('PH_INTERRUPTED', 'the session was closed');
    return await work().catch((cause: unknown) => Promise.reject(duckError(cause, sql)));
  };
  const all = async (sql: string): Promise<DuckResult> =>
    guarded(sql, async () => {
      const reader = await connection.runAndReadAll(sql);
      return { columns: columnsOf(reader.columnNames(), reader.columnTypes()), rows: reader.getRows() };
    });
  return {
    run: async (sql) => guarded(sql, async () => (await connection.run(sql)).rowsChanged),
    all,
    value: async (sql) => (await all(sql)).rows[0]?.[0],
    stream: async function* (sql) {
      const result = await guarded(sql, () => connection.stream(sql));
      const columns = columnsOf(result.columnNames(), result.columnTypes());
      let yielded = false;
      for (;;) {
        const chunk = await guarded(sql, () => result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) break;
        yielded = true;
        yield { columns, rows: chunk.getRows() };
      }
      if (!yielded) yield { columns, rows: [] };
    },
    interrupt: () => {
      if (!closed) connection.interrupt();
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      closed = true;
      onClose();
      connection.closeSync();
    },
  };
}

function columnsOf(names: readonly string[], types: readonly { toString(): string }[]): DuckColumn[] {
  return names.map((name, i) => ({ name, type: String(types[i]) }));
}

/** A string literal. NUL can't stand in one. */
export function sqlString(text: string): string {
  if (text.includes('\0')) throw new PlayheadError('PH_SQL_INVALID', 'a NUL character cannot stand in SQL text');
  return `'${text.replaceAll("'", "''")}'`;
}

/** A quoted identifier. */
export function sqlIdentifier(name: string): string {
  if (name === '' || name.includes('\0'))
    throw new PlayheadError('PH_SQL_INVALID', `not a name: ${JSON.stringify(name)}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** `['a', 'b']`: a list literal of strings, for `read_json([...])`. */
export function sqlStringList(texts: readonly string[]): string {
  return `[${texts.map(sqlString).join(', ')}]`;
}
