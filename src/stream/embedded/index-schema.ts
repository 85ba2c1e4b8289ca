import type { SqliteSchema } from '../../base/sqlite.ts';

/**
 * A topic's index. A row in `frames` is what makes records part of the log: bytes in a segment that no row names are
 * what a killed writer left behind.
 *
 * `source_account` counts what each source sent by arrival hour; `source_runs` holds which sequences of a source were ever logged, as runs that grow together, so that it stays small
 * and can be kept for ever; where the records went is known from `frames`, as long as they are there.
 */
export const indexSchema: SqliteSchema = {
  applicationId: 0x50484c47,
  holds: 'log index',
  damagedCode: 'PH_LOG_CORRUPT',
  whenDamaged:
    'put the index back from a backup of the log directory, together with its segments; without one, delete the ' +
    "topic's directory (its undelivered records are lost), produce them again, and begin each of its deliveries anew " +
    'with `playhead deliver <address> --accept-loss`',
  migrations: [
    `CREATE TABLE topic (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       name TEXT NOT NULL,
       partitions INTEGER NOT NULL,
       retention_ms INTEGER NOT NULL,
       cleanup TEXT NOT NULL,
       last_arrival_ms REAL,
       last_appended_ms REAL
     ) STRICT;
     CREATE TABLE partitions (
       partition INTEGER PRIMARY KEY,
       start_position INTEGER NOT NULL,
       end_position INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE segments (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       writer_pid INTEGER NOT NULL,
       state TEXT NOT NULL CHECK (state IN ('open', 'sealed', 'dropped')),
       size_bytes INTEGER NOT NULL,
       dropped_ms REAL
     ) STRICT;
     CREATE TABLE sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
     CREATE TABLE source_runs (
       source INTEGER NOT NULL,
       first INTEGER NOT NULL,
       last INTEGER NOT NULL,
       PRIMARY KEY (source, first)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE frames (
       partition INTEGER NOT NULL,
       base INTEGER NOT NULL,
       count INTEGER NOT NULL,
       segment INTEGER NOT NULL,
       offset INTEGER NOT NULL,
       stored_bytes INTEGER NOT NULL,
       value_bytes INTEGER NOT NULL,
       appended_ms REAL NOT NULL,
       source INTEGER NOT NULL,
       first_sequence INTEGER NOT NULL,
       last_sequence INTEGER NOT NULL,
       PRIMARY KEY (partition, base)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX frames_by_segment ON frames (segment);
     CREATE INDEX frames_by_source ON frames (source, last_sequence);`,
    `ALTER TABLE topic ADD COLUMN identity TEXT;
     UPDATE topic SET identity = lower(hex(randomblob(16)));`,
    // Hour -1: records from before hours were kept.
    `CREATE TABLE source_account (
       source INTEGER NOT NULL,
       hour INTEGER NOT NULL,
       sent INTEGER NOT NULL,
       logged INTEGER NOT NULL,
       resent INTEGER NOT NULL,
       PRIMARY KEY (source, hour)
     ) STRICT, WITHOUT ROWID;
     INSERT INTO source_account
       SELECT source, -1, sum(last - first + 1), sum(last - first + 1), 0 FROM source_runs GROUP BY source;`,
    // Counts erasures: an append that was looked through before one began is looked through again.
    'ALTER TABLE topic ADD COLUMN erasures INTEGER NOT NULL DEFAULT 0;',
    `CREATE TABLE epochs (
       partition INTEGER NOT NULL,
       epoch INTEGER NOT NULL,
       start INTEGER NOT NULL,
       PRIMARY KEY (partition, epoch)
     ) STRICT, WITHOUT ROWID;`,
  ],
};
