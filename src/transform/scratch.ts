import { type DuckSession, sqlString } from '../duck/duck.ts';

/** Files of a scratch folder, in order. */
export async function globbed(session: DuckSession, pattern: string): Promise<readonly string[]> {
  const found = await session.all(`SELECT file FROM glob(${sqlString(pattern)}) ORDER BY file`);
  return found.rows.map(([file]) => String(file));
}
