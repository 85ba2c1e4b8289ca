import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { issuesType } from '../duck/typed-select.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type Publisher, publisherMetadata, publishObject } from '../table/publish.ts';
import { isPassedOver, keyConflict } from './fates.ts';
import { hashSql } from './fingerprint.ts';
import { rowInSource } from './input-files.ts';
import type { NamedObject } from './job-plan.ts';
import { namedObject } from './named-object.ts';
import { globbed } from './scratch.ts';
import { settlementFiles } from './settle.ts';
import { rejectedSidecarKey, writeSidecar } from './sidecar.ts';
import { rawLines, rejectedFiles } from './stage.ts';
import type { Staging } from './staging.ts';

/** A quarantined record: why, where it came from, and its line as it came. */
export const quarantineColumns = {
  /** The first rule or check that it broke, or what it lost by: `key_conflict`, `duplicate`. */
  reason: 'VARCHAR',
  issues: issuesType,
  /** Key of the input object, and the record's ordinal in it, from 0: with them it is known again. */
  source: 'VARCHAR',
  row: 'BIGINT',
  /** The line; for a row of the table that gave way, its values. */
  text: 'VARCHAR',
  arrived_ms: 'BIGINT',
  /** Commits: the one that delivered its object, and the one of the job that quarantined it. */
  source_commit: 'BIGINT',
  job_commit: 'BIGINT',
  /** The partition, by number, whose sidecar lists it; NULL where none does. */
  bucket: 'BIGINT',
} as const;

/** Under which what any job quarantined is. */
export const quarantineRoot = '_playhead/quarantine/';

/** Under which what a job quarantined is, by commit. */
export function quarantineFolder(job: string): string {
  return `${quarantineRoot}${job}/`;
}

function quarantineKey(job: string, commit: number): string {
  return `${quarantineFolder(job)}${String(commit).padStart(10, '0')}.parquet`;
}

/**
 * Puts the rows that a run could not place under `_playhead/quarantine/<job>/`, with what they need to be mended and
 * replayed (`quarantineColumns`). Undefined where there is none. Idempotent. Needs `_inputs`.
 */
export async function putQuarantine(
  store: ObjectStore,
  session: DuckSession,
  staging: Staging,
  publisher: Publisher,
  effects: Effects,
): Promise<NamedObject | undefined> {
  const parts = [
    ...(await rejectedPart(session, staging)),
    ...(await conflictParts(session, staging)),
    ...(await supersededPart(session, staging)),
  ];
  if (parts.length === 0) return undefined;
  const file = join(staging.folder, 'quarantine.parquet');
  const rows = await session.run(`COPY (${quarantineSql(parts, staging, publisher)}) TO ${sqlString(file)}
    (FORMAT parquet, COMPRESSION zstd, KV_METADATA ${publisherMetadata(publisher)})`);
  if (rows === 0) return undefined;
  const key = quarantineKey(publisher.series, publisher.commit);
  return namedObject(await publishObject(store, session, { key, file, publisher }, effects), rows);
}

/**
 * Puts the sidecar of the records that broke a rule, with the first one that they broke as their fate. Undefined where
 * there is none. Idempotent. Needs `_inputs`.
 */
export async function putRejectedSidecar(
  store: ObjectStore,
  session: DuckSession,
  staging: Staging,
  publisher: Publisher,
  effects: Effects,
): Promise<NamedObject | undefined> {
  const files = await rejectedFiles(staging, session);
  if (files.length === 0) return undefined;
  const select = `SELECT ${hashSql('_record_key')} AS key_hash, _record_key AS key, NULL AS payload_hash, _issues[1].rule AS fate,
      _object_key AS source, ${rowInSource} AS row, _arrived_ms AS arrived_ms, _source_commit AS source_commit,
      ${publisher.commit} AS job_commit, NULL AS bucket
    FROM ${parquetRows(files)} JOIN _inputs USING (_file)`;
  const file = join(staging.folder, 'rejected.parquet');
  const rows = await writeSidecar(session, select, file, publisher);
  if (rows === 0) return undefined;
  const key = rejectedSidecarKey(publisher.series, publisher.commit);
  return namedObject(await publishObject(store, session, { key, file, publisher }, effects), rows);
}

async function rejectedPart(session: DuckSession, staging: Staging): Promise<readonly string[]> {
  const files = await rejectedFiles(staging, session);
  if (files.length === 0) return [];
  return [
    `SELECT _issues[1].rule AS reason, CAST(_issues AS ${issuesType}) AS issues, ${place}, NULL AS bucket, _line AS text
     FROM ${parquetRows(files)} JOIN _inputs USING (_file)`,
  ];
}

const place = `_object_key AS source, ${rowInSource} AS row, _arrived_ms AS arrived_ms, _source_commit AS source_commit`;

/** What lost to another record is known only by its place: its line is read again. */
async function conflictParts(session: DuckSession, staging: Staging): Promise<readonly string[]> {
  await session.run(`CREATE OR REPLACE TABLE _conflict AS
    SELECT _file, _n, _bucket, _fate FROM ${parquetRows(settlementFiles(staging).lost)} WHERE NOT ${isPassedOver('_fate')}`);
  const found = await session.all('SELECT DISTINCT _file FROM _conflict');
  const named = new Set(found.rows.map(([file]) => String(file)));
  const chunks = [...staging.chunks.keys()].filter((i) => staging.chunks[i]?.some(({ path }) => named.has(path)));
  return chunks.map(
    (chunk) =>
      `SELECT _fate AS reason, CAST([] AS ${issuesType}) AS issues, ${place}, _bucket AS bucket, CAST(_line AS VARCHAR) AS text
       FROM ${rawLines(staging, chunk)} JOIN _conflict USING (_file, _n) JOIN _inputs USING (_file)`,
  );
}

async function supersededPart(session: DuckSession, staging: Staging): Promise<readonly string[]> {
  const files = await globbed(session, staging.folder, 'superseded/*.parquet');
  if (files.length === 0) return [];
  return [
    `SELECT '${keyConflict}' AS reason, CAST([] AS ${issuesType}) AS issues, source, row, arrived_ms, source_commit, bucket,
       _original AS text FROM ${parquetRows(files)}`,
  ];
}

/** SQL of the columns of what is quarantined. A record that was replayed and is still bad keeps the line that it came with. */
function quarantineSql(parts: readonly string[], { replay }: Staging, { commit }: Publisher): string {
  const columns = Object.entries(quarantineColumns).map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
  const rows = `(SELECT *, ${commit} AS job_commit FROM (${parts.join(' UNION ALL BY NAME ')}))`;
  if (replay === undefined) return `SELECT ${columns.join(', ')} FROM ${rows}`;
  return `SELECT ${columns.join(', ')} FROM (SELECT q.* REPLACE (coalesce(r.text, q.text) AS text)
    FROM ${rows} q LEFT JOIN ${parquetRows(replay)} r ON q.source = r.source AND q.row = r.row)`;
}
