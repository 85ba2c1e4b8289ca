import type { TableDefinition } from '../../catalog/definition.ts';
import { partitionFolder } from '../../catalog/partition-layout.ts';
import type { DuckSession } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { parsePartitionPath } from '../../lake/hive-layout.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import { isPassedOver } from '../../transform/fates.ts';
import { keySql } from '../../transform/fingerprint.ts';
import { partitionSidecars } from '../../transform/sidecar.ts';
import { absentObjects } from './absent-objects.ts';
import { type AnswerPages, foundInPage, pagesAt } from './answer-page.ts';
import { columnsOf, type FoundObject, foundRows, parquet } from './find-in-object.ts';
import type { TypedColumn } from './person.ts';
import type { PersonFinder } from './person-finder.ts';

/** A job that puts records into its table, as far as an erasure has to know it. */
export interface RecordJob {
  /** Address. */
  readonly job: string;
  /** Columns of its table that tell records apart; empty where none do. */
  readonly key: readonly string[];
  readonly table: Pick<TableDefinition, 'location' | 'partitions' | 'layout'>;
}

export interface Following {
  readonly store: ObjectStore;
  readonly session: DuckSession;
  readonly finder: PersonFinder;
  readonly jobs: readonly RecordJob[];
  readonly pages: readonly AnswerPages[];
}

/** Of a quarantined row: what is wrong with its record, in the words of a definition, which may name anybody. */
export const issuesColumn = 'issues';

/** Whether columns are those of rows that tell of a record by its place. */
export function arePlaced(columns: readonly TypedColumn[]): boolean {
  return ['source', 'row'].every((wanted) => columns.some(({ name }) => name === wanted));
}

/** SQL: whether a row of these columns holds a record about the person. */
export function recordCondition(finder: PersonFinder, columns: readonly TypedColumn[]): string {
  return finder.condition(arePlaced(columns) ? columns.filter(({ name }) => name !== issuesColumn) : columns);
}

/** True of a row whose record went. */
export const wentSql = '(source, row) IN (SELECT (source, row) FROM _gone)';

/**
 * Follows records from where the id stands to where it does not: from a row of a table to its place, when the object that it
 * came from is gone; from the line that was read to the row that was made of it, when the job gave the id another form. Adds
 * to `found`, by key, and to `_gone`. Needs `rememberGone`.
 */
export async function followRecords(
  following: Following,
  found: Map<string, FoundObject>,
  placed: readonly string[],
): Promise<void> {
  const { store, session, finder } = following;
  for (const prefix of placed)
    for await (const { key } of listAll(store, prefix)) {
      const file = await store.localFile(key);
      const columns = await columnsOf(session, file);
      if (arePlaced(columns)) await addPlaces(session, `${parquet(file)} WHERE ${recordCondition(finder, columns)}`);
    }
  for (const job of following.jobs.filter(({ key }) => key.length > 0)) {
    const prefix = partitionSidecars(job.job);
    for await (const { key } of listAll(store, prefix))
      await followPartition(following, job, found, { sidecar: key, key: besideSidecar(job, key.slice(prefix.length)) });
  }
  const absent = new Map<string, readonly number[]>();
  const { rows } = await session.all(
    `SELECT source, string_agg(row, ' ' ORDER BY row) FROM _gone GROUP BY source ORDER BY source`,
  );
  for (const [source, list] of rows) {
    const key = String(source);
    const places = String(list).split(' ').map(Number);
    const object = found.get(key) ?? (await foundAt(following, key, places));
    if (object === undefined) absent.set(key, places);
    else found.set(key, { ...object, rows: merged(object.rows, places) });
  }
  if (absent.size > 0) for (const object of await absentObjects(store, absent)) found.set(object.key, object);
}

/** Undefined where the object is gone. */
async function foundAt(
  { store, session, pages }: Following,
  key: string,
  rows: readonly number[],
): Promise<FoundObject | undefined> {
  const object = await store.head(key);
  if (object === undefined) return undefined;
  const page = pagesAt(pages, key);
  return page === undefined ? foundRows(store, session, object, rows) : foundInPage(store, object, page, rows);
}

function merged(some: readonly number[], others: readonly number[]): readonly number[] {
  return [...new Set([...some, ...others])].sort((a, b) => a - b);
}

/** Key of the partition that a sidecar's path tells: sidecars lie as Hive has it, and tables as their layout does. */
function besideSidecar({ table }: RecordJob, path: string): string {
  const values = parsePartitionPath(path).map(({ value }) => value);
  return `${table.location}${partitionFolder(table, values)}data.parquet`;
}

/** Between a partition's rows and its sidecar's, which have one key. */
async function followPartition(
  following: Following,
  { key: fields }: RecordJob,
  found: Map<string, FoundObject>,
  { sidecar, key }: { readonly sidecar: string; readonly key: string },
): Promise<void> {
  const { store, session, finder } = following;
  if ((await store.head(key)) === undefined) return;
  const file = await store.localFile(key);
  const names = (await columnsOf(session, file)).map(({ name }) => name);
  if (!fields.every((field) => names.includes(field))) return;
  const records = parquet(await store.localFile(sidecar));
  const table = parquetRows(file, 'file_row_number = true');
  const went = found.get(key)?.rows ?? [];
  if (went.length > 0) {
    const keys = `SELECT ${keySql(fields)} FROM ${table} WHERE file_row_number IN (${went.join(', ')})`;
    await addPlaces(session, `${records} WHERE ${isTheirs(finder, fields)} AND key IN (${keys})`);
  }
  const made = await session.all(`SELECT file_row_number FROM ${table}
    WHERE ${keySql(fields)} IN (SELECT key FROM ${records} WHERE fate = 'written' AND ${wentSql}) ORDER BY 1`);
  const rows = merged(
    went,
    made.rows.map(([row]) => Number(row)),
  );
  if (rows.length === went.length) return;
  const object = found.get(key) ?? (await foundAt(following, key, rows));
  if (object !== undefined) found.set(key, { ...object, rows });
}

/**
 * SQL of whether a record with the key of a row that goes is about the same person: where the key says who it is, whatever
 * became of the record; else where it said the same as the row, or was an earlier report of it. Another one may claim the key
 * of somebody's event.
 */
function isTheirs(finder: PersonFinder, key: readonly string[]): string {
  return key.some((field) => finder.isField(field)) ? 'true' : `(fate = 'written' OR ${isPassedOver('fate')})`;
}

async function addPlaces(session: DuckSession, from: string): Promise<void> {
  await session.run(
    `INSERT INTO _gone SELECT DISTINCT source, row FROM (SELECT source, row FROM ${from}) WHERE NOT ${wentSql}`,
  );
}
