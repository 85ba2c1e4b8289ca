import type { SqliteSchema } from '../base/sqlite.ts';

/** The embedded catalog's file. Lists and maps are JSON text; partition values as one JSON array are a partition's key. */
export const catalogSchema: SqliteSchema = {
  applicationId: 0x50484354,
  holds: 'catalog',
  whenDamaged:
    'move the file (and its -wal and -shm) aside and run `playhead rebuild`: what commits and definitions describe is ' +
    'made anew from the lake; what DDL created must be created again',
  migrations: [
    `
    CREATE TABLE databases (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE tables (
      id INTEGER PRIMARY KEY,
      database_id INTEGER NOT NULL REFERENCES databases (id),
      name TEXT NOT NULL,
      columns TEXT NOT NULL,
      partition_keys TEXT NOT NULL,
      location TEXT NOT NULL,
      format TEXT NOT NULL,
      parameters TEXT NOT NULL,
      series TEXT,
      version INTEGER NOT NULL,
      UNIQUE (database_id, name)
    ) STRICT;
    CREATE TABLE partitions (
      id INTEGER PRIMARY KEY,
      table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
      partition_values TEXT NOT NULL,
      location TEXT NOT NULL,
      UNIQUE (table_id, partition_values)
    ) STRICT;
    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      registered_up_to INTEGER NOT NULL,
      UNIQUE (table_id, name)
    ) STRICT;
    -- partition_id is NULL in a table without partition keys.
    CREATE TABLE objects (
      table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
      partition_id INTEGER REFERENCES partitions (id) ON DELETE CASCADE,
      key TEXT NOT NULL,
      etag TEXT NOT NULL,
      row_count INTEGER NOT NULL,
      size_bytes INTEGER NOT NULL,
      series_id INTEGER NOT NULL,
      commit_number INTEGER NOT NULL,
      UNIQUE (table_id, key)
    ) STRICT;
    CREATE INDEX objects_by_partition ON objects (partition_id, key);
    `,
    // Parameters as pairs, which read back as they were whatever their names are.
    `
    UPDATE tables SET parameters =
      (SELECT json_group_array(json_array(key, value)) FROM json_each(tables.parameters));
    `,
    `
    CREATE TABLE views (
      database_id INTEGER NOT NULL REFERENCES databases (id),
      name TEXT NOT NULL,
      query TEXT NOT NULL,
      query_database TEXT NOT NULL,
      columns TEXT NOT NULL,
      comment TEXT,
      UNIQUE (database_id, name)
    ) STRICT;
    `,
    `
    CREATE TABLE prepared (
      workgroup TEXT NOT NULL,
      name TEXT NOT NULL,
      query TEXT NOT NULL,
      PRIMARY KEY (workgroup, name)
    ) STRICT;
    `,
  ],
};
