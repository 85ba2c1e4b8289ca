import { PlayheadError } from '../base/errors.ts';
import type { DuckSession } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { placedFiles, rejectedFiles } from './stage.ts';
import type { Staging } from './staging.ts';

/**
 * Holds what was read to what the commits say was there, object by object. Returns rejected rows by file.
 * PH_NOTHING_READ, PH_DOES_NOT_ADD_UP.
 */
export async function checkRead(
  session: DuckSession,
  staging: Staging,
  job: string,
): Promise<ReadonlyMap<string, number>> {
  const good = await placedFiles(staging, session);
  const rejectedRows = await rowsByFile(session, await rejectedFiles(staging, session));
  const goodRows = await rowsByFile(session, good);
  const objects = staging.chunks.flat();
  const due = objects.reduce((sum, { rows }) => sum + rows, 0);
  const read = [...goodRows.values(), ...rejectedRows.values()].reduce((sum, rows) => sum + rows, 0);
  if (due > 0 && read === 0)
    throw new PlayheadError('PH_NOTHING_READ', `job ${job} read nothing of ${due} rows in ${objects.length} objects`, {
      details: { job, due, objects: objects.length },
    });
  for (const { key, path, rows } of objects) {
    const found = (goodRows.get(path) ?? 0) + (rejectedRows.get(path) ?? 0);
    if (found === rows) continue;
    throw new PlayheadError('PH_DOES_NOT_ADD_UP', `job ${job}: ${key} gave ${found} rows, its commit says ${rows}`, {
      hint: 'The object is not what was delivered: `playhead doctor` checks it against its hash.',
      details: { job, key, found, committed: rows },
    });
  }
  return rejectedRows;
}

async function rowsByFile(session: DuckSession, files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (files.length === 0) return new Map();
  const { rows } = await session.all(`SELECT _file, count(*) FROM ${parquetRows(files)} GROUP BY _file`);
  return new Map(rows.map(([file, count]) => [String(file), Number(count)]));
}
