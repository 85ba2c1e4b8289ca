import { DatabaseSync } from 'node:sqlite';

/** What was taken out of a SQLite file. */
export interface SqliteErasure {
  readonly values: number;
  /** False where another process read from it meanwhile: its log still holds former pages. */
  readonly isSwept: boolean;
}

const busyTimeoutMs = 10_000;

/**
 * Rewrites every text in a SQLite file that `redacted` changes (and bytes that are text), then makes the file anew without free pages and empties
 * its log: what was deleted before lies there still. `names` tells whether bytes name the person at all. Costs as much disk
 * as the file.
 */
export function eraseInSqlite(
  file: string,
  names: (bytes: Uint8Array) => boolean,
  redacted: (text: string) => string,
): SqliteErasure {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    database.exec('PRAGMA secure_delete = ON');
    let values = 0;
    for (const { table, column } of columnsOf(database))
      values += eraseInColumn(database, table, column, names, redacted);
    database.exec('VACUUM');
    const swept = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    return { values, isSwept: Number(swept?.['busy'] ?? 0) === 0 };
  } finally {
    database.close();
  }
}

function columnsOf(database: DatabaseSync): readonly { readonly table: string; readonly column: string }[] {
  return database
    .prepare(
      `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m, pragma_table_info(m.name) c
       WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`,
    )
    .all()
    .map((row) => ({ table: String(row['table']), column: String(row['column']) }));
}

function eraseInColumn(
  database: DatabaseSync,
  table: string,
  column: string,
  names: (bytes: Uint8Array) => boolean,
  redacted: (text: string) => string,
): number {
  const [from, what] = [identifier(table), identifier(column)];
  const found = database
    .prepare(`SELECT DISTINCT ${what} AS value FROM ${from} WHERE typeof(${what}) IN ('text', 'blob')`)
    .iterate();
  const changes: (readonly [string | Uint8Array, string | Uint8Array])[] = [];
  for (const { value } of found) {
    if (typeof value === 'string' && names(Buffer.from(value))) changes.push([value, redacted(value)]);
    else if (value instanceof Uint8Array && names(value))
      changes.push([value, Buffer.from(redacted(Buffer.from(value).toString('latin1')), 'latin1')]);
  }
  if (changes.length === 0) return 0;
  // Two values that differ in the id alone may become one: of a key, one row is enough.
  const update = database.prepare(`UPDATE OR REPLACE ${from} SET ${what} = ? WHERE ${what} = ?`);
  database.exec('BEGIN IMMEDIATE');
  for (const [before, after] of changes) update.run(after, before);
  database.exec('COMMIT');
  return changes.length;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
