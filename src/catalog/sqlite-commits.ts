import { PlayheadError } from '../base/errors.ts';
import type { Sqlite } from '../base/sqlite.ts';
import { checkedPartition, partitionLocation } from './canonical.ts';
import type { Registration, TableObject } from './catalog.ts';
import { parsePartitionKey, partitionKey, type StoredTable, tableObject } from './sqlite-rows.ts';

/** Takes a commit in, inside the caller's transaction. */
export function registerCommit(sqlite: Sqlite, stored: StoredTable, commit: Registration): void {
  const last = registeredUpTo(sqlite, stored.id, commit.series);
  if (commit.number <= last) return;
  if (commit.number > last + 1) throw missingCommit(stored, commit, last);
  const series = advanceSeries(sqlite, stored.id, commit);
  for (const key of commit.replaces) sqlite.run('DELETE FROM objects WHERE table_id = ? AND key = ?', stored.id, key);
  for (const content of commit.removes ?? []) removeContent(sqlite, stored.id, content);
  const partitions = new Map<string, number | null>();
  for (const object of commit.objects) {
    const values = partitionKey(object.partition);
    const partition = partitions.get(values) ?? ensurePartition(sqlite, stored, object);
    partitions.set(values, partition);
    // One key is one object: the newest commit that names it says what it holds.
    sqlite.run(
      `INSERT OR REPLACE INTO objects
         (table_id, partition_id, key, etag, row_count, size_bytes, series_id, commit_number)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      stored.id,
      partition,
      object.key,
      object.etag,
      object.rows,
      object.sizeBytes,
      series,
      commit.number,
    );
  }
}

function removeContent(sqlite: Sqlite, tableId: number, { key, etag }: { key: string; etag: string }): void {
  const named = 'table_id = ? AND key = ? AND etag = ?';
  const row = sqlite.get(`SELECT partition_id FROM objects WHERE ${named}`, tableId, key, etag);
  if (row === undefined) return;
  sqlite.run(`DELETE FROM objects WHERE ${named}`, tableId, key, etag);
  const partition = Number(row['partition_id']);
  if (
    row['partition_id'] !== null &&
    sqlite.get('SELECT 1 FROM objects WHERE partition_id = ?', partition) === undefined
  )
    sqlite.run('DELETE FROM partitions WHERE id = ?', partition);
}

/** Takes the series' commits in as all that the table ever had, inside the caller's transaction; false where they lack one. */
export function registerAnew(
  sqlite: Sqlite,
  stored: StoredTable,
  commits: ReadonlyMap<string, readonly Registration[]>,
): boolean {
  for (const [series, own] of commits) if (registeredUpTo(sqlite, stored.id, series) >= own.length) return false;
  for (const held of ['objects', 'partitions', 'series'])
    sqlite.run(`DELETE FROM ${held} WHERE table_id = ?`, stored.id);
  for (const own of commits.values()) for (const commit of own) registerCommit(sqlite, stored, commit);
  return true;
}

export function registeredUpTo(sqlite: Sqlite, tableId: number, series: string): number {
  const row = sqlite.get('SELECT registered_up_to FROM series WHERE table_id = ? AND name = ?', tableId, series);
  return row === undefined ? -1 : Number(row['registered_up_to']);
}

/** Objects in key order, a partition after the other as they were asked for. */
export function objectsOf(
  sqlite: Sqlite,
  tableId: number,
  partitions?: readonly (readonly string[])[],
): readonly TableObject[] {
  const series = new Map<unknown, string>();
  for (const row of sqlite.all('SELECT id, name FROM series WHERE table_id = ?', tableId))
    series.set(row['id'], String(row['name']));
  const columns = 'key, etag, row_count, size_bytes, commit_number, partition_id, series_id';
  if (partitions === undefined || partitions.some((values) => values.length === 0)) {
    const values = new Map<unknown, readonly string[]>([[null, []]]);
    for (const row of sqlite.all('SELECT id, partition_values FROM partitions WHERE table_id = ?', tableId))
      values.set(row['id'], parsePartitionKey(row['partition_values']));
    return sqlite
      .all(`SELECT ${columns} FROM objects WHERE table_id = ? ORDER BY key`, tableId)
      .map((row) => tableObject(row, values.get(row['partition_id']) ?? [], series));
  }
  const objects: TableObject[] = [];
  for (const key of new Set(partitions.map(partitionKey))) {
    const rows = sqlite.all(
      `SELECT ${columns} FROM objects WHERE partition_id =
         (SELECT id FROM partitions WHERE table_id = ? AND partition_values = ?) ORDER BY key`,
      tableId,
      key,
    );
    const values = parsePartitionKey(key);
    for (const row of rows) objects.push(tableObject(row, values, series));
  }
  return objects;
}

/** A table that lacks one commit would lose its rows in silence: commits come in their order, without a gap. */
function missingCommit(stored: StoredTable, commit: Registration, last: number): PlayheadError {
  return new PlayheadError(
    'PH_CATALOG_CONFLICT',
    `commit ${commit.number} of ${commit.series} cannot be registered into ${stored.table.database}.${stored.table.name}: commit ${last + 1} is not in yet`,
    {
      hint: 'register the commits from registeredUpTo + 1 on, in order (also those without objects)',
      details: { series: commit.series, number: commit.number, registeredUpTo: last },
    },
  );
}

function advanceSeries(sqlite: Sqlite, tableId: number, commit: Registration): number {
  const row = sqlite.get(
    `INSERT INTO series (table_id, name, registered_up_to) VALUES (?, ?, ?)
     ON CONFLICT (table_id, name) DO UPDATE SET registered_up_to = excluded.registered_up_to RETURNING id`,
    tableId,
    commit.series,
    commit.number,
  );
  return Number(row?.['id']);
}

function ensurePartition(sqlite: Sqlite, stored: StoredTable, object: TableObject): number | null {
  if (stored.table.partitionKeys.length === 0 && object.partition.length === 0) return null;
  const { values, location } = checkedPartition(stored.table, {
    values: object.partition,
    location: partitionLocation(stored.table, object.partition, object.key),
  });
  sqlite.run(
    'INSERT INTO partitions (table_id, partition_values, location) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    stored.id,
    partitionKey(values),
    location,
  );
  const row = sqlite.get(
    'SELECT id FROM partitions WHERE table_id = ? AND partition_values = ?',
    stored.id,
    partitionKey(values),
  );
  return Number(row?.['id']);
}
