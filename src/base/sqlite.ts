import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type ErrorCode, PlayheadError } from './errors.ts';

export interface SqliteSchema {
  /** Stands in the file's header (`PRAGMA application_id`), so that another program's database is never taken for ours. */
  readonly applicationId: number;
  /** What the file holds, for messages: `catalog`. */
  readonly holds: string;
  /** What to do when the file is damaged. */
  readonly whenDamaged: string;
  /** Thrown for a damaged file; default PH_STATE_CORRUPT. */
  readonly damagedCode?: ErrorCode;
  /** Migration i takes the schema from version i to i + 1. What was released is never edited. */
  readonly migrations: readonly string[];
}

/** `read`: nothing is written, not even beside the file; every write throws PH_STORAGE_READ_ONLY. */
export type SqliteAccess = 'write' | 'read';

export type SqliteRow = Readonly<Record<string, unknown>>;

/** A SQLite file that several processes share. Calls are synchronous and short; each throws PH_STATE_CORRUPT or PH_STORAGE_*. */
export interface Sqlite {
  /** Runs a statement for its effect; returns how many rows it changed. Statements are prepared once. */
  run(sql: string, ...values: SQLInputValue[]): number;
  get(sql: string, ...values: SQLInputValue[]): SqliteRow | undefined;
  all(sql: string, ...values: SQLInputValue[]): readonly SqliteRow[];
  /**
   * All or nothing, alone among writers. `durable`: on the disk when it returns; otherwise a power cut (not a killed
   * process) may take back the last ones, whole and in order, which is right for what can be derived again.
   */
  write<T>(durability: 'durable' | 'derived', work: () => T): T;
  /** Reads of `work` see one state of the file. */
  read<T>(work: () => T): T;
  close(): void;
}

/** How long a call waits for another process's transaction before it gives up with PH_STORAGE_FAILED. */
const busyTimeoutMs = 10_000;

/**
 * Opens or creates the file, in WAL mode, and brings its schema to the newest version; with `read` access the file must be
 * there, of this version. Throws PH_STATE_CORRUPT for a damaged or foreign file, PH_HOME_LAYOUT for one of another version
 * that it can't bring to its own.
 */
