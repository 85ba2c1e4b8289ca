import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { PlayheadError } from '../base/errors.ts';

export interface DuckColumn {
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
 * checked parts (`sqlString`, `sqlIdentifier`).
 */
export interface Duck {
  connect(): Promise<DuckSession>;
  readonly temporaryDirectory: string;
  close(): Promise<void>;
}

export interface DuckSession extends AsyncDisposable {
  /** Runs one or more statements and drops their results. Returns rows changed by the last. */
  run(sql: string): Promise<number>;
  /** The whole result in memory: for small ones. */
  all(sql: string): Promise<DuckResult>;
  /** First row, first column. */
  value(sql: string): Promise<DuckDBValue | undefined>;
  /** Chunks of rows as DuckDB makes them: memory stays flat. */
  stream(sql: string): AsyncGenerator<DuckResult>;
  interrupt(): void;
}

export interface DuckSettings {
  readonly memoryBytes: number;
  readonly threads: number;
  /** Where DuckDB spills; made by the caller, private to it. */
  readonly temporaryDirectory: string;
}

export async function openDuck(settings: DuckSettings): Promise<Duck> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(settings.threads),
    memory_limit: `${Math.floor(settings.memoryBytes / 1024 ** 2)}MiB`,
    temp_directory: settings.temporaryDirectory,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  return {
    temporaryDirectory: settings.temporaryDirectory,
    connect: async () => {
      const connection = await instance.connect();
      await connection.run("SET TimeZone = 'UTC'");
      return duckSession(connection);
    },
    close: async () => instance.closeSync(),
  };
}

function duckSession(connection: DuckDBConnection): DuckSession {
  const stream = async function* (sql: string): AsyncGenerator<DuckResult> {
    const result = await connection.stream(sql);
    const columns = columnsOf(result.columnNames(), result.columnTypes());
    let yielded = false;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      yielded = true;
      yield { columns, rows: chunk.getRows() };
    }
    if (!yielded) yield { columns, rows: [] };
  };
  return {
    run: async (sql) => (await connection.run(sql)).rowsChanged,
    all: async (sql) => {
      const reader = await connection.runAndReadAll(sql);
      return { columns: columnsOf(reader.columnNames(), reader.columnTypes()), rows: reader.getRows() };
    },
    value: async (sql) => (await connection.runAndReadAll(sql)).getRows()[0]?.[0],
    stream,
    interrupt: () => connection.interrupt(),
    [Symbol.asyncDispose]: async () => connection.closeSync(),
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
