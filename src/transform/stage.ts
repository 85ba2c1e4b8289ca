import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { jsonObjectRows, jsonRows, parquetRows } from '../duck/file-rows.ts';
import { typedSelect } from '../duck/typed-select.ts';
import { type CleanField, cleanFields } from './clean-sql.ts';
import { hashSql, keySql, payloadSql } from './fingerprint.ts';
import { elementsSql } from './records-in-row.ts';
import { arrivedSql, brokenIssues, keepsAllRules, noticedIssues, surelyArrivedSql } from './row-checks.ts';
import { globbed } from './scratch.ts';
import type { Staging } from './staging.ts';
import { shareOut, type Workspace } from './workspace.ts';

const noBucket = '_bucket=__HIVE_DEFAULT_PARTITION__';

export async function stageInput(staging: Staging, workspaces: readonly Workspace[], effects: Effects): Promise<void> {
  for (const name of ['good', 'suspect', 'noticed'])
    await effects.fs.mkdir(join(staging.folder, name), { recursive: true });
  const { table, replay, each } = staging;
  const isLines = table.format === 'json' && replay === undefined && each === undefined;
  const fields = isLines ? cleanFields(table.record) : undefined;
  await shareOut(workspaces, [...staging.chunks.keys()], async (session, chunk) => {
    const objects = staging.chunks[chunk] ?? [];
    try {
      const suspects = fields === undefined ? undefined : await stageClean(staging, session, chunk, fields);
      if (fields === undefined || (suspects ?? []).length > 0) await stageStrictly(staging, session, chunk, suspects);
    } catch (cause) {
      throw unread(
        objects.map(({ key }) => key),
        cause,
      );
    }
  });
}

function unread(keys: readonly string[], cause: unknown): PlayheadError {
  const said = messageOf(cause);
  const hint = said.startsWith('Out of Memory')
    ? 'Give the engine more memory in the profile (engine.memoryBytes), or fewer threads.'
    : 'A landing object holds one JSON object a line. Was it written by something else than a delivery?';
  const where = keys.length === 1 ? keys[0] : `${keys[0]} or one of the ${keys.length - 1} after it`;
  return new PlayheadError('PH_CONVERSION_FAILED', `reading ${where}: ${said}`, { cause, hint, details: { keys } });
}

/** Every good row by bucket, in the order of arrival: the folders are looked through once, however many there are. */
export async function goodFiles(
  staging: Staging,
  session: DuckSession,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const files = await placedFiles(staging, session);
  return Map.groupBy(files, (file) => Number(/\/_bucket=(-?[0-9]+)\/[^/]*$/.exec(file)?.[1]));
}

/** Every good row. */
export async function placedFiles(staging: Staging, session: DuckSession): Promise<readonly string[]> {
  const files = await globbed(session, staging.folder, 'good/*/*.parquet');
  return files.filter((file) => !file.includes(`/good/${noBucket}/`));
}

/** Rows that have faults: columns `_file`, `_n`, `_line`, `_issues`, and `_record_key`, their key as far as it can be read. */
export async function rejectedFiles(staging: Staging, session: DuckSession): Promise<readonly string[]> {
  return globbed(session, staging.folder, 'suspect/*.parquet');
}

/** Buckets that have a good row, in order. */
export async function bucketsFound(session: DuckSession, staging: Staging): Promise<readonly number[]> {
  return [...(await goodFiles(staging, session)).keys()].sort((a, b) => a - b);
}

