import { openSqlite, type Sqlite, type SqliteSchema } from '../base/sqlite.ts';

/**
 * What gateways keep of those who send: API keys, of which only hashes are here, and the requests that may be sent again.
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
  ],
};

/** Opens what gateways keep. PH_STATE_CORRUPT, PH_STORAGE_*. */
export function openGatewayFile(file: string): Sqlite {
  return openSqlite(file, schema);
}
