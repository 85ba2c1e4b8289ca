import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { openSqlite, type Sqlite, type SqliteAccess } from '../base/sqlite.ts';
import { canonicalTable, canonicalView, checkedPartition, nameKey } from './canonical.ts';
import type { Catalog, CatalogTable, Partition } from './catalog.ts';
import { objectsOf, registerAnew, registerCommit, registeredUpTo } from './sqlite-commits.ts';
import { preparedStatements } from './sqlite-prepared.ts';
import {
  parametersText,
  parsePartitionKey,
  partitionKey,
  type StoredTable,
  storedTable,
  tableColumns,
} from './sqlite-rows.ts';
import { catalogSchema } from './sqlite-schema.ts';
import { dropView, findView, putView, viewsOf } from './sqlite-views.ts';

/**
 * The embedded catalog: one SQLite file, several processes. What a user declares (databases, tables, partitions by DDL) is
 * on the disk when the call resolves; what commits say may be a moment behind after a power cut, and is registered again.
 */
export async function openSqliteCatalog(
  file: string,
  effects: Effects,
  access: SqliteAccess = 'write',
): Promise<Catalog> {
  const sqlite = openSqlite(file, catalogSchema, access);
  effects.log.log('debug', 'catalog opened', { file });
  return {
    databases: async () => sqlite.all('SELECT name FROM databases ORDER BY name').map((row) => String(row['name'])),
    createDatabase: async (name, options) => createDatabase(sqlite, nameKey(name), options?.ifNotExists === true),
    dropDatabase: async (name) => dropDatabase(sqlite, nameKey(name)),
    tables: async (database) => sqlite.read(() => tablesOf(sqlite, nameKey(database)).map((stored) => stored.table)),
    table: async (database, name) => sqlite.read(() => findTable(sqlite, nameKey(database), nameKey(name))?.table),
    putTable: async (table, expectedVersion) => putTable(sqlite, canonicalTable(table), expectedVersion),
    dropTable: async (database, name) =>
      sqlite.write('durable', () => {
        sqlite.run('DELETE FROM tables WHERE id = ?', tableNamed(sqlite, database, name).id);
      }),
    views: async (database) =>
      sqlite.read(() => viewsOf(sqlite, nameKey(database), databaseId(sqlite, nameKey(database)))),
    view: async (database, name) => sqlite.read(() => findView(sqlite, nameKey(database), nameKey(name))),
    putView: async (given, { replace }) =>
      sqlite.write('durable', () => {
        const view = canonicalView(given);
        if (findTable(sqlite, view.database, view.name) !== undefined)
          throw new PlayheadError('PH_TABLE_EXISTS', `${view.database}.${view.name} is a table`);
        putView(sqlite, view, databaseId(sqlite, view.database), replace);
      }),
    dropView: async (database, name) =>
      sqlite.write('durable', () =>
        dropView(sqlite, databaseId(sqlite, nameKey(database)), nameKey(database), nameKey(name)),
      ),
    ...preparedStatements(sqlite),
    partitions: async (database, name) =>
      sqlite.read(() => partitionsOf(sqlite, tableNamed(sqlite, database, name).id)),
    addPartitions: async (database, name, partitions) =>
      sqlite.write('durable', () => addPartitions(sqlite, tableNamed(sqlite, database, name), partitions)),
    dropPartitions: async (database, name, values) =>
      sqlite.write('durable', () => dropPartitions(sqlite, tableNamed(sqlite, database, name), values)),
    registerCommit: async (database, name, commit) =>
      sqlite.write('derived', () => registerCommit(sqlite, tableNamed(sqlite, database, name), commit)),
    registerAnew: async (database, name, commits) =>
      sqlite.write('derived', () => registerAnew(sqlite, tableNamed(sqlite, database, name), commits)),
    replaceContents: async (changes) =>
      sqlite.write('durable', () => {
        for (const { key, from, to, etag, sizeBytes, rowsGone } of changes)
          sqlite.run(
            'UPDATE objects SET key = ?, etag = ?, size_bytes = ?, row_count = row_count - ? WHERE key = ? AND etag = ?',
            to,
            etag,
            sizeBytes,
            rowsGone,
            key,
            from,
          );
      }),
    registeredUpTo: async (database, name, series) =>
      sqlite.read(() => registeredUpTo(sqlite, tableNamed(sqlite, database, name).id, series)),
    objects: async (database, name, partitions) =>
      sqlite.read(() => objectsOf(sqlite, tableNamed(sqlite, database, name).id, partitions)),
    close: async () => sqlite.close(),
  };
}

