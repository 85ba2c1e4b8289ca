import type { DuckSession } from '../duck/duck.ts';
import { fileNames } from '../duck/file-rows.ts';

/** Files of a scratch folder, in order. */
export async function globbed(session: DuckSession, folder: string, pattern: string): Promise<readonly string[]> {
  const found = await session.all(`SELECT file FROM ${fileNames(folder, pattern)} ORDER BY file`);
  return found.rows.map(([file]) => String(file));
}