/** Reads what is clean at a glance; returns the files of the rows that must be looked at closely. */
async function stageClean(
  staging: Staging,
  session: DuckSession,
  chunk: number,
  fields: readonly CleanField[],
): Promise<readonly string[]> {
  const columns = fields.map(({ name, readAs }) => `${sqlIdentifier(name)}: '${readAs}'`).join(', ');
  const typed = fields.map(({ name, value }) => `${value} AS ${sqlIdentifier(name)}`).join(', ');
  const clean = fields.map((field) => `(${field.clean})`).join(' AND ');
  const lines = jsonRows(
    pathsOf(staging, chunk),
    `format = 'newline_delimited', columns = {${columns}}`,
    "filename = '_file'",
  );
  const relation = `(SELECT *, row_number() OVER () AS _n FROM ${lines})`;
  const keeps = keepsAllRules(staging.rules);
  const checked =
    keeps === undefined
      ? `(SELECT ${typed}, _file, _n, ${clean} AS _clean FROM ${relation})`
      : `(SELECT * EXCLUDE (_from_ms, _to_ms) REPLACE (CASE WHEN _clean THEN ${keeps} ELSE false END AS _clean) FROM
          (SELECT ${typed}, _file, _n, ${clean} AS _clean, ${surelyArrivedSql(staging.rules, staging.chunks[chunk] ?? [])} FROM ${relation}))`;
  await copyByBucket(
    staging,
    session,
    `SELECT *, CASE WHEN _clean THEN ${hashSql(payloadSql(staging.table.record))} END AS _payload_hash,
       CASE WHEN _clean THEN ${staging.buckets.sql} END AS _bucket
     FROM ${placed(staging, chunk, checked)}`,
    `c${numbered(chunk)}`,
  );
  return globbed(session, staging.folder, `good/${noBucket}/c${numbered(chunk)}_*.parquet`);
}

/** Reads the lines again, with every rule of the record type: all of the chunk, or only the suspects. */
async function stageStrictly(
  staging: Staging,
  session: DuckSession,
  chunk: number,
  suspects: readonly string[] | undefined,
): Promise<void> {
  const { table, needed, buckets, key } = staging;
  const chosen =
    suspects === undefined ? '' : `SEMI JOIN (SELECT _file, _n FROM ${parquetRows(suspects)}) USING (_file, _n)`;
  // Held whole before it is looked at: objects of a line each would be looked at line by line, and written so.
  const lines = `SELECT _line, CAST(_line AS VARCHAR) AS _original, _file, _n FROM ${rawLines(staging, chunk)} ${chosen}`;
  const typed = typedSelect(table.record, '_lines', { carry: ['_original', '_file', '_n'], unknownFields: 'ignore' });
  const missing = needed.map((name) => {
    const issue = `{'path': ${sqlString(name)}, 'rule': 'missing', 'expected': 'a value', 'got': 'null'}`;
    return `CASE WHEN ${sqlIdentifier(name)} IS NULL THEN [${issue}] ELSE [] END`;
  });
  const homeless = buckets.field === undefined ? [] : [unplaced(buckets.field)];
  const own = ['_issues', ...missing, ...homeless].join(', ');
  const arrived = placed(staging, chunk, arrivedSql(staging.rules, staging.chunks[chunk] ?? [], `(${typed})`));
  const read = `SELECT * REPLACE (CASE WHEN len(_issues) > 0 THEN _issues ELSE flatten([${own}]) END AS _issues)
    FROM (SELECT *, ${buckets.sql} AS _bucket FROM ${arrived})`;
  const broken = ['_issues', ...brokenIssues(staging.rules)].join(', ');
  await session.run(`CREATE OR REPLACE TABLE _checked AS WITH _lines AS MATERIALIZED (${lines})
    SELECT * REPLACE (CASE WHEN len(_issues) > 0 THEN _issues ELSE flatten([${broken}]) END AS _issues),
      CASE WHEN len(_issues) = 0 THEN ${noticedIssues(staging.rules)} END AS _noticed
    FROM (${read})`);
  const fields = Object.keys(table.record.fields).map(sqlIdentifier).join(', ');
  await copyByBucket(
    staging,
    session,
    `SELECT ${fields}, _file, _n, true AS _clean, ${hashSql(payloadSql(table.record))} AS _payload_hash, _bucket
     FROM _checked WHERE len(_issues) = 0`,
    `s${numbered(chunk)}`,
  );
  const rejected = join(staging.folder, `suspect/${numbered(chunk)}.parquet`);
  await session.run(`COPY (SELECT _file, _n, _original AS _line, _issues, ${keySql(key)} AS _record_key FROM _checked WHERE len(_issues) > 0)
    TO ${sqlString(rejected)} (FORMAT parquet)`);
  if (staging.rules.rules.some(({ severity }) => severity !== 'quarantine'))
    await session.run(`COPY (SELECT _file, _n, _original AS _line, _noticed FROM _checked WHERE len(_noticed) > 0)
      TO ${sqlString(join(staging.folder, `noticed/${numbered(chunk)}.parquet`))} (FORMAT parquet)`);
  await session.run('DROP TABLE _checked');
}

