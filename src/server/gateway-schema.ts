import { openSqlite, type Sqlite, type SqliteAccess, type SqliteSchema } from '../base/sqlite.ts';

/**
 * What gateways keep: API keys of those who send, of which only hashes are here, the requests that may be sent again, and which
 * processes listen where.
 * `requests.key` is a hash of the Idempotency-Key with whose it is; the sequences that a request took are its place in the
 * stream, whose word it is that they were logged.
 */
const schema: SqliteSchema = {
  applicationId: 0x50484757,
  holds: 'gateway',
  whenDamaged:
    'put it back from a backup; without one, move it aside and issue new API keys: requests that are sent again with their ' +
    'Idempotency-Key are then taken for new ones',
  migrations: [
    `CREATE TABLE api_keys (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL,
       scopes TEXT NOT NULL,
       salt BLOB NOT NULL,
       hash BLOB NOT NULL,
       cost INTEGER NOT NULL,
       created_ms REAL NOT NULL,
       revoked_ms REAL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE requests (
       key BLOB PRIMARY KEY,
       body BLOB NOT NULL,
       record_type BLOB NOT NULL,
       source TEXT NOT NULL,
       first_sequence INTEGER NOT NULL,
       expires_ms REAL NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX requests_by_expiry ON requests (expires_ms);`,
    `CREATE TABLE listening (
       process TEXT PRIMARY KEY,
       url TEXT NOT NULL,
       since_ms REAL NOT NULL
     ) STRICT, WITHOUT ROWID;`,
    // Where its log does not find them again: see `firstPositions`.
    'ALTER TABLE requests ADD COLUMN first_positions TEXT;',
  ],
};

/** Opens what gateways keep. PH_STATE_CORRUPT, PH_STORAGE_*. */
export function openGatewayFile(file: string, access: SqliteAccess = 'write'): Sqlite {
  return openSqlite(file, schema, access);
}