function createDatabase(sqlite: Sqlite, name: string, ifNotExists: boolean): void {
  sqlite.write('durable', () => {
    const created = sqlite.run('INSERT INTO databases (name) VALUES (?) ON CONFLICT DO NOTHING', name);
    if (created === 0 && !ifNotExists)
      throw new PlayheadError('PH_DATABASE_EXISTS', `the database ${name} is there already`);
  });
}

function dropDatabase(sqlite: Sqlite, name: string): void {
  sqlite.write('durable', () => {
    const views = viewsOf(sqlite, name, databaseId(sqlite, name)).map((view) => view.name);
    const tables = [...tablesOf(sqlite, name).map((stored) => stored.table.name), ...views];
    if (tables.length > 0)
      throw new PlayheadError('PH_DATABASE_NOT_EMPTY', `the database ${name} still has ${tables.length} table(s)`, {
        hint: `drop them first, or use DROP DATABASE ${name} CASCADE`,
        details: { tables: tables.slice(0, 20) },
      });
    sqlite.run('DELETE FROM databases WHERE name = ?', name);
  });
}

function databaseId(sqlite: Sqlite, name: string): number {
  const row = sqlite.get('SELECT id FROM databases WHERE name = ?', name);
  if (row !== undefined) return Number(row['id']);
  const candidates = sqlite.all('SELECT name FROM databases ORDER BY name').map((other) => String(other['name']));
  throw new PlayheadError('PH_DATABASE_UNKNOWN', `there is no database ${name}`, {
    hint: candidates.length === 0 ? 'there are no databases yet' : `there are: ${candidates.slice(0, 20).join(', ')}`,
    details: { candidates },
  });
}

function tablesOf(sqlite: Sqlite, database: string): readonly StoredTable[] {
  return sqlite
    .all(`SELECT ${tableColumns} FROM tables WHERE database_id = ? ORDER BY name`, databaseId(sqlite, database))
    .map((row) => storedTable(database, row));
}

function findTable(sqlite: Sqlite, database: string, name: string): StoredTable | undefined {
  const row = sqlite.get(
    `SELECT ${tableColumns} FROM tables
     WHERE name = ? AND database_id = (SELECT id FROM databases WHERE name = ?)`,
    name,
    database,
  );
  return row === undefined ? undefined : storedTable(database, row);
}

function tableNamed(sqlite: Sqlite, database: string, name: string): StoredTable {
  const found = findTable(sqlite, nameKey(database), nameKey(name));
  if (found !== undefined) return found;
  const candidates = tablesOf(sqlite, nameKey(database)).map((stored) => stored.table.name);
  throw new PlayheadError('PH_TABLE_UNKNOWN', `there is no table ${nameKey(database)}.${nameKey(name)}`, {
    hint: candidates.length === 0 ? 'the database has no tables' : `it has: ${candidates.slice(0, 20).join(', ')}`,
    details: { candidates },
  });
}