export function openSqlite(file: string, schema: SqliteSchema, access: SqliteAccess = 'write'): Sqlite {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw sqliteFailure(cause, file, schema);
    }
  };
  const open = access === 'read' ? openToRead : openToWrite;
  const database = guarded(() => open(file));
  try {
    guarded(() => {
      if (access === 'read') return checkVersion(database, file, schema);
      if (database.prepare('PRAGMA journal_mode').get()?.['journal_mode'] !== 'wal')
        database.exec('PRAGMA journal_mode = WAL');
      migrate(database, file, schema);
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return sqliteOver(database, guarded);
}

function openToWrite(file: string): DatabaseSync {
  return new DatabaseSync(file, { timeout: busyTimeoutMs });
}

/**
 * Opens a file that may lie where nothing can be written. In WAL mode even a reader writes beside the file, unless it is
 * declared immutable. That holds only where no log lies beside it: what is in a log must be read, and SQLite fails where
 * it can't.
 */
export function openToRead(file: string): DatabaseSync {
  if (existsSync(`${file}-wal`)) return new DatabaseSync(file, { timeout: busyTimeoutMs, readOnly: true });
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

function sqliteOver(database: DatabaseSync, guarded: <T>(work: () => T) => T): Sqlite {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const statement = (sql: string): ReturnType<DatabaseSync['prepare']> => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  const transaction = <T>(begin: string, work: () => T): T => {
    guarded(() => database.exec(begin));
    try {
      const result = work();
      guarded(() => database.exec('COMMIT'));
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    run: (sql, ...values) => guarded(() => Number(statement(sql).run(...values).changes)),
    get: (sql, ...values) => guarded(() => statement(sql).get(...values)),
    all: (sql, ...values) => guarded(() => statement(sql).all(...values)),
    write: (durability, work) => {
      guarded(() => database.exec(`PRAGMA synchronous = ${durability === 'durable' ? 'FULL' : 'NORMAL'}`));
      return transaction('BEGIN IMMEDIATE', work);
    },
    read: (work) => transaction('BEGIN', work),
    close: () => database.close(),
  };
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function checkOwner(database: DatabaseSync, file: string, schema: SqliteSchema): void {
  const owner = Number(database.prepare('PRAGMA application_id').get()?.['application_id']);
  if (versionOf(database) > 0 && owner !== schema.applicationId)
    throw new PlayheadError(
      schema.damagedCode ?? 'PH_STATE_CORRUPT',
      `${file} is not a ${schema.holds} file of Playhead`,
      {
        hint: schema.whenDamaged,
        details: { file },
      },
    );
}

function checkVersion(database: DatabaseSync, file: string, schema: SqliteSchema): void {
  checkOwner(database, file, schema);
  const version = versionOf(database);
  if (version > schema.migrations.length) throw newer(file, schema, version);
  if (version < schema.migrations.length)
    throw new PlayheadError('PH_HOME_LAYOUT', `${file} has ${schema.holds} version ${version}, and can only be read`, {
      hint: `any playhead command brings it to version ${schema.migrations.length} where it can be written`,
      details: { file, version },
    });
}

function newer(file: string, schema: SqliteSchema, version: number): PlayheadError {
  const message = `${file} has ${schema.holds} version ${version}, newer than this Playhead`;
  return new PlayheadError('PH_HOME_LAYOUT', message, {
    hint: `this Playhead knows up to version ${schema.migrations.length}: use the one that wrote the file`,
    details: { file, version },
  });
}

function migrate(database: DatabaseSync, file: string, schema: SqliteSchema): void {
  checkOwner(database, file, schema);
  if (versionOf(database) === schema.migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another process may have migrated meanwhile.
    const from = versionOf(database);
    if (from > schema.migrations.length) throw newer(file, schema, from);
    for (const migration of schema.migrations.slice(from)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${schema.applicationId}`);
    database.exec(`PRAGMA user_version = ${schema.migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something to a user. */
const resultCodes = {
  busy: 5,
  ioError: 10,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/**
 * True for the result codes of a disk that is full: besides SQLITE_FULL that of the WAL's index, which could not be made
 * longer (SQLITE_IOERR_SHMSIZE).
 */
export function isSqliteFull(errcode: number): boolean {
  return (errcode & 0xff) === resultCodes.full || errcode === (resultCodes.ioError | (19 << 8));
}

function sqliteFailure(cause: unknown, file: string, schema: SqliteSchema): unknown {
  const errcode = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) : undefined;
  if (errcode === undefined || !(cause instanceof Error)) return cause;
  const options = { cause, details: { file, sqlite: errcode } };
  if (isSqliteFull(errcode)) {
    return new PlayheadError('PH_STORAGE_FULL', `no room left to write ${file}`, {
      ...options,
      hint: 'Free some space, then run it again: nothing is half-written.',
    });
  }
  switch (errcode & 0xff) {
    case resultCodes.corrupt:
    case resultCodes.notADatabase:
      return new PlayheadError(
        schema.damagedCode ?? 'PH_STATE_CORRUPT',
        `the ${schema.holds} file ${file} is damaged: ${cause.message}`,
        {
          ...options,
          hint: schema.whenDamaged,
        },
      );
    case resultCodes.readOnly:
      return new PlayheadError('PH_STORAGE_READ_ONLY', `${file} cannot be written`, options);
    case resultCodes.cannotOpen:
      return new PlayheadError('PH_STORAGE_FAILED', `${file} cannot be opened: ${cause.message}`, options);
    case resultCodes.busy:
      return new PlayheadError('PH_STORAGE_FAILED', `${file} stayed locked for ${busyTimeoutMs / 1000} s`, {
        ...options,
        hint: 'another process holds a transaction open on it; stop that one, or try again',
      });
    default:
      return new PlayheadError('PH_STORAGE_FAILED', `${file}: ${cause.message}`, options);
  }
}
