import type { Effects } from '../base/effects.ts';
import type { DuckSession } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type Publisher, publishedFile } from '../table/publish.ts';

/** A partition that a plan publishes, and `rowsHash` of what was judged of it, where the SELECT may give other rows next time. */
interface Judged {
  readonly key: string;
  readonly replaces?: string;
  readonly judged?: string;
}

interface MadeFile<P extends Judged> {
  readonly partition: P;
  readonly file: string;
}

/**
 * By which rows are known again, in whatever order they stand: their number, and the sum of their hashes. DuckDB's hashes may
 * change with its release: then they pass for others.
 */
async function rowsHash(session: DuckSession, file: string): Promise<string> {
  return String(
    await session.value(`SELECT count(*) || ' ' || coalesce(sum(hash(made)), 0) FROM ${parquetRows(file)} made`),
  );
}

/** The partitions of what was made, each with the hash of its rows. */
export async function withHashes<P extends Judged>(
  made: readonly MadeFile<P>[],
  session: DuckSession,
): Promise<readonly P[]> {
  const hashed: P[] = [];
  for (const { partition, file } of made) hashed.push({ ...partition, judged: await rowsHash(session, file) });
  return hashed;
}

/**
 * Whether what a plan that is done again made is what its maker judged: SQL that leaves an order open, or adds up fractions, may
 * give other rows each time. What a process that died has published stands for what was made of it: it takes the file's place.
 */
export async function areJudged(
  made: readonly MadeFile<Judged>[],
  { store, session, publisher }: { store: ObjectStore; session: DuckSession; publisher: Publisher },
  { fs }: Effects,
): Promise<boolean> {
  let same = true;
  for (const { partition, file } of made) {
    const { key, replaces, judged } = partition;
    if (judged === undefined) continue;
    const stored = await store.head(key);
    const published =
      stored === undefined || stored.etag === replaces
        ? undefined
        : await publishedFile(store, session, stored, publisher);
    if (published !== undefined) await fs.copyFile(published, file);
    else if ((await rowsHash(session, file)) !== judged) same = false;
  }
  return same;
}
