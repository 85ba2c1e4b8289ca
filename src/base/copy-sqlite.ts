import { backup, DatabaseSync } from 'node:sqlite';

/** All pages in one step: in several, each write of another process would begin it anew. */
const allPages = 2 ** 30;

/**
 * Copies a database as it is at one moment, with what stands in its log, while others write to it; what `to` holds is
 * replaced. Throws SQLite's errors as they are.
 */
export async function copySqlite(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    await backup(source, to, { rate: allPages });
  } finally {
    source.close();
  }
}
