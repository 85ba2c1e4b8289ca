import { epochRoot } from '../../commit/epoch.ts';
import { leaseRoot } from '../../commit/lease-record.ts';
import { packedRoot } from '../../commit/packed-commits.ts';
import { type DuckSession, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { holding, listAll, type ObjectInfo, type ObjectStore } from '../../lake/object-store.ts';
import { failedRoot } from '../../transform/failed-output.ts';
import { quarantineRoot } from '../../transform/quarantine.ts';
import { replayRoot } from '../../transform/replay.ts';
import { sidecarRoot } from '../../transform/sidecar.ts';
import { type AnswerPages, findInPage, pagesAt } from './answer-page.ts';
import { columnsOf, findInObject, parquet } from './find-in-object.ts';
import { arePlaced, followRecords, issuesColumn, type RecordJob, recordCondition, wentSql } from './follow-records.ts';
import { type ErasedFate, erasuresFolder, type JournalEntry } from './journal.ts';
import type { PersonFinder } from './person-finder.ts';
import { unseenRecords } from './unseen-records.ts';

/** Under which objects tell of records of other objects by key and row. */
const placed = [sidecarRoot, quarantineRoot, replayRoot];
/** What is no record, but the book-keeping of them; its commits are amended, and copies of those are deleted. */
const bookkeeping = ['_playhead/series/', packedRoot, epochRoot, leaseRoot, erasuresFolder];
/** Copies of what stands elsewhere, or what nobody needs: they go whole. */
export const disposable = ['_playhead/retained/', '_playhead/crawls/', failedRoot];

export interface LakeSearch {
  readonly store: ObjectStore;
  readonly session: DuckSession;
  readonly finder: PersonFinder;
  readonly jobs: readonly RecordJob[];
  readonly pages: readonly AnswerPages[];
  readonly onObject: (looked: number, found: number) => void;
}

/**
 * Every object with rows about the person: first those that hold records, then those that tell of them by place, because a
 * sidecar knows a record by its object and row alone, and rows behind an erased one move up.
 */
export async function* findInLake(search: LakeSearch): AsyncGenerator<JournalEntry> {
  const { store, session, finder, pages, onObject } = search;
  const gone = new Map<string, JournalEntry>();
  let looked = 0;
  for await (const object of listAll(store, '')) {
    if ([...placed, ...bookkeeping, ...disposable].some((prefix) => object.key.startsWith(prefix))) continue;
    await using held = new AsyncDisposableStack();
    const page = pagesAt(pages, object.key);
    const found =
      page === undefined
        ? await findInObject(holding(store, held), session, object, finder)
        : await findInPage(store, object, page, finder);
    looked += 1;
    onObject(looked, gone.size);
    if (found !== undefined) gone.set(found.key, found);
  }
  await rememberGone(session, gone.values());
  await followRecords(search, gone, placed);
  await rememberGone(session, gone.values());
  await rememberReplays(store, session);
  const unseen = await unseenRecords(search, gone);
  for (const entry of gone.values()) {
    const own = unseen.filter(({ source }) => source === entry.key);
    yield own.length === 0 ? entry : { ...entry, unseen: own };
  }
  for (const prefix of placed)
    for await (const object of listAll(store, prefix)) {
      await using held = new AsyncDisposableStack();
      const found = await findPlaced({ ...search, store: holding(store, held) }, object);
      looked += 1;
      onObject(looked, gone.size);
      if (found !== undefined) yield found;
    }
}

/** Makes the tables that say which rows went, and how far the rows behind them move up. */
export async function rememberGone(
  session: DuckSession,
  entries: Iterable<Pick<JournalEntry, 'key' | 'rows'>>,
): Promise<void> {
  await session.run('CREATE OR REPLACE TEMP TABLE _gone (source VARCHAR, row UINTEGER)');
  for (const { key, rows } of entries)
    for (let from = 0; from < rows.length; from += 10_000)
      await session.run(
        `INSERT INTO _gone SELECT ${sqlString(key)}, unnest([${rows.slice(from, from + 10_000).join(', ')}])`,
      );
  await session.run(`CREATE OR REPLACE TEMP TABLE _shift AS
    SELECT source, row, row_number() OVER (PARTITION BY source ORDER BY row) AS shift FROM _gone`);
}

async function findPlaced(search: LakeSearch, object: ObjectInfo): Promise<JournalEntry | undefined> {
  const { store, session, finder } = search;
  const file = await store.localFile(object.key);
  const columns = await columnsOf(session, file);
  if (!arePlaced(columns)) return findInObject(store, session, object, finder);
  const names = columns.map(({ name }) => name);
  const issues = columns.filter(({ name }) => name === issuesColumn);
  const meant = `(${recordCondition(finder, columns)} OR ${wentSql})`;
  const { rows } = await session.all(
    `SELECT file_row_number FROM ${parquetRows(file, 'file_row_number = true')}
     WHERE ${meant} ORDER BY 1`,
  );
  const [of, changed] = (
    await session.all(`SELECT count(*), count(*) FILTER (source IN (SELECT source FROM _gone) OR ${finder.condition(issues)})
      FROM ${parquet(file)}`)
  ).rows[0] ?? [0, 0];
  const to = finder.renamed(object.key);
  if (rows.length === 0 && Number(changed) === 0 && to === object.key) return undefined;
  const entry = {
    key: object.key,
    etag: object.etag,
    container: 'parquet' as const,
    rows: rows.map(([row]) => Number(row)),
    of: Number(of),
    ...(to === object.key ? {} : { to }),
  };
  return names.includes('fate')
    ? { ...entry, fates: await fatesIn(session, file, object.key.split('/')[2] ?? '') }
    : entry;
}

/** Makes the table that says by which commits of which job the records that went were replayed. */
async function rememberReplays(store: ObjectStore, session: DuckSession): Promise<void> {
  await session.run(
    'CREATE OR REPLACE TEMP TABLE _replayed (job VARCHAR, commit_number UINTEGER, source VARCHAR, row UINTEGER)',
  );
  for await (const { key } of listAll(store, replayRoot)) {
    const [, job = '', at = ''] = /([^/]+)\/(\d+)\.parquet$/.exec(key) ?? [];
    await session.run(`INSERT INTO _replayed SELECT ${sqlString(job)}, ${Number(at)}, source, row
      FROM ${parquet(await store.localFile(key))} WHERE ${wentSql}`);
  }
}

/** What a sidecar of the job knows of the records that went. */
async function fatesIn(session: DuckSession, file: string, job: string): Promise<readonly ErasedFate[]> {
  const { rows } = await session.all(
    `SELECT source, job_commit, fate, replays, count(*) FROM (
       SELECT source, job_commit, fate, coalesce(r.replays, '') AS replays FROM ${parquet(file)}
       LEFT JOIN (SELECT source, row, string_agg(commit_number, ' ' ORDER BY commit_number) AS replays FROM _replayed
         WHERE job = ${sqlString(job)} GROUP BY ALL) r USING (source, row)
       WHERE ${wentSql})
     GROUP BY ALL ORDER BY ALL`,
  );
  return rows.map(([source, jobCommit, fate, at, count]) => ({
    source: String(source),
    jobCommit: Number(jobCommit),
    fate: String(fate),
    replays: String(at).split(' ').filter(Boolean).map(Number),
    count: Number(count),
  }));
}
