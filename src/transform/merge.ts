import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { duckColumns } from '../record/columns.ts';
import { type Publisher, publisherMetadata } from '../table/publish.ts';
import { bucketsOf } from './bucket.ts';
import { keyColumns } from './definition.ts';
import type { DraftPlan } from './draft-plan.ts';
import { isPassedOver } from './fates.ts';
import { hashSql, keySql } from './fingerprint.ts';
import { notReplayed, prepareInputs, rowInSource } from './input-files.ts';
import { loserFate, settlementFiles } from './settle.ts';
import { writeSidecar } from './sidecar.ts';
import type { Staging } from './staging.ts';

export interface MergeTask {
  readonly plan: DraftPlan;
  readonly bucket: number;
  /** Files of the bucket's new rows, as staged; none where rows only go. */
  readonly arrived: readonly string[];
  /** The partition's present object and its sidecar, absent where it has none. */
  readonly published?: { readonly object: string; readonly sidecar: string };
  readonly publisher: Publisher;
  /** Where the partition's next object is written, and its sidecar. */
  readonly made: string;
  readonly sidecar: string;
  /** Where rows of the table that gave way are kept: their place, and `_original`. */
  readonly superseded: string;
  readonly staging: Staging;
}

export interface MergeResult {
  /** Rows of the partition's next object. */
  readonly rows: number;
  readonly sidecarRows: number;
  /** Records that the sidecar says are rows of the next object: as many as it has, or something is wrong. */
  readonly writtenRecords: number;
  /** The rows are those of other keys than the sidecar lists, or of another time than the partition's. */
  readonly others: boolean;
  readonly publishedRows: number;
  readonly arrivedRows: number;
  readonly supersededRows: number;
  /** Rows that lost, by input file: passed over as said already or superseded, or set aside. */
  readonly lost: readonly { readonly file: string; readonly same: boolean; readonly rows: number }[];
}

/**
 * Makes a partition's next object and its sidecar: the published rows without those that gave way, and the new ones
 * without those that lost, as `settle` decided. Needs the tables of `prepareMerge` on the session.
 */
export async function mergePartition(session: DuckSession, task: MergeTask): Promise<MergeResult> {
  const { plan, arrived, published, publisher } = task;
  const { lost, superseded } = await decided(session, task);
  const parts: string[] = [];
  if (published !== undefined) parts.push(await remaining(session, task, published.object, superseded));
  if (arrived.length > 0) parts.push(await made(session, plan, lost.length > 0));
  const rows = await session.run(`COPY (${parts.join(' UNION ALL ')}) TO ${sqlString(task.made)}
    (FORMAT parquet, COMPRESSION ${plan.target.compression ?? 'zstd'}, KV_METADATA ${publisherMetadata(publisher)})`);
  const sidecarRows = await writeSidecar(session, sidecarSql(task), task.sidecar, publisher);
  return { rows, sidecarRows, ...(await counted(session, task)), supersededRows: superseded, lost };
}

/** What the merges of a plan read besides their partition: the input's objects, the decisions, the SELECT's macros. */
export async function prepareMerge(session: DuckSession, staging: Staging, plan: DraftPlan): Promise<void> {
  await prepareInputs(session, staging);
  const { lost, superseded } = settlementFiles(staging);
  await session.run(`CREATE OR REPLACE TABLE _all_lost AS FROM ${parquetRows(lost)};
    CREATE OR REPLACE TABLE _all_superseded AS FROM ${parquetRows(superseded)}`);
  for (const macro of plan.select.macros) await session.run(macro);
}

/** Makes what was decided of the bucket's records readable; returns how many lost, and how many rows of the table give way. */
async function decided(
  session: DuckSession,
  { bucket, arrived }: MergeTask,
): Promise<{ readonly lost: MergeResult['lost']; readonly superseded: number }> {
  await session.run(`CREATE OR REPLACE TABLE _lost AS SELECT _file, _n, _fate FROM _all_lost WHERE _bucket = ${bucket};
    CREATE OR REPLACE TABLE _superseded AS SELECT key, source, row, arrived_ms, source_commit FROM _all_superseded WHERE bucket = ${bucket}`);
  if (arrived.length > 0)
    await session.run(`CREATE OR REPLACE VIEW _arrived AS
      SELECT * FROM ${parquetRows(arrived)}`);
  const { rows } = await session.all(`SELECT _file, ${isPassedOver('_fate')}, count(*) FROM _lost GROUP BY ALL
    UNION ALL SELECT NULL, NULL, count(*) FROM _superseded`);
  const lost: MergeResult['lost'][number][] = [];
  let superseded = 0;
  for (const [file, same, count] of rows)
    if (file === null) superseded = Number(count);
    else lost.push({ file: String(file), same: same === true, rows: Number(count) });
  return { lost, superseded };
}

/** The SQL of the new rows, as the job's SELECT makes them. */
async function made(session: DuckSession, plan: DraftPlan, someLost: boolean): Promise<string> {
  const fields = Object.keys(plan.input.record.fields).map(sqlIdentifier).join(', ');
  const input = `SELECT ${fields} FROM _arrived ${someLost ? 'ANTI JOIN _lost USING (_file, _n)' : ''}`;
  for (const name of plan.select.inputs) await session.run(`CREATE OR REPLACE VIEW ${sqlIdentifier(name)} AS ${input}`);
  const columns = duckColumns(plan.target.record).map(
    ({ name, type }) => `CAST(${sqlIdentifier(name)} AS ${type}) AS ${sqlIdentifier(name)}`,
  );
  return `SELECT ${columns.join(', ')} FROM (${plan.select.sql})`;
}