function putTable(sqlite: Sqlite, table: Omit<CatalogTable, 'version'>, expectedVersion: number): CatalogTable {
  return sqlite.write('durable', () => {
    const database = databaseId(sqlite, table.database);
    const existing = findTable(sqlite, table.database, table.name);
    checkVersion(table, existing?.table, expectedVersion);
    if (existing === undefined) {
      if (findView(sqlite, table.database, table.name) !== undefined)
        throw new PlayheadError('PH_TABLE_EXISTS', `${table.database}.${table.name} is a view`);
      sqlite.run(
        `INSERT INTO tables (columns, partition_keys, location, format, parameters, series, database_id, name, version)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)`,
        ...storedValues(table),
        database,
        table.name,
      );
      return { ...table, version: 1 };
    }
    const next = { ...table, version: existing.table.version + 1 };
    // A change that changes nothing keeps the version: whoever caches by version keeps its cache.
    if (storedValues(table).join('\n') === storedValues(existing.table).join('\n')) return existing.table;
    checkPartitionKeys(sqlite, existing, table);
    sqlite.run(
      `UPDATE tables SET columns = ?, partition_keys = ?, location = ?, format = ?, parameters = ?, series = ?,
         version = ? WHERE id = ?`,
      ...storedValues(table),
      next.version,
      existing.id,
    );
    return next;
  });
}

function storedValues(table: Omit<CatalogTable, 'version'>): (string | null)[] {
  return [
    JSON.stringify(table.columns),
    JSON.stringify(table.partitionKeys),
    table.location,
    table.format,
    parametersText(table.parameters),
    table.series ?? null,
  ];
}

function checkVersion(
  table: Omit<CatalogTable, 'version'>,
  existing: CatalogTable | undefined,
  expectedVersion: number,
): void {
  const name = `${table.database}.${table.name}`;
  if (existing !== undefined && expectedVersion === 0)
    throw new PlayheadError('PH_TABLE_EXISTS', `the table ${name} is there already`);
  if ((existing?.version ?? 0) === expectedVersion) return;
  throw new PlayheadError(
    'PH_CATALOG_CONFLICT',
    existing === undefined
      ? `the table ${name} was dropped meanwhile`
      : `the table ${name} is at version ${existing.version}, not ${expectedVersion}: somebody changed it meanwhile`,
    {
      hint: 'read the table again and repeat the change',
      details: { expectedVersion, version: existing?.version ?? 0 },
    },
  );
}

function checkPartitionKeys(sqlite: Sqlite, existing: StoredTable, table: Omit<CatalogTable, 'version'>): void {
  if (existing.table.partitionKeys.length === table.partitionKeys.length) return;
  const held = sqlite.get('SELECT 1 FROM partitions WHERE table_id = ? LIMIT 1', existing.id);
  const objects = sqlite.get('SELECT 1 FROM objects WHERE table_id = ? LIMIT 1', existing.id);
  if (held === undefined && objects === undefined) return;
  throw new PlayheadError(
    'PH_CATALOG_CONFLICT',
    `the table ${table.database}.${table.name} has partitions of ${existing.table.partitionKeys.length} keys; it cannot get ${table.partitionKeys.length}`,
    { hint: 'drop the table and create it anew' },
  );
}

function partitionsOf(sqlite: Sqlite, tableId: number): readonly Partition[] {
  return sqlite
    .all('SELECT partition_values, location FROM partitions WHERE table_id = ? ORDER BY partition_values', tableId)
    .map((row) => ({ values: parsePartitionKey(row['partition_values']), location: String(row['location']) }));
}

function addPartitions(sqlite: Sqlite, stored: StoredTable, partitions: readonly Partition[]): number {
  let added = 0;
  for (const partition of partitions) {
    const { values, location } = checkedPartition(stored.table, partition);
    added += sqlite.run(
      'INSERT INTO partitions (table_id, partition_values, location) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      stored.id,
      partitionKey(values),
      location,
    );
  }
  return added;
}

function dropPartitions(sqlite: Sqlite, stored: StoredTable, values: readonly (readonly string[])[]): number {
  let dropped = 0;
  for (const each of values)
    dropped += sqlite.run(
      'DELETE FROM partitions WHERE table_id = ? AND partition_values = ?',
      stored.id,
      partitionKey(each),
    );
  return dropped;
}
