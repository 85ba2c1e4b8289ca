import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { issuesType } from '../duck/typed-select.ts';
import { holdsBack, overLimit } from '../quality/rejected-share.ts';
import type { ReadRecords } from '../quality/table-view.ts';
import type { DraftPlan } from './draft-plan.ts';
import { keySql } from './fingerprint.ts';
import type { InputObject } from './job-input.ts';
import { partitionPathOf, readRecords } from './read-records.ts';
import { placedFiles, rawLines } from './stage.ts';
import type { Staging } from './staging.ts';

export interface HeldReading {
  /** Absent of a replay, which reads none anew. */
  readonly read?: readonly ReadRecords[];
  /** Rows that don't go on, by input file. */
  readonly rejected: ReadonlyMap<string, number>;
}

/**
 * Sets aside all that was read of a partition of the input of which too much was refused, its good records with the check as
 * their reason, so that the others go on without it. The same again for the same input: a plan that is done again needs no word of
 * it. Needs `_inputs`.
 */
export async function holdBack(
  { definition, replay }: DraftPlan,
  staging: Staging,
  rejected: ReadonlyMap<string, number>,
  session: DuckSession,
  effects: Effects,
): Promise<HeldReading> {
  const checks = (definition.checks ?? []).filter((check) => check.kind === 'rejected');
  if (replay !== undefined) return { rejected };
  const read = await readRecords(session, staging, rejected, definition, checks);
  const spoiled = new Map<string, { readonly check: string; readonly of: ReadRecords }>();
  for (const check of checks.filter(holdsBack))
    for (const of of overLimit(check, read)) spoiled.set(of.partition, { check: check.name, of });
  const held = staging.chunks.flat().filter((object) => spoiled.has(partitionPathOf(object)));
  if (held.length === 0) return { read, rejected };
  const reasons = held.map((object) => {
    const { check, of } = spoiled.get(partitionPathOf(object)) ?? {};
    return `(${sqlString(object.path)}, ${sqlString(check ?? '')}, ${sqlString(`${of?.rejected} of ${of?.records} refused`)}, ${sqlString(of?.partition ?? '')})`;
  });
  await session.run(
    `CREATE OR REPLACE TABLE _held AS FROM (VALUES ${reasons.join(', ')}) AS held(_file, _check, _got, _partition)`,
  );
  await setAside(staging, session, held);
  await takeOut(staging, session, effects);
  return { read, rejected: new Map([...rejected, ...held.map(({ path, rows }) => [path, rows] as const)]) };
}

/** Writes the good records of what is held back as ones that were refused. */
async function setAside(staging: Staging, session: DuckSession, held: readonly InputObject[]): Promise<void> {
  const good = await placedFiles(staging, session);
  if (good.length === 0) return;
  const paths = new Set(held.map(({ path }) => path));
  const issue = `{'path': '', 'rule': _check, 'expected': 'a sound ' || _partition, 'got': _got}`;
  for (const [chunk, objects] of staging.chunks.entries())
    if (objects.some(({ path }) => paths.has(path)))
      await session.run(`COPY (SELECT _file, _n, CAST(_line AS VARCHAR) AS _line, CAST([${issue}] AS ${issuesType}) AS _issues, _record_key
          FROM ${rawLines(staging, chunk)}
            JOIN (SELECT _file, _n, ${keySql(staging.key)} AS _record_key FROM ${parquetRows(good)}) USING (_file, _n)
            JOIN _held USING (_file))
        TO ${sqlString(join(staging.folder, `suspect/held-${chunk}.parquet`))} (FORMAT parquet)`);
}

/** Leaves in the files of good records those that go on. */
async function takeOut(staging: Staging, session: DuckSession, { fs }: Effects): Promise<void> {
  const good = await placedFiles(staging, session);
  if (good.length === 0) return;
  const { rows } = await session.all(`SELECT _path, count(*) FILTER (WHERE _check IS NULL)
    FROM ${parquetRows(good, `filename = '_path'`)} LEFT JOIN _held USING (_file) GROUP BY _path HAVING bool_or(_check IS NOT NULL)`);
  for (const [name, left] of rows) {
    const file = String(name);
    if (Number(left) > 0) {
      await session.run(`COPY (FROM ${parquetRows(file)} ANTI JOIN _held USING (_file))
        TO ${sqlString(`${file}.left`)} (FORMAT parquet, COMPRESSION snappy)`);
      await fs.rename(`${file}.left`, file);
    } else await fs.unlink(file);
  }
}