/** The SQL of the published rows that stay; keeps aside those that give way. */
async function remaining(
  session: DuckSession,
  { plan, superseded, bucket }: MergeTask,
  object: string,
  givingWay: number,
): Promise<string> {
  const columns = duckColumns(plan.target.record).map(({ name }) => sqlIdentifier(name));
  const published = `(SELECT ${columns.join(', ')} FROM ${parquetRows(object)})`;
  if (givingWay === 0) return `SELECT * FROM ${published}`;
  const key = keySql(keyColumns(plan.definition));
  // A later report says what is so now: nobody has to look at what the earlier one said.
  if (plan.definition.unique?.keep !== 'latest')
    await session.run(`COPY (SELECT s.source, s.row, s.arrived_ms, s.source_commit, ${bucket} AS bucket, CAST(p._row AS VARCHAR) AS _original
      FROM (SELECT ${key} AS key, to_json(_published) AS _row FROM ${published} AS _published) p JOIN _superseded s USING (key))
    TO ${sqlString(superseded)} (FORMAT parquet)`);
  return `SELECT * FROM ${published} WHERE ${key} NOT IN (SELECT key FROM _superseded)`;
}

/** The SQL of the sidecar's rows: the new records with what became of them, and those that were accounted for before. */
function sidecarSql({ plan, bucket, arrived, published, publisher, staging }: MergeTask): string {
  const parts: string[] = [];
  const { unique } = plan.definition;
  const key = keySql(unique?.key ?? []);
  if (arrived.length > 0)
    parts.push(`SELECT ${hashSql(key)} AS key_hash, ${key} AS key,
        _payload_hash AS payload_hash, coalesce(_fate, 'written') AS fate, _object_key AS source, ${rowInSource} AS row,
        _arrived_ms AS arrived_ms, _source_commit AS source_commit, ${publisher.commit} AS job_commit, ${bucket} AS bucket
      FROM _arrived JOIN _inputs USING (_file) LEFT JOIN _lost USING (_file, _n)`);
  if (published !== undefined)
    parts.push(`SELECT k.* REPLACE (CASE WHEN s.key IS NULL THEN fate ELSE '${loserFate(unique?.keep ?? 'first')}' END AS fate,
        CASE WHEN s.key IS NULL THEN job_commit ELSE ${publisher.commit} END AS job_commit)
      FROM ${notReplayed(staging, parquetRows(published.sidecar))} k
        LEFT JOIN _superseded s ON k.source = s.source AND k.row = s.row`);
  return parts.join(' UNION ALL BY NAME ');
}

type Counts = Pick<MergeResult, 'writtenRecords' | 'others' | 'publishedRows' | 'arrivedRows'>;

/** Holds the rows that a SELECT of any form made to the records that they are of, and counts both: one statement asks it all. */
async function counted(session: DuckSession, task: MergeTask): Promise<Counts> {
  const { plan, bucket, made: file, sidecar, staging, published, arrived } = task;
  const { target, definition, select } = plan;
  const key = keyColumns(definition);
  const place = placeOf(plan, bucket, staging);
  // Sums of hashes: equal for the same keys in any order, each as often.
  const sumOf = (text: string): string => `coalesce(sum(hash(${text})), 0)`;
  const ofKeys = select.isPlain !== true && key.every((name) => name in target.record.fields);
  const ofPlaces = select.isPlain !== true && place !== undefined;
  const asked = [
    ofKeys ? `${sumOf(keySql(key))} AS keys` : '0 AS keys',
    ofPlaces ? `coalesce(bool_or(NOT (${place})), false) AS elsewhere` : 'false AS elsewhere',
  ];
  const rows = `SELECT ${asked.join(', ')} ${ofKeys || ofPlaces ? `FROM ${parquetRows(file)}` : ''}`;
  const records = `SELECT count(*) AS records, ${ofKeys ? sumOf('key') : '0'} AS keys FROM ${parquetRows(sidecar)} WHERE fate = 'written'`;
  const countOf = (relation: string | undefined): string =>
    relation === undefined ? '0' : `(SELECT count(*) FROM ${relation})`;
  const found = await session.all(`SELECT w.records, m.elsewhere OR m.keys <> w.keys,
      ${countOf(published === undefined ? undefined : parquetRows(published.object))}, ${countOf(arrived.length === 0 ? undefined : '_arrived')}
    FROM (${rows}) m, (${records}) w`);
  const [writtenRecords, others, publishedRows, arrivedRows] = found.rows[0] ?? [];
  return {
    writtenRecords: Number(writtenRecords),
    others: others === true,
    publishedRows: Number(publishedRows),
    arrivedRows: Number(arrivedRows),
  };
}

/** SQL of whether a row is in its place by what it says itself; undefined where it says nothing of it. */
function placeOf({ target, definition, job }: DraftPlan, bucket: number, { buckets }: Staging): string | undefined {
  const { fields } = target.record;
  if (definition.incremental?.by === 'partition') {
    const values = buckets.valuesOf(bucket);
    const told = Object.keys(target.partitions).flatMap((name, i) =>
      name in fields
        ? [`CAST(${sqlIdentifier(name)} AS VARCHAR) IS NOT DISTINCT FROM ${sqlString(values[i] ?? '')}`]
        : [],
    );
    return told.length === 0 ? undefined : told.join(' AND ');
  }
  const { field } = buckets;
  if (field === undefined || !(field in fields)) return undefined;
  return `${bucketsOf(definition.incremental, target, target, job).sql} IS NOT DISTINCT FROM ${bucket}`;
}
