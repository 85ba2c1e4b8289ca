import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { type DuckSession, sqlString } from '../../duck/duck.ts';
import { jsonObjectRows } from '../../duck/file-rows.ts';

/** Whether a file (`.gz` is unpacked) begins as a JSON list does. False where it cannot be read so far. */
export async function isJsonList(from: string): Promise<boolean> {
  const file = createReadStream(from);
  const bytes: AsyncIterable<Buffer> = from.endsWith('.gz') ? file.on('error', () => {}).pipe(createGunzip()) : file;
  try {
    for await (const chunk of bytes) {
      const text = chunk.toString('latin1').replace(/^ï»¿/, '').trimStart();
      if (text !== '') return text.startsWith('[');
    }
  } catch {
    // Who reads the file whole says what is wrong with it.
  } finally {
    file.destroy();
  }
  return false;
}

/**
 * Writes the objects of a JSON list to `to`, one a line; resolves with how many there are, and how many elements are none.
 * Throws PH_USAGE where the file is no JSON.
 */
export async function copyListObjects(
  session: DuckSession,
  from: string,
  to: string,
): Promise<{ readonly objects: number; readonly others: number }> {
  const elements = jsonObjectRows(from, "format = 'array'");
  try {
    const { rows } = await session.all(
      `SELECT count(*) FILTER (WHERE json_type(json) = 'OBJECT'), count(*) FROM ${elements}`,
    );
    const [objects = 0, all = 0] = (rows[0] ?? []).map(Number);
    // As CSV of one column, unquoted, an object stands as it came; its line breaks are between tokens, since no JSON text has one.
    await session.run(`COPY (SELECT regexp_replace(CAST(json AS VARCHAR), '[\\r\\n]', ' ', 'g') FROM ${elements} WHERE json_type(json) = 'OBJECT')
      TO ${sqlString(to)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')`);
    return { objects, others: all - objects };
  } catch (cause) {
    if (!isPlayheadError(cause) || !cause.code.startsWith('PH_SQL')) throw cause;
    throw new PlayheadError('PH_USAGE', `cannot read ${from}: ${cause.message.split('\n')[0]}`, { cause });
  }
}
