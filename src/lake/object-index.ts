import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { PlayheadError } from '../base/errors.ts';
import { openToRead } from '../base/sqlite.ts';
import { systemCode } from './storage-error.ts';

/** What tells one content of a file from another without reading it. */
export interface Fingerprint {
  readonly inode: bigint;
  readonly sizeBytes: bigint;
  readonly modifiedNs: bigint;
}

/** What the index keeps of a content: that of the object, which is not the file's where the file is sealed. */
export interface Content {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * SHA-256 and size of the contents of a store's files by key and fingerprint. A cache: what is not here, or no longer fits its file, is
 * hashed again, so that files that others put into the folder or changed are noticed, and a lost index mends itself.
 */
export interface ObjectIndex {
  /** The content of the file that has this fingerprint, undefined where it must be read. */
  lookup(key: string, fingerprint: Fingerprint): Content | undefined;
  record(key: string, fingerprint: Fingerprint, content: Content): void;
  forget(key: string): void;
  /**
   * Runs `critical` while no other process or thread is in its own. It must not wait for anything: a lock that is held
   * over a wait could meet itself in the same thread. The lock is SQLite's, so a dead process leaves none.
   */
  exclusively<T>(critical: () => T): T;
  close(): void;
}

const lookupSql =
  'SELECT sha256, plain_bytes FROM content WHERE key = ? AND inode = ? AND size_bytes = ? AND modified_ns = ?';

export function openObjectIndex(folder: string): ObjectIndex {
  // A file of its own: recording hashes must not wait for someone's exclusive step.
  const lock = openLock(`${folder}/lock.sqlite`);
  const index = openOrRenew(`${folder}/index.sqlite`);
  const lookup = index.prepare(lookupSql);
  const record = index.prepare('INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?, ?, ?)');
  const forget = index.prepare('DELETE FROM content WHERE key = ?');
  return {
    lookup: (key, { inode, sizeBytes, modifiedNs }) => contentOf(lookup.get(key, inode, sizeBytes, modifiedNs)),
    record: (key, { inode, sizeBytes, modifiedNs }, content) => {
      record.run(key, inode, sizeBytes, modifiedNs, Buffer.from(content.sha256, 'hex'), content.sizeBytes);
    },
    forget: (key) => {
      forget.run(key);
    },
    exclusively: (critical) => {
      lock.exec('BEGIN IMMEDIATE');
      try {
        return critical();
      } finally {
        lock.exec('COMMIT');
      }
    },
    close: () => {
      index.close();
      lock.close();
    },
  };
}

/** The index of a store that can only be read. What it doesn't know is hashed once and remembered by this process. */
export function openIndexToRead(folder: string): ObjectIndex {
  const index = openIfReadable(`${folder}/index.sqlite`);
  const lookup = index?.prepare(lookupSql);
  const hashed = new Map<string, Content>();
  const nameOf = (key: string, { inode, sizeBytes, modifiedNs }: Fingerprint): string =>
    `${inode} ${sizeBytes} ${modifiedNs} ${key}`;
  return {
    lookup: (key, file) =>
      hashed.get(nameOf(key, file)) ?? contentOf(lookup?.get(key, file.inode, file.sizeBytes, file.modifiedNs)),
    record: (key, file, content) => {
      hashed.set(nameOf(key, file), content);
    },
    forget: () => {},
    exclusively: () => {
      throw new PlayheadError('PH_STORAGE_READ_ONLY', `the lake of ${folder} is open for reading only`);
    },
    close: () => index?.close(),
  };
}

/** An index that can't be read here (a log beside it that only a writer can take in) is done without. */
function openIfReadable(path: string): DatabaseSync | undefined {
  try {
    const database = openToRead(path);
    database.prepare(lookupSql);
    return database;
  } catch {
    return undefined;
  }
}

function contentOf(row: Readonly<Record<string, unknown>> | undefined): Content | undefined {
  const hash = row?.['sha256'];
  if (!(hash instanceof Uint8Array)) return undefined;
  return { sha256: Buffer.from(hash).toString('hex'), sizeBytes: Number(row?.['plain_bytes']) };
}

/**
 * PH_STATE_CORRUPT for a damaged file. Not renewed as the index is: another process may hold the lock in the file that would
 * be removed, and two would then be alone with two locks.
 */
function openLock(path: string): DatabaseSync {
  try {
    return openDatabase(path);
  } catch (cause) {
    if (systemCode(cause) !== 'ECORRUPT') throw cause;
    throw new PlayheadError('PH_STATE_CORRUPT', `the lake's lock file ${path} is damaged`, {
      hint: 'Stop every process that uses this lake, then delete the file: there is no data in it, and it is made anew.',
      cause,
      details: { file: path },
    });
  }
}

/** A damaged index is thrown away: it holds nothing that the files don't say. */
function openOrRenew(path: string): DatabaseSync {
  try {
    return openTable(path);
  } catch (cause) {
    if (systemCode(cause) !== 'ECORRUPT') throw cause;
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    return openTable(path);
  }
}

function openTable(path: string): DatabaseSync {
  const database = openDatabase(path);
  database.exec(
    `CREATE TABLE IF NOT EXISTS content (key TEXT PRIMARY KEY, inode INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
       modified_ns INTEGER NOT NULL, sha256 BLOB NOT NULL, plain_bytes INTEGER NOT NULL) WITHOUT ROWID`,
  );
  return database;
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}
