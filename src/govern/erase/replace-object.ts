import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { isPlayheadError } from '../../base/errors.ts';
import { fileParts } from '../../base/file-parts.ts';
import { type DuckSession, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { type ObjectInfo, type ObjectStore, readAll } from '../../lake/object-store.ts';
import { unpacked } from '../../lake/packing.ts';
import { retain } from '../../table/retained.ts';
import { pageWithout, sha256Of } from './answer-page.ts';
import { columnsOf } from './find-in-object.ts';
import { arePlaced, issuesColumn } from './follow-records.ts';
import type { JournalEntry } from './journal.ts';
import type { PersonFinder } from './person-finder.ts';
import { packedAs, recordsOf } from './text-lines.ts';

export interface Rewriting {
  readonly store: ObjectStore;
  readonly session: DuckSession;
  readonly finder: PersonFinder;
  /** Where Parquet is written before it is put: of this process alone. */
  readonly scratch: string;
}

/**
 * Puts an object without the entry's rows in the place of the one that holds them, or under its new key. Does nothing where that was done before.
 * Readers that began before read the old one, copied aside, until the erasure ends. Needs `rememberGone`.
 */
export async function replaceObject(
  rewriting: Rewriting,
  entry: JournalEntry,
  effects: Effects,
): Promise<ObjectInfo | undefined> {
  const now = await replaced(rewriting, entry, effects);
  // A page's commit says the hash of its object, and not every store does.
  if (now === undefined || entry.page === undefined || now.sha256 !== undefined) return now;
  return { ...now, sha256: sha256Of((await readAll(rewriting.store, now.key)).bytes) };
}

async function replaced(rewriting: Rewriting, entry: JournalEntry, effects: Effects): Promise<ObjectInfo | undefined> {
  const { store } = rewriting;
  const { key, etag, to = key } = entry;
  const present = await store.head(key);
  if (present === undefined) return store.head(to);
  if (present.etag !== etag) return present;
  if (!key.startsWith('_playhead/')) await retain(store, { key, etag });
  const body = await contentWithout(rewriting, entry, effects);
  await effects.reached('erase.replacing');
  try {
    if (to === key) return await store.put(key, body, { ifMatch: etag });
    // What stands there already, an erasure put there that was cut off before it could delete the first.
    const moved = await store.put(to, body);
    await effects.reached('erase.moved');
    await store.delete(key, { ifMatch: etag });
    return moved;
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_CHANGED')) throw error;
    return store.head(key);
  }
}

async function contentWithout(
  rewriting: Rewriting,
  entry: JournalEntry,
  effects: Effects,
): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  const { store } = rewriting;
  if (entry.container === 'parquet') return parquetWithout(rewriting, entry, effects);
  if (entry.page !== undefined) return pageWithout((await readAll(store, entry.key)).bytes, entry);
  return linesWithout(store, entry);
}

async function* linesWithout(store: ObjectStore, entry: JournalEntry): AsyncGenerator<Uint8Array> {
  const { key, etag, container, rows } = entry;
  if (container === 'parquet') return;
  const gone = new Set(rows);
  const { body } = await store.get(key, { ifMatch: etag });
  const kept = async function* (): AsyncGenerator<Uint8Array> {
    let at = 0;
    for await (const line of recordsOf(unpacked(body, container), key)) {
      if (!gone.has(at)) yield line;
      at += 1;
    }
  };
  yield* packedAs(kept(), container);
}

async function parquetWithout(
  { store, session, scratch, finder }: Rewriting,
  { key, rows }: JournalEntry,
  effects: Effects,
): Promise<AsyncIterable<Uint8Array>> {
  const file = await store.localFile(key);
  const made = join(scratch, 'erased.parquet');
  await effects.fs.rm(made, { force: true });
  const columns = await columnsOf(session, file);
  const isPlaced = key.startsWith('_playhead/') && arePlaced(columns);
  const issues = columns.filter(({ name }) => name === issuesColumn).map(({ type }) => redactedIssues(finder, type));
  await session.run('CREATE OR REPLACE TEMP TABLE _rows (n UBIGINT)');
  for (let from = 0; from < rows.length; from += 10_000)
    await session.run(`INSERT INTO _rows SELECT unnest([${rows.slice(from, from + 10_000).join(', ')}])`);
  const kept = `SELECT * FROM ${parquetRows(file, 'file_row_number = true')}
    WHERE file_row_number NOT IN (SELECT n FROM _rows)`;
  // Rows behind one that went stand so many places further up in their object now.
  const select = isPlaced
    ? `SELECT kept.* EXCLUDE (file_row_number) REPLACE (${['CAST(kept.row - coalesce(moved.shift, 0) AS UINTEGER) AS row', ...issues].join(', ')})
       FROM (${kept}) kept ASOF LEFT JOIN _shift moved ON kept.source = moved.source AND kept.row >= moved.row
       ORDER BY kept.file_row_number`
    : `SELECT * EXCLUDE (file_row_number) FROM (${kept})`;
  await session.run(`COPY (${select}) TO ${sqlString(made)} (FORMAT parquet, ${await settingsOf(session, file)})`);
  return fileParts(made, effects);
}

/** SQL: what is wrong with a record, with the id that a definition says there replaced. */
function redactedIssues(finder: PersonFinder, type: string): string {
  const text = finder.redactedSql(`CAST(to_json(${issuesColumn}) AS VARCHAR)`);
  return `CAST(CAST(${text} AS JSON) AS ${type}) AS ${issuesColumn}`;
}

/** Codec, row groups and metadata as they were: who made a published object is told by the latter. */
async function settingsOf(session: DuckSession, file: string): Promise<string> {
  const described = await session.all(
    `SELECT coalesce(max(compression), 'ZSTD'), coalesce(max(row_group_num_rows), 0) FROM parquet_metadata(${sqlString(file)})`,
  );
  const [codec, groupRows] = described.rows[0] ?? ['ZSTD', 0];
  const stored = await session.all(
    `SELECT decode(key), decode(value) FROM parquet_kv_metadata(${sqlString(file)}) WHERE decode(key) LIKE 'playhead.%'`,
  );
  const metadata = stored.rows.map(([name, value]) => `${sqlString(String(name))}: ${sqlString(String(value))}`);
  return [
    `COMPRESSION ${sqlString(String(codec).toLowerCase())}`,
    `ROW_GROUP_SIZE ${Math.max(2048, Number(groupRows))}`,
    ...(metadata.length === 0 ? [] : [`KV_METADATA {${metadata.join(', ')}}`]),
  ].join(', ');
}
