import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { Staging } from './staging.ts';

/**
 * Makes the table `_inputs` on a session: of each input file (`_file`) the object that it is (`_object_key`), how many rows
 * its chunk has before it (`_before`), and its place in the order of arrival (`_arrived_ms`, `_source_commit`).
 */
export async function prepareInputs(session: DuckSession, { chunks }: Staging): Promise<void> {
  await session.run(`CREATE OR REPLACE TABLE _inputs (_file VARCHAR, _object_key VARCHAR, _before BIGINT, _arrived_ms BIGINT,
    _source_commit BIGINT)`);
  for (const chunk of chunks) {
    let before = 0;
    const rows = chunk.map(({ path, key, rows: count, arrivalMs, commit, firstRow = 0 }) => {
      const row = `(${sqlString(path)}, ${sqlString(key)}, ${before - firstRow}, ${arrivalMs}, ${commit})`;
      before += count;
      return row;
    });
    await session.run(`INSERT INTO _inputs VALUES ${rows.join(', ')}`);
  }
}

/** SQL of a staged row's ordinal in its input object, from 0, where `_inputs` is joined. */
export const rowInSource = '_n - 1 - _before';

/** SQL of a sidecar's rows without the records that are replayed: what is said of them there is what they were before. */
export function notReplayed({ replay }: Staging, sidecar: string): string {
  if (replay === undefined) return sidecar;
  return `(SELECT * FROM ${sidecar} ANTI JOIN (SELECT source, row FROM ${parquetRows(replay)}) USING (source, row))`;
}
