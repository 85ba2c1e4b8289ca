import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import { type DuckSession, sqlString, sqlStringList } from '../duck/duck.ts';
import { issuesType } from '../duck/typed-select.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { fileParts } from '../table/publish.ts';
import { globbed, rawLines, rejectedFiles, type Staging } from './stage.ts';

/** Reason of a row whose key stands in the table already with other values; the others are the rules of `record/`. */
const keyConflict = 'key_conflict';

function quarantineKey(job: string, commit: number): string {
  return `_playhead/quarantine/${job}/${String(commit).padStart(10, '0')}.parquet`;
}

/**
 * Puts the rows that a run could not place under `_playhead/quarantine/<job>/`, with what they need to be mended and
 * replayed: `reason`, `issues`, `source` (key of the input object, NULL for a row of the table that gave way),
 * `row` (its ordinal there, from 0) and `text` (the line as it was; for a row that gave way, its values).
 * Returns the key, undefined where there is none. Idempotent.
 */
export async function putQuarantine(
  store: ObjectStore,
  session: DuckSession,
  staging: Staging,
  run: { readonly job: string; readonly commit: number },
  effects: Effects,
): Promise<string | undefined> {
  await sourceTable(session, staging);
  const parts = [
    ...(await rejectedPart(session, staging)),
    ...(await conflictParts(session, staging)),
    ...(await supersededPart(session, staging)),
  ];
  if (parts.length === 0) return undefined;
  const file = join(staging.folder, 'quarantine.parquet');
  const rows = await session.run(
    `COPY (${parts.join(' UNION ALL ')}) TO ${sqlString(file)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  if (rows === 0) return undefined;
  const key = quarantineKey(run.job, run.commit);
  try {
    await store.put(key, fileParts(file, effects), { ifNoneMatch: '*' });
  } catch (error) {
    // A process that died put it: the same rows of the same plan.
    if (!isPlayheadError(error, 'PH_OBJECT_EXISTS')) throw error;
  }
  return key;
}

/** Which object a file is, and how many rows its chunk has before it. */
async function sourceTable(session: DuckSession, staging: Staging): Promise<void> {
  await session.run('CREATE OR REPLACE TABLE _source (_file VARCHAR, _key VARCHAR, _before BIGINT)');
  for (const chunk of staging.chunks) {
    let before = 0;
    const rows = chunk.map(({ path, key, rows: count }) => {
      const row = `(${sqlString(path)}, ${sqlString(key)}, ${before})`;
      before += count;
      return row;
    });
    await session.run(`INSERT INTO _source VALUES ${rows.join(', ')}`);
  }
}

async function rejectedPart(session: DuckSession, staging: Staging): Promise<readonly string[]> {
  const files = await rejectedFiles(staging, session);
  if (files.length === 0) return [];
  return [
    `SELECT _issues[1].rule AS reason, CAST(_issues AS ${issuesType}) AS issues, _key AS source, _n - 1 - _before AS row, _line AS text
     FROM read_parquet(${sqlStringList(files)}) JOIN _source USING (_file)`,
  ];
}

/** Conflicts are known only by their place: their lines are read again. */
async function conflictParts(session: DuckSession, staging: Staging): Promise<readonly string[]> {
  const files = await globbed(session, join(staging.folder, 'lost/*.parquet'));
  if (files.length === 0) return [];
  await session.run(
    `CREATE OR REPLACE TABLE _conflict AS SELECT _file, _n FROM read_parquet(${sqlStringList(files)}) WHERE NOT _same`,
  );
  const found = await session.all('SELECT DISTINCT _file FROM _conflict');
  const named = new Set(found.rows.map(([file]) => String(file)));
  const chunks = [...staging.chunks.keys()].filter((i) => staging.chunks[i]?.some(({ path }) => named.has(path)));
  return chunks.map(
    (chunk) =>
      `SELECT '${keyConflict}' AS reason, CAST([] AS ${issuesType}) AS issues, _key AS source, _n - 1 - _before AS row, CAST(_line AS VARCHAR) AS text
       FROM ${rawLines(staging, chunk)} SEMI JOIN _conflict USING (_file, _n) JOIN _source USING (_file)`,
  );
}

async function supersededPart(session: DuckSession, staging: Staging): Promise<readonly string[]> {
  const files = await globbed(session, join(staging.folder, 'superseded/*.parquet'));
  if (files.length === 0) return [];
  return [
    `SELECT '${keyConflict}' AS reason, CAST([] AS ${issuesType}) AS issues, NULL AS source, NULL AS row, _original AS text
     FROM read_parquet(${sqlStringList(files)})`,
  ];
}
