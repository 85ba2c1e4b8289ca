import { PlayheadError } from '../base/errors.ts';
import type { Sqlite, SqliteRow } from '../base/sqlite.ts';
import type { CatalogView, Column } from './catalog.ts';

const viewColumns = 'name, query, query_database, columns, comment';

export function viewsOf(sqlite: Sqlite, database: string, databaseId: number): readonly CatalogView[] {
  return sqlite
    .all(`SELECT ${viewColumns} FROM views WHERE database_id = ? ORDER BY name`, databaseId)
    .map((row) => storedView(database, row));
}

export function findView(sqlite: Sqlite, database: string, name: string): CatalogView | undefined {
  const row = sqlite.get(
    `SELECT ${viewColumns} FROM views
     WHERE name = ? AND database_id = (SELECT id FROM databases WHERE name = ?)`,
    name,
    database,
  );
  return row === undefined ? undefined : storedView(database, row);
}

export function putView(sqlite: Sqlite, view: CatalogView, databaseId: number, replace: boolean): void {
  if (!replace && findView(sqlite, view.database, view.name) !== undefined)
    throw new PlayheadError('PH_TABLE_EXISTS', `the view ${view.database}.${view.name} is there already`);
  sqlite.run(
    `INSERT OR REPLACE INTO views (database_id, ${viewColumns}) VALUES (?, ?, ?, ?, ?, ?)`,
    databaseId,
    view.name,
    view.sql,
    view.sqlDatabase,
    JSON.stringify(view.columns),
    view.comment ?? null,
  );
}

export function dropView(sqlite: Sqlite, databaseId: number, database: string, name: string): void {
  if (sqlite.run('DELETE FROM views WHERE database_id = ? AND name = ?', databaseId, name) === 0)
    throw new PlayheadError('PH_TABLE_UNKNOWN', `there is no view ${database}.${name}`);
}

function storedView(database: string, row: SqliteRow): CatalogView {
  return {
    database,
    name: String(row['name']),
    sql: String(row['query']),
    sqlDatabase: String(row['query_database']),
    // At a parsed boundary: only this room writes the file.
    columns: JSON.parse(String(row['columns'])) as Column[],
    ...(row['comment'] === null ? {} : { comment: String(row['comment']) }),
  };
}