/** The relation with `_place`, the bucket of each row's object, where it is that which says where a row belongs. */
function placed({ buckets, chunks }: Staging, chunk: number, relation: string): string {
  const { ofInput } = buckets;
  if (ofInput === undefined) return relation;
  const places = (chunks[chunk] ?? []).map(({ path, partition }) => `(${sqlString(path)}, ${ofInput(partition)})`);
  return `(SELECT r.*, p._place FROM ${relation} r JOIN (VALUES ${places.join(', ')}) p (_file, _place) USING (_file))`;
}

function unplaced(field: string): string {
  const issue = `{'path': ${sqlString(field)}, 'rule': 'format', 'expected': 'a time', 'got': CAST(${sqlIdentifier(field)} AS VARCHAR)}`;
  return `CASE WHEN _bucket IS NULL AND ${sqlIdentifier(field)} IS NOT NULL THEN [${issue}] ELSE [] END`;
}

/** A relation of `_line`, `_file`, `_n` over a chunk. Read by one thread, so that `_n` is the place of the row. */
export function rawLines(staging: Staging, chunk: number): string {
  const { table, replay, each } = staging;
  if (replay !== undefined)
    return `(SELECT CAST(mended AS JSON) AS _line, file AS _file, n AS _n FROM ${parquetRows(replay)})`;
  if (table.format === 'json') {
    // Character by character: what is set aside keeps the bytes that it came with, and a column of JSON would write numbers anew.
    const rows = jsonObjectRows(pathsOf(staging, chunk), "format = 'newline_delimited', filename = '_file'");
    const records = each === undefined ? `(SELECT json AS _line, _file FROM ${rows})` : elementsSql(rows, each);
    return `(SELECT _line, _file, row_number() OVER () AS _n FROM ${records})`;
  }
  if (table.format === 'parquet') {
    const fields = Object.keys(table.record.fields).map((name) => `${sqlString(name)}: ${sqlIdentifier(name)}`);
    return `(SELECT to_json({${fields.join(', ')}}) AS _line, _file, row_number() OVER () AS _n
      FROM ${parquetRows(pathsOf(staging, chunk), "filename = '_file'")})`;
  }
  throw new PlayheadError(
    'PH_CONFIG_INVALID',
    `a job cannot read ${table.format} yet: ${table.database}.${table.name}`,
    {
      hint: 'Let a delivery convert it to JSON or Parquet first.',
    },
  );
}

/** One thread a statement, and rows in the order that they were read, so that a redo makes the same files. */
async function copyByBucket(staging: Staging, session: DuckSession, select: string, name: string): Promise<void> {
  await session.run(`COPY (${select}) TO ${sqlString(join(staging.folder, 'good'))} (FORMAT parquet, COMPRESSION snappy,
    PARTITION_BY (_bucket), WRITE_PARTITION_COLUMNS true, FILENAME_PATTERN '${name}_{i}', OVERWRITE_OR_IGNORE)`);
}

function pathsOf(staging: Staging, chunk: number): readonly string[] {
  return (staging.chunks[chunk] ?? []).map(({ path }) => path);
}

function numbered(chunk: number): string {
  return String(chunk).padStart(5, '0');
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
