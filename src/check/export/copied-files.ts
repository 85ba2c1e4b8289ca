import { openSqlite, type Sqlite, type SqliteRow, type SqliteSchema } from '../../base/sqlite.ts';
import type { ManifestFile } from './manifest.ts';

/** A file of the export, and what tells the content that it is a copy of from another: an etag, a length. */
export interface CopiedFile extends ManifestFile {
  readonly version: string;
}

/**
 * What was copied so far, on disk, so that an export of any size fits into memory and one that was cut off goes on. An export looks at its
 * source in rounds: a file is of the export when it was `settled` in the last one.
 */
export interface CopiedFiles {
  version(path: string): string | undefined;
  /** Written down once the file is on the disk. */
  record(file: CopiedFile): void;
  /** Before the file is replaced: what stands here of it is no longer so. */
  forget(path: string): void;
  /** Was there, with the version that is recorded, at the beginning of the round. */
  see(path: string, round: number): void;
  isSeen(path: string, round: number): boolean;
  /** And is what the round needs of it at its end. */
  settle(path: string, round: number): void;
  isSettled(path: string, round: number): boolean;
  /** Paths that were seen in a round and not settled in it. */
  unsettled(round: number): Iterable<string>;
  /** Everything else than what a round settled. */
  leftOver(round: number): Iterable<string>;
  settled(round: number): Iterable<ManifestFile>;
  close(): void;
}

const schema: SqliteSchema = {
  applicationId: 0x50484558,
  holds: 'export',
  whenDamaged: 'Delete the folder of the export, and export anew: it was not finished.',
  migrations: [
    `CREATE TABLE origin (one INTEGER PRIMARY KEY CHECK (one = 1), home TEXT NOT NULL) STRICT;
     CREATE TABLE files (
       path TEXT PRIMARY KEY,
       version TEXT NOT NULL,
       size_bytes INTEGER NOT NULL,
       sha256 TEXT NOT NULL,
       modified_ms REAL NOT NULL,
       mode INTEGER NOT NULL,
       seen INTEGER NOT NULL DEFAULT -1,
       settled INTEGER NOT NULL DEFAULT -1
     ) STRICT, WITHOUT ROWID;`,
  ],
};

const pageRows = 1000;

/** Opens the record of an export that is not finished, and says whose it is: of this home, or of another one. */
export function openCopiedFiles(file: string, home: string): { readonly files: CopiedFiles; readonly origin: string } {
  const database = openSqlite(file, schema);
  const change = (sql: string, ...values: (string | number)[]): void => {
    database.write('derived', () => database.run(sql, ...values));
  };
  const has = (column: 'seen' | 'settled', path: string, round: number): boolean =>
    database.get(`SELECT 1 FROM files WHERE path = ? AND ${column} = ?`, path, round) !== undefined;
  change('INSERT OR IGNORE INTO origin VALUES (1, ?)', home);
  // Rounds begin anew with the process.
  change('UPDATE files SET seen = -1, settled = -1');
  const files: CopiedFiles = {
    version: (path) => textOf(database.get('SELECT version FROM files WHERE path = ?', path), 'version'),
    record: ({ path, version, sizeBytes, sha256, modifiedMs, mode }) =>
      change(
        `INSERT OR REPLACE INTO files (path, version, size_bytes, sha256, modified_ms, mode) VALUES (?, ?, ?, ?, ?, ?)`,
        path,
        version,
        sizeBytes,
        sha256,
        modifiedMs,
        mode,
      ),
    forget: (path) => change('DELETE FROM files WHERE path = ?', path),
    see: (path, round) => change('UPDATE files SET seen = ? WHERE path = ?', round, path),
    isSeen: (path, round) => has('seen', path, round),
    settle: (path, round) => change('UPDATE files SET settled = ? WHERE path = ?', round, path),
    isSettled: (path, round) => has('settled', path, round),
    unsettled: (round) => paths(database, 'seen = ? AND settled <> seen', round),
    leftOver: (round) => paths(database, 'settled <> ?', round),
    settled: function* (round) {
      for (const row of rowsOf(database, 'settled = ?', round)) yield fileOf(row);
    },
    close: () => database.close(),
  };
  return { files, origin: textOf(database.get('SELECT home FROM origin'), 'home') ?? '' };
}

function* paths(database: Sqlite, condition: string, round: number): Generator<string> {
  for (const { path } of rowsOf(database, condition, round)) yield String(path);
}

/** In the order of paths; rows may change or go while they are gone through. */
function* rowsOf(database: Sqlite, condition: string, round: number): Generator<SqliteRow> {
  for (let after = ''; ; ) {
    const sql = `SELECT * FROM files WHERE path > ? AND ${condition} ORDER BY path LIMIT ${pageRows}`;
    const rows = database.all(sql, after, round);
    yield* rows;
    if (rows.length < pageRows) return;
    after = String(rows.at(-1)?.['path']);
  }
}

function fileOf(row: SqliteRow): ManifestFile {
  return {
    path: String(row['path']),
    sizeBytes: Number(row['size_bytes']),
    sha256: String(row['sha256']),
    modifiedMs: Number(row['modified_ms']),
    mode: Number(row['mode']),
  };
}

function textOf(row: SqliteRow | undefined, column: string): string | undefined {
  return row === undefined ? undefined : String(row[column]);
}
